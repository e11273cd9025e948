import os

import pytest

from src.base.errors import UserError
from src.base.locks import locked
from src.records import preparation as record_preparation
from src.records.plan import plan_records
from src.records.preparation import prepare_records
from src.records.store import manifest_path, open_records, read_manifest
from tests.support.executors import threads
from tests.support.parameter_files import load_design, load_run
from tests.support.small_records import (
    BROKEN,
    environment_in,
    folder_bytes,
    make_list,
    mend_frame,
    prepare_here,
)

DESIGN = load_design()


RUN = load_run(num_shards=3, workers=2)


@pytest.fixture
def in_process(monkeypatch):
    monkeypatch.setattr(record_preparation, "open_executor", threads)


@pytest.fixture
def env(tmp_path):
    return make_list(tmp_path)


def refused(env, run=RUN, design=DESIGN):
    with pytest.raises(UserError) as refusal:
        prepare_records(design, env, run)
    return str(refusal.value)


def test_two_workers_give_the_bytes_of_one_alone(env, tmp_path, in_process):
    report = prepare_records(DESIGN, env, RUN)
    assert "training_dataset: 10 pairs in 3 shards" in report
    assert "validation_dataset: 3 pairs in 1 shards" in report
    assert "pairs/s" in report
    alone = environment_in(tmp_path, tfrecord_path=str(tmp_path / "alone"))
    prepare_here(DESIGN, alone, num_shards=3)
    assert folder_bytes(tmp_path / "records") == folder_bytes(tmp_path / "alone")


def test_a_list_without_validation_pairs_makes_one_set(tmp_path, in_process):
    env = make_list(tmp_path, n_train=4, n_validation=0)
    assert "validation_dataset" not in prepare_records(DESIGN, env, RUN)
    assert open_records(DESIGN, env, "train").pairs == 4
    assert not manifest_path(env, "validation").exists()


def test_finished_records_are_left_alone(env, tmp_path, in_process):
    prepare_records(DESIGN, env, RUN)
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / "records").iterdir()}
    assert "complete already" in prepare_records(DESIGN, env, RUN)
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "records").iterdir()} == times


def test_damaged_records_are_mended(env, tmp_path, in_process):
    prepare_records(DESIGN, env, RUN)
    before = folder_bytes(tmp_path / "records")
    first, second, _ = open_records(DESIGN, env, "train").paths
    first.unlink()
    second.write_bytes(second.read_bytes()[:-1])
    report = prepare_records(DESIGN, env, RUN)
    assert "7 pairs in" in report
    assert folder_bytes(tmp_path / "records") == before


def test_other_records_are_not_overwritten(env, tmp_path, in_process):
    prepare_records(DESIGN, env, RUN)
    before = folder_bytes(tmp_path / "records")
    message = refused(env, design=load_design(context=0.4))
    assert "design.context 0.5, now 0.4" in message
    assert "environment.tfrecord_path" in message
    assert folder_bytes(tmp_path / "records") == before


def test_up_to_5_percent_are_skipped_and_told(tmp_path, in_process):
    env = make_list(tmp_path, n_train=40, n_validation=3, n_broken=2)
    report = prepare_records(DESIGN, env, RUN)
    assert "2 pairs skipped\n  row 2: " in report
    assert BROKEN in report
    assert open_records(DESIGN, env, "train").pairs == 38
    manifest = read_manifest(manifest_path(env, "train"))
    assert [pair.row for pair in manifest.skipped] == [2, 3]


def test_more_than_5_percent_stop_until_the_frames_are_mended(tmp_path, in_process):
    env = make_list(tmp_path, n_train=40, n_validation=3, n_broken=3)
    message = refused(env)
    assert "3 of 43 pairs cannot be read, more than 5%" in message
    assert BROKEN in message
    assert not manifest_path(env, "train").exists()
    assert list((tmp_path / "records").glob(".*/*.tfrecord"))
    mend_frame(tmp_path)
    prepare_records(DESIGN, env, RUN)
    assert open_records(DESIGN, env, "train").pairs == 40


def test_the_report_names_only_some_of_many_skipped_pairs(tmp_path, in_process):
    env = make_list(tmp_path, n_train=220, n_validation=0, n_broken=11)
    lines = prepare_records(DESIGN, env, RUN).splitlines()
    assert sum(line.startswith("  row") for line in lines) == 10
    assert lines[-1] == "  ... all of them are in the manifests"


def test_two_preparations_do_not_share_a_folder(env, tmp_path):
    folder = tmp_path / "records"
    folder.mkdir()
    with locked(folder / ".records.lock", "", ""):
        told = refused(env)
    assert f"records: records are being prepared here, by process {os.getpid()} on " in told
    assert told.endswith("wait until it has ended, or name another environment.tfrecord_path")


@pytest.mark.parametrize("occupied", ["records", "records/below"])
def test_a_folder_that_cannot_be_made_is_told(env, tmp_path, occupied):
    (tmp_path / "records").write_text("a file")
    message = refused(environment_in(tmp_path, tfrecord_path=str(tmp_path / occupied)))
    assert str(tmp_path / occupied) in message
    assert "environment.tfrecord_path" in message


def test_half_written_files_are_removed(env, tmp_path, in_process):
    staging = plan_records(DESIGN, env, 3)[0].staging
    staging.mkdir(parents=True)
    part = staging / ".training_dataset-00000-of-00003-x.part"
    part.write_bytes(b"half")
    prepare_records(DESIGN, env, RUN)
    assert not part.exists()


def test_leftovers_are_told(env, tmp_path, in_process):
    left = plan_records(DESIGN, env, 2)[0].staging
    left.mkdir(parents=True)
    assert f"left over from other records: {left}" in prepare_records(DESIGN, env, RUN)
    assert left.exists()
