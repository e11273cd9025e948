import json

import pytest

from src.base.errors import UserError
from src.records.store import manifest_path, open_records
from tests.support.parameter_files import load_design
from tests.support.small_records import environment_in, make_list, prepare_here

DESIGN = load_design()


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Records of 10 training and 3 validation pairs, and their files' bytes."""
    env = make_list(tmp_path_factory.mktemp("store"))
    prepare_here(DESIGN, env)
    folder = manifest_path(env, "train").parent
    return env, {path: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def env(made):
    """The records, whole again after every test."""
    yield made[0]
    for path, content in made[1].items():
        path.write_bytes(content)


def first_shard(env):
    return manifest_path(env, "train").parent / "training_dataset-00000-of-00002.tfrecord"


def refused(env, design=DESIGN, split="train"):
    with pytest.raises(UserError) as refusal:
        open_records(design, env, split)
    return str(refusal.value)


def test_whole_records_are_opened(env):
    records = open_records(DESIGN, env, "train")
    assert records.pairs == 10
    assert [path.name for path in records.paths] == [
        "training_dataset-00000-of-00002.tfrecord",
        "training_dataset-00001-of-00002.tfrecord",
    ]
    validation = open_records(DESIGN, env, "validation")
    assert (validation.pairs, len(validation.paths)) == (3, 1)
    assert validation.list_sha256 == records.list_sha256


def test_writer_and_reader_move_with_the_keys(tmp_path):
    # C38: the writer's paths were fixed
    env = make_list(tmp_path)
    moved = environment_in(
        tmp_path, tfrecord_path=str(tmp_path / "my records"), tfrecord_filename="mine"
    )
    prepare_here(DESIGN, moved)
    assert open_records(DESIGN, moved, "train").paths[0].parent == tmp_path / "my records"
    assert "prepare_training_dataset.py" in refused(env)


def test_records_of_another_design_name_the_key_and_both_values(env):
    message = refused(env, load_design(context=0.25, resize_width=300))
    assert "design.context 0.5, now 0.25" in message
    assert "design.resize_width 400, now 300" in message
    assert "resize_height" not in message


def test_a_missing_shard_is_named(env):
    first_shard(env).unlink()
    assert f"{first_shard(env)}: this shard is missing" in refused(env)


def test_a_truncated_shard_is_named(env):
    first_shard(env).write_bytes(first_shard(env).read_bytes()[:-100])
    message = refused(env)
    assert str(first_shard(env)) in message
    assert "run prepare_training_dataset.py again" in message


def test_an_altered_shard_is_named(env):
    content = bytearray(first_shard(env).read_bytes())
    content[len(content) // 2] ^= 1
    first_shard(env).write_bytes(content)
    message = refused(env)
    assert str(first_shard(env)) in message
    assert "CRC" in message


@pytest.mark.parametrize("content", ["", "{", "[]", '{"schema_version": 1}', '{"pairs": 3}'])
def test_a_damaged_manifest_is_told(env, content):
    manifest_path(env, "train").write_text(content)
    assert "is not a manifest" in refused(env)


def test_records_of_another_version_are_told(env):
    path = manifest_path(env, "train")
    path.write_text(json.dumps({"schema_version": 99, "whatever": 1}))
    assert "schema version 99" in refused(env)
