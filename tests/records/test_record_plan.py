import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.base.errors import UserError
from src.base.files import file_crc32
from src.pairs.pair_list import Pair, write_pair_list
from src.records.plan import plan_records
from src.records.store import Shard
from tests.support.parameter_files import load_design
from tests.support.small_records import environment_in

DESIGN = load_design()
BOX = (10.0, 10.0, 20.0, 20.0)


def write_list(folder, n_train, n_validation):
    splits = ["train"] * n_train + ["validation"] * n_validation
    pairs = [Pair(s, s, f"{i}.png", i, BOX, f"{i}.png", i, BOX) for i, s in enumerate(splits)]
    env = environment_in(folder)
    write_pair_list(env.pair_list, pairs, "a test")
    return env


@pytest.fixture
def env(tmp_path):
    return write_list(tmp_path, 7, 2)


def plan_train(env, design=DESIGN, num_shards=3):
    return plan_records(design, env, num_shards)[0]


def fake_shard(job, content=b"records", skipped=()):
    """Writes something in place of a shard, and its note."""
    job.path.parent.mkdir(parents=True, exist_ok=True)
    job.path.write_bytes(content)
    shard = Shard(
        file=job.path.name,
        pairs=len(job.read_pairs()) - len(skipped),
        size=len(content),
        crc32=file_crc32(job.path),
        skipped=skipped,
    )
    job.note.write_text(shard.model_dump_json())
    return shard


def finish(plan):
    shards = [fake_shard(job) for job in plan.jobs]
    return plan.finish({shard.file: shard for shard in shards})


@given(n_train=st.integers(1, 40), n_validation=st.integers(0, 40), num_shards=st.integers(1, 12))
def test_every_pair_goes_to_one_shard(tmp_path_factory, n_train, n_validation, num_shards):
    env = write_list(tmp_path_factory.mktemp("deal"), n_train, n_validation)
    plans = plan_records(DESIGN, env, num_shards)
    assert [plan.pairs for plan in plans] == [n_train, n_validation]
    rows = []
    for plan in plans:
        sizes = [len(job.read_pairs()) for job in plan.jobs]
        assert not sizes or max(sizes) - min(sizes) <= 1
        assert not sizes or min(sizes) > 0
        rows += [row for job in plan.jobs for row, _ in job.read_pairs()]
    assert len(plans[0].jobs) == min(num_shards, n_train)
    assert sorted(rows) == list(range(2, n_train + n_validation + 2))


def test_pairs_keep_their_order(env):
    assert [row for row, _ in plan_train(env).jobs[1].read_pairs()] == [3, 6]


@pytest.mark.parametrize("change", ["list", "design", "shards"])
def test_what_changes_the_bytes_changes_the_staging_folder(env, tmp_path, change):
    before = plan_train(env).staging
    assert plan_train(env).staging == before
    if change == "list":
        after = plan_train(write_list(tmp_path, 8, 2))
    elif change == "design":
        after = plan_train(env, load_design(context=0.4))
    else:
        after = plan_train(env, num_shards=2)
    assert after.staging != before
    assert after.staging.parent == before.parent


def test_shards_with_a_note_are_not_made_again(env):
    plan = plan_train(env)
    assert plan.finished_shards() == {}
    whole, cut, torn = plan.jobs
    shard = fake_shard(whole)
    fake_shard(cut)
    cut.path.write_bytes(b"rec")
    fake_shard(torn)
    torn.note.write_text('{"file":')
    assert plan.finished_shards() == {whole.path.name: shard}


def test_finish_moves_the_shards_and_leaves_nothing_behind(env, tmp_path):
    manifest = finish(plan_train(env))
    names = [f"training_dataset-0000{i}-of-00003.tfrecord" for i in range(3)]
    assert sorted(path.name for path in (tmp_path / "records").iterdir()) == [
        *names,
        "training_dataset.json",
    ]
    assert [shard.file for shard in manifest.shards] == names
    assert manifest.pairs == 7


def test_finish_can_be_interrupted(env):
    plan = plan_train(env)
    expected = finish(plan)
    plan.manifest.unlink()
    for job in plan.jobs[1:]:
        fake_shard(job)
    shard = expected.shards[0]
    plan.jobs[0].note.write_text(shard.model_dump_json())
    assert plan.finished_shards().keys() == {shard.file for shard in expected.shards}
    assert plan.finish(plan.finished_shards()) == expected


def test_a_finished_set_knows_its_damaged_shards(env, tmp_path):
    plan = plan_train(env)
    finish(plan)
    plan.refuse_other()
    (tmp_path / "records" / plan.jobs[1].path.name).write_bytes(b"other")
    assert sorted(plan.finished_shards()) == [plan.jobs[0].path.name, plan.jobs[2].path.name]


@pytest.mark.parametrize(
    ("change", "word"),
    [("list", "another list"), ("design", "context"), ("shards", "3 shards instead of 2")],
)
def test_other_records_are_not_overwritten(env, tmp_path, change, word):
    finish(plan_train(env))
    if change == "list":
        other = plan_train(write_list(tmp_path, 6, 2))
    elif change == "design":
        other = plan_train(env, load_design(context=0.4))
    else:
        other = plan_train(env, num_shards=2)
    with pytest.raises(UserError, match=word):
        other.refuse_other()


def test_old_validation_records_are_not_taken_for_a_new_list(env, tmp_path):
    finish(plan_records(DESIGN, env, 3)[1])
    with pytest.raises(UserError, match="validation_dataset"):
        plan_records(DESIGN, write_list(tmp_path, 7, 0), 3)[1].refuse_other()


def test_shards_with_skipped_pairs_can_be_forgotten(env):
    plan = plan_train(env)
    fake_shard(plan.jobs[0])
    fake_shard(plan.jobs[1], skipped=({"row": 3, "reason": "unreadable"},))
    plan.forget_skipped()
    assert list(plan.finished_shards()) == [plan.jobs[0].path.name]


def test_a_set_without_a_readable_pair_is_refused(env):
    plan = plan_records(DESIGN, env, 1)[1]
    skipped = tuple({"row": row, "reason": "unreadable"} for row, _ in plan.jobs[0].read_pairs())
    shard = fake_shard(plan.jobs[0], skipped=skipped)
    with pytest.raises(UserError, match="none can be read"):
        plan.finish({shard.file: shard})
    assert not plan.manifest.exists()


def test_staging_folders_of_other_records_are_told(env):
    other, plan = plan_train(env, num_shards=2), plan_train(env)
    for staging in (other.staging, plan.staging):
        staging.mkdir(parents=True)
    assert plan.leftovers() == [other.staging]
    shutil.rmtree(other.staging)
    assert plan.leftovers() == []


def test_a_list_that_changes_meanwhile_is_told(env, tmp_path):
    job = plan_train(env).jobs[0]
    write_list(tmp_path, 9, 2)
    with pytest.raises(UserError, match="changed meanwhile"):
        job.read_pairs()


def test_a_list_without_training_pairs_is_refused(tmp_path):
    with pytest.raises(UserError, match="no training pairs"):
        plan_records(DESIGN, write_list(tmp_path, 0, 3), 2)
