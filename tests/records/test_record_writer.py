import json

import pytest

from src.base.errors import UserError
from src.records.plan import plan_records
from src.records.preparation import write_shard
from tests.support.full_disk import files_up_to
from tests.support.parameter_files import load_design
from tests.support.small_records import break_frame, make_list

DESIGN = load_design()


@pytest.fixture
def job(tmp_path):
    """The only shard of 10 pairs of 5 frames."""
    return plan_records(DESIGN, make_list(tmp_path), 1)[0].jobs[0]


def test_a_shard_and_its_note(job):
    shard = write_shard(job)
    assert (shard.file, shard.pairs) == ("training_dataset-00000-of-00001.tfrecord", 10)
    assert shard.size == job.path.stat().st_size
    assert json.loads(job.note.read_text()) == json.loads(shard.model_dump_json())
    content = job.path.read_bytes()
    write_shard(job)
    assert job.path.read_bytes() == content


def test_pairs_with_an_unreadable_frame_are_skipped(job):
    frame = job.root / job.read_pairs()[0][1].z_path
    break_frame(frame)
    affected = [row for row, pair in job.read_pairs() if frame.name in pair.z_path + pair.x_path]
    shard = write_shard(job)
    assert [pair.row for pair in shard.skipped] == affected
    assert shard.pairs == 10 - len(affected)
    assert all(str(frame) in pair.reason for pair in shard.skipped)


def test_a_full_disk_is_told_and_leaves_no_half_file(job):
    wanted = pytest.raises(UserError, match=r"too large.*run the same command again")
    with files_up_to(50_000), wanted as refusal:
        write_shard(job)
    assert str(job.path) in str(refusal.value)
    assert list(job.path.parent.iterdir()) == []


def test_no_space_for_the_note_is_told_too(job, monkeypatch):
    def no_space(path, text):
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr("src.records.preparation.atomic_write_text", no_space)
    with pytest.raises(UserError, match="No space left on device"):
        write_shard(job)
    assert not job.note.exists()
