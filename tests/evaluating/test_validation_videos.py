import pytest

from src.base.errors import UserError
from src.evaluating.validation import plan_validation
from src.pairs.pair_list import Pair, write_pair_list
from tests.support.helpers import make_clip
from tests.support.parameter_files import load_environment, load_evaluation, load_run

EVALUATION = load_evaluation(n_subseq=3, video="nowhere", dataset="test data")


@pytest.fixture
def env(tmp_path):
    """Training videos a, b, c, of which b and c are for validation, and two other folders."""
    for folder, names in {"train": "abc", "one": "xy", "two": "z"}.items():
        for name in names:
            make_clip(tmp_path / folder / name, 4)
    box = (1.0, 1.0, 5.0, 5.0)
    pairs = [
        Pair(split, name, "p", 0, box, "p", 1, box)
        for name, split in (("a", "train"), ("c", "validation"), ("b", "validation"))
    ]
    write_pair_list(tmp_path / "pairs.csv", pairs, "a test")
    return load_environment(
        root_dataset=str(tmp_path), train_dataset="train", pair_list=str(tmp_path / "pairs.csv")
    )


def names(env, **run):
    return [segment.name for segment in plan_validation(env, EVALUATION, load_run(**run))]


def test_the_lists_validation_videos_are_tracked_from_their_first_frame(env):
    assert names(env) == ["b", "c"]
    assert [s.start for s in plan_validation(env, EVALUATION, load_run())] == [0, 0]


def test_other_folders_may_be_named(env):
    env = env.model_copy(update={"validation_datasets": ("one", "two")})
    assert names(env) == ["x", "y", "z"]


def test_some_of_them_may_be_named(env):
    assert names(env, track_videos=["c"]) == ["c"]
    with pytest.raises(UserError, match=r"run\.track_videos: a is none of .*: b, c"):
        names(env, track_videos=["a"])


def test_videos_of_one_name_are_refused(env, tmp_path):
    make_clip(tmp_path / "two" / "x", 4)
    env = env.model_copy(update={"validation_datasets": ("one", "two")})
    with pytest.raises(UserError, match=r"one.x and .*two.x have one name, x"):
        names(env)


def test_videos_without_ground_truth_are_refused(env, tmp_path):
    make_clip(tmp_path / "two" / "plain", 4, layout="plain")
    env = env.model_copy(update={"validation_datasets": ("two",)})
    with pytest.raises(UserError, match=r"plain.*ground truth"):
        names(env)
