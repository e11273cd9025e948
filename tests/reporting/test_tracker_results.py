"""All tracks of a folder: which belong to which video, and what does not fit."""

import json

import numpy as np
import pytest

from src.base.errors import UserError
from src.reporting.tracker_results import (
    DataSet,
    first_visible,
    read_about,
    read_results,
    tracker_name,
)
from tests.support.helpers import make_clip, write_ground_truth
from tests.support.report_folders import make_data_set, make_track, write_foreign, write_own


@pytest.fixture
def truth(tmp_path):
    return make_data_set(tmp_path)


def read(tmp_path, folder, one_based=False):
    return read_results("X", folder, DataSet(tmp_path / "clips", None, None), one_based)


def refused(*arguments, **named):
    with pytest.raises(UserError) as caught:
        read(*arguments, **named)
    return str(caught.value)


def test_own_tracks_of_several_starts(tmp_path, truth):
    tracks = {
        "a_0": make_track(truth["a"]),
        "a_3": make_track(truth["a"], start=3),
        "b_0": make_track(truth["b"]),
    }
    results = read(tmp_path, write_own(tmp_path, "X", tracks))
    assert set(results.tracks) == {("a", 0), ("a", 3), ("b", 0)}
    np.testing.assert_allclose(results.tracks["a", 3].boxes_ltwh[3:], truth["a"][3:])
    assert results.about["settings.json"]["weights"] == "w.npz"


def test_a_video_whose_name_looks_like_a_start(tmp_path, truth):
    other = make_clip(tmp_path / "clips" / "a_3", 8, seed=5)
    folder = write_own(tmp_path, "X", {"a_3": make_track(other), "a": make_track(truth["a"])})
    assert set(read(tmp_path, folder).tracks) == {("a_3", 0), ("a", 0)}
    # performance.json tells, where both are there
    folder = write_own(tmp_path, "Y", {"a_3": make_track(truth["a"], start=3)})
    (folder / "performance.json").write_text(json.dumps({"tracks": {"a_3": {"video": "a"}}}))
    assert set(read(tmp_path, folder).tracks) == {("a", 3)}


def test_a_track_that_was_being_written_is_left_out(tmp_path, truth):
    tracks = {"a": make_track(truth["a"]), "b": make_track(truth["b"])}
    folder = write_own(tmp_path, "X", tracks)
    (folder / "b.txt").unlink()
    assert set(read(tmp_path, folder).tracks) == {("a", 0)}


@pytest.mark.parametrize("change", [lambda lines: lines[:-1], lambda lines: [*lines, lines[0]]])
def test_own_tracks_of_more_or_fewer_rows_are_told(tmp_path, truth, change):
    folder = write_own(tmp_path, "X", {"a": make_track(truth["a"])})
    lines = change((folder / "a.txt").read_text().splitlines())
    (folder / "a.txt").write_text("\n".join(lines) + "\n")
    told = refused(tmp_path, folder)
    assert told.startswith(f"{folder / 'a.txt'}: the track is not whole: {len(lines)}, 8, 8, 8")
    assert "for 8 frames" in told


def test_own_tracks_of_other_ground_truth_are_told(tmp_path, truth):
    folder = write_own(tmp_path, "X", {"a": make_track(truth["a"])})
    write_ground_truth(tmp_path / "clips" / "a", truth["a"] + 2, "vot4")
    assert "do not start on the ground truth" in refused(tmp_path, folder)
    assert "there is no such video" in refused(
        tmp_path, write_own(tmp_path, "Z", {"zebra": make_track(truth["a"])})
    )


def test_foreign_tracks_start_where_the_target_is(tmp_path, truth):
    late = truth["b"].copy()
    late[:2] = np.nan
    write_ground_truth(tmp_path / "clips" / "b", late, "vot4")
    make_clip(tmp_path / "clips" / "film", 3, layout="plain")
    folder = write_foreign(tmp_path / "other", truth | {"film": truth["a"][:3]})
    data = DataSet(tmp_path / "clips", None, None)
    results = read(tmp_path, folder)
    assert set(results.tracks) == {("a", 0), ("b", 2), ("film", 0)} and results.about == {}
    assert [first_visible(data.video(name)) for name in ("a", "b", "film")] == [0, 2, 0]


def test_boxes_that_count_from_one_are_told_either_way(tmp_path, truth):
    one_based = {name: boxes + np.array([1, 1, 0, 0]) for name, boxes in truth.items()}
    from_one = write_foreign(tmp_path / "one", one_based)
    from_zero = write_foreign(tmp_path / "zero", truth)
    assert refused(tmp_path, from_one).endswith("add --one-based X")
    assert refused(tmp_path, from_zero, one_based=True).endswith("leave out --one-based X")
    np.testing.assert_allclose(
        read(tmp_path, from_one, one_based=True).tracks["a", 0].boxes_ltwh, truth["a"]
    )
    own = write_own(tmp_path, "X", {"a": make_track(truth["a"])})
    assert "leave out --one-based" in refused(tmp_path, own, one_based=True)


def test_a_folder_without_tracks_and_damaged_settings(tmp_path, truth):
    (tmp_path / "empty").mkdir()
    assert "holds no track" in refused(tmp_path, tmp_path / "empty")
    (tmp_path / "empty" / "settings.json").write_text("[1")
    with pytest.raises(UserError, match=r"settings\.json: is not the JSON object"):
        read_about(tmp_path / "empty")


@pytest.mark.parametrize(
    ("folder", "dataset", "name"),
    [
        ("results/SiamFC/clips/test", "data/clips/test", "SiamFC"),
        ("results/SiamFC/test", "/somewhere/clips/test", "SiamFC"),
        ("results/OTB2015/KCF", None, "KCF"),
        ("results/SiamFC/renamed", "data/clips/test", "renamed"),
    ],
)
def test_names(tmp_path, folder, dataset, name):
    about = {"settings.json": {"dataset": dataset}} if dataset else {}
    assert tracker_name(tmp_path / folder, about) == name
