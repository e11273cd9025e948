import contextlib
import fcntl
import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from src import record_preparation
from src.errors import UserError
from src.record_preparation import prepare_records
from src.record_store import manifest_path, open_records
from tests.parameter_files import load_design, load_run
from tests.small_records import break_frame, environment_in, folder_bytes, make_list, prepare_here

DESIGN = load_design()
RUN = load_run(num_shards=3, workers=2)


@contextlib.contextmanager
def threads(workers, initializer, *arguments):
    """In place of `worker_pool`: no processes to be started."""
    with ThreadPoolExecutor(workers) as pool:
        yield pool


@pytest.fixture
def in_process(monkeypatch):
    monkeypatch.setattr(record_preparation, "worker_pool", threads)


@pytest.fixture
def env(tmp_path):
    return make_list(tmp_path)


def refused(env, run=RUN, design=DESIGN):
    with pytest.raises(UserError) as refusal:
        prepare_records(design, env, run)
    return str(refusal.value)


def test_two_workers_give_the_bytes_of_one_process(env, tmp_path):
    report = prepare_records(DESIGN, env, RUN)
    assert "training_dataset: 10 pairs in 3 shards" in report
    assert "validation_dataset: 3 pairs in 1 shards" in report
    assert "pairs/s" in report
    alone = environment_in(tmp_path, tfrecord_path=str(tmp_path / "alone"))
    prepare_here(DESIGN, alone, num_shards=3)
    assert folder_bytes(tmp_path / "records") == folder_bytes(tmp_path / "alone")


def test_a_list_without_validation_pairs_makes_one_set(tmp_path, in_process):
    env = make_list(tmp_path, n_train=4, n_validation=0)
    assert "validation" not in prepare_records(DESIGN, env, RUN)
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
    assert "design.context is 0.5 in the records and 0.4 in the parameters" in message
    assert "environment.tfrecord_path" in message
    assert folder_bytes(tmp_path / "records") == before


def test_up_to_5_percent_are_skipped_and_told(tmp_path, in_process):
    env = make_list(tmp_path, n_train=40, n_validation=1)
    broken = tmp_path / "data" / "train" / "00000001.jpg"
    extra = tmp_path / "data" / "validation" / "00000002.jpg"
    assert broken.exists()
    break_frame(extra)
    pair_list = tmp_path / "pairs.csv"
    rows = pair_list.read_text().splitlines()
    rows += [rows[-1], *[row for row in rows if row.startswith("train")][:1]]
    rows.remove(rows[-2])
    rows += ["validation" + rows[-1].removeprefix("train").replace("train", "validation")]
    pair_list.write_text("\n".join(rows) + "\n")
    report = prepare_records(DESIGN, env, RUN)
    assert "pairs skipped" in report
