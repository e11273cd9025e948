"""Result folders and data set as the command line names them."""

import pytest

from src.base.errors import UserError
from src.reporting.writing import find_data_set, named_folders
from tests.support.parameter_files import load_environment, load_evaluation
from tests.support.report_folders import make_data_set, make_track, write_foreign, write_own


@pytest.fixture
def truth(tmp_path):
    return make_data_set(tmp_path)


def find(tmp_path, folders, **changes):
    env = load_environment(root_dataset=str(tmp_path))
    return find_data_set(folders, env, load_evaluation(**({"dataset": "clips"} | changes)))


def test_names_are_given_or_found(tmp_path, truth):
    own = write_own(tmp_path, "Mine", {"a": make_track(truth["a"])})
    other = write_foreign(tmp_path / "o=ther", truth)
    assert named_folders([str(own), str(other), f"KCF={own}"]) == {
        "Mine": own,
        "o=ther": other,
        "KCF": own,
    }


def test_what_is_no_folder_and_equal_names_are_told(tmp_path, truth):
    own = write_own(tmp_path, "Mine", {"a": make_track(truth["a"])})
    for text in ("nowhere", "X=nowhere", f"={own}", "X="):
        with pytest.raises(UserError, match="there is no such folder"):
            named_folders([text])
    with pytest.raises(UserError, match=f"{own} and {own}: both trackers are called Mine"):
        named_folders([str(own), f"Mine={own}"])
    with pytest.raises(UserError, match="no results are named"):
        named_folders([])


def test_settings_tell_the_data_set_and_parameters_where_it_is_gone(tmp_path, truth):
    own = write_own(tmp_path, "Mine", {"a": make_track(truth["a"])})
    other = write_foreign(tmp_path / "other", truth)
    assert find(tmp_path, {"O": other, "M": own}, dataset="x").folder == tmp_path / "clips"
    assert find(tmp_path, {"O": other}).names == ["a", "b"]
    moved = write_own(tmp_path, "Moved", {"a": make_track(truth["a"])}, dataset="/gone/clips")
    assert find(tmp_path, {"M": moved}).folder == tmp_path / "clips"
    with pytest.raises(UserError, match="there is no such data set"):
        find(tmp_path, {"O": other}, dataset="nowhere")


def test_the_first_index_of_the_evaluation_counts(tmp_path, truth):
    settings = {"evaluation": {"first_index": 1}}
    own = write_own(tmp_path, "Mine", {"a": make_track(truth["a"])}, **settings)
    video = find(tmp_path, {"M": own}).video("a")
    assert (video.boxes_ltwh[:, :2] == truth["a"][:, :2] - 1).all()


def test_results_of_two_data_sets_are_told(tmp_path, truth):
    one = write_own(tmp_path, "One", {"a": make_track(truth["a"])})
    two = write_own(tmp_path, "Two", {"a": make_track(truth["a"])}, dataset=str(tmp_path))
    with pytest.raises(UserError, match="results on one data set are right"):
        find(tmp_path, {"One": one, "Two": two})
