from pathlib import Path

import numpy as np
import pytest

from src.base.errors import UserError
from src.datasets.segments import (
    dataset_folder,
    dataset_name,
    plan_segments,
    start_frames,
    start_rule,
)
from tests.support.helpers import make_clip, write_ground_truth
from tests.support.parameter_files import load_environment, load_evaluation


@pytest.fixture
def plan(tmp_path):
    """Segments of the data set `tmp_path/clips`."""

    def run(**changes):
        env = load_environment(root_dataset=str(tmp_path))
        return plan_segments(env, load_evaluation(dataset="clips", **changes))

    return run


def with_absent(folder, boxes, absent):
    boxes = boxes.copy()
    boxes[absent] = np.nan
    write_ground_truth(folder, boxes, "vot4")


def names_and_starts(segments):
    return [(segment.name, segment.start) for segment in segments]


@pytest.mark.parametrize(
    ("n_frames", "n_subseq", "expected"),
    [
        (100, 1, (0,)),
        (100, 3, (0, 33, 66)),
        (11, 4, (0, 2, 5, 8)),
        (2, 3, (0, 0, 1)),
        (1, 3, (0, 0, 0)),
    ],
)
def test_start_frames_are_those_of_torrvision(n_frames, n_subseq, expected):
    assert start_frames(n_frames, n_subseq) == expected


def test_all_takes_every_video_once(tmp_path, plan):
    truth = {name: make_clip(tmp_path / "clips" / name, 3, seed=7) for name in ("b", "a")}
    segments = plan(video="all", n_subseq=1, start_frame=2)
    assert names_and_starts(segments) == [("a", 0), ("b", 0)]
    np.testing.assert_allclose(segments[1].start_box_ltwh, truth["b"][0])


def test_all_starts_n_subseq_tracks(tmp_path, plan):
    truth = make_clip(tmp_path / "clips" / "a", 10)
    segments = plan(video="all", n_subseq=3)
    assert names_and_starts(segments) == [("a_0", 0), ("a_3", 3), ("a_6", 6)]
    np.testing.assert_allclose(segments[2].start_box_ltwh, truth[6])


def test_a_single_video_starts_on_start_frame_alone(tmp_path, plan):
    make_clip(tmp_path / "clips" / "a", 10)
    assert names_and_starts(plan(video="a", n_subseq=3, start_frame=4)) == [("a_4", 4)]
    assert names_and_starts(plan(video="a", n_subseq=3, start_frame=0)) == [("a", 0)]


def test_starts_without_target_move_on(tmp_path, plan):
    boxes = make_clip(tmp_path / "clips" / "a", 10)
    with_absent(tmp_path / "clips" / "a", boxes, [0, 1, 3, 6, 7, 8, 9])
    assert names_and_starts(plan(video="a", start_frame=0)) == [("a", 2)]
    assert names_and_starts(plan(video="a", start_frame=3)) == [("a_4", 4)]
    assert names_and_starts(plan(video="all", n_subseq=3)) == [("a_2", 2), ("a_4", 4)]
    with pytest.raises(UserError, match="absent from frame 6"):
        plan(video="a", start_frame=6)


def test_starts_that_meet_are_one(tmp_path, plan):
    boxes = make_clip(tmp_path / "clips" / "a", 10)
    with_absent(tmp_path / "clips" / "a", boxes, [0, 1, 2, 3, 4, 5, 6])
    assert names_and_starts(plan(video="all", n_subseq=3)) == [("a_7", 7)]


@pytest.mark.parametrize("start", [3, 99])
def test_start_frame_out_of_range_tells_the_range(tmp_path, plan, start):
    make_clip(tmp_path / "clips" / "a", 3)
    with pytest.raises(UserError, match="0 to 2"):
        plan(video="a", start_frame=start)


def test_a_start_box_outside_the_frame_tells_video_row_and_frame(tmp_path, plan):
    boxes = make_clip(tmp_path / "clips" / "a", 4)
    boxes[2] = [500, 40, 30, 20]
    write_ground_truth(tmp_path / "clips" / "a", boxes, "vot4")
    assert len(plan(video="a", start_frame=1)) == 1
    with pytest.raises(UserError, match=r"a, row 3 of .*00000003\.jpg of 160 x 120"):
        plan(video="a", start_frame=2)


def test_a_start_box_in_shares_of_the_frame_tells_its_pixels(tmp_path, plan):
    boxes = make_clip(tmp_path / "clips" / "a", 3)
    boxes[0] = [0.25, 0.5, 0.125, 0.25]
    write_ground_truth(tmp_path / "clips" / "a", boxes, "vot4")
    with pytest.raises(UserError, match=r"a, row 1 of .* pixel; .* be \[40\.0, 60\.0, 20\.0, 30"):
        plan(video="a", start_frame=0)


def test_a_start_box_partly_outside_is_taken(tmp_path, plan):
    boxes = make_clip(tmp_path / "clips" / "a", 3)
    boxes[0] = [-20, -10, 30, 20]
    write_ground_truth(tmp_path / "clips" / "a", boxes, "vot4")
    assert plan(video="a", start_frame=0)[0].start_box_ltwh.tolist() == [-20, -10, 30, 20]


def test_frames_without_ground_truth_start_with_region(tmp_path, plan):
    make_clip(tmp_path / "clips" / "a", 3, layout="plain")
    with pytest.raises(UserError, match=r"evaluation\.region"):
        plan(video="a", region=None)
    with pytest.raises(UserError, match=r"evaluation\.region.*outside"):
        plan(video="a", region=[200, 40, 30, 20])
    segment = plan(video="a", region=[50, 40, 30, 20])[0]
    assert segment.sequence.boxes_ltwh is None
    assert segment.start_box_ltwh.tolist() == [50, 40, 30, 20]


def test_a_path_names_one_video_anywhere(tmp_path, plan, monkeypatch):
    make_clip(tmp_path / "else where" / "día", 3)
    assert names_and_starts(plan(video=str(tmp_path / "else where" / "día"))) == [("día", 0)]
    assert names_and_starts(plan(video=str(tmp_path / "else where" / "día") + "/")) == [("día", 0)]
    monkeypatch.chdir(tmp_path / "else where")
    assert names_and_starts(plan(video="./día")) == [("día", 0)]


@pytest.mark.parametrize("ending", ["time", "read_time", "confidence"])
def test_a_video_named_like_the_times_of_another_is_refused(tmp_path, plan, ending):
    make_clip(tmp_path / "clips" / "a", 3)
    make_clip(tmp_path / "clips" / f"a_{ending}", 3)
    with pytest.raises(UserError, match=f"a_{ending}: .* belongs to a;"):
        plan(video="all")
    assert len(plan(video="all", n_subseq=2)) == 4


@pytest.mark.parametrize(
    ("dataset", "video", "name"),
    [
        ("clips/test", "all", "clips/test"),
        ("clips/test/", "Man", "clips/test"),
        ("/mnt/otb", "all", "otb"),
        ("/mnt/otb/", "all", "otb"),
        ("../otb", "all", "otb"),
        ("clips/test", "/home/me/films/cat", "films"),
        ("clips/test", "films/cat/", "films"),
    ],
)
def test_name_of_the_data_set(dataset, video, name):
    env, evaluation = load_environment(), load_evaluation(dataset=dataset, video=video)
    assert dataset_name(env, evaluation) == name


def test_the_data_set_lies_under_its_root():
    env = load_environment(root_dataset="data")
    assert dataset_folder(env, load_evaluation(dataset="clips")) == Path("data/clips")
    assert dataset_folder(env, load_evaluation(dataset="/mnt/otb")) == Path("/mnt/otb")


def test_one_start_on_the_first_frame_is_one_rule():
    first = {"start_frame": 0}
    assert start_rule(load_evaluation(video="all", n_subseq=1, start_frame=5)) == first
    assert start_rule(load_evaluation(video="a", n_subseq=3, start_frame=0)) == first
    assert start_rule(load_evaluation(video="a", start_frame=5)) == {"start_frame": 5}
    assert start_rule(load_evaluation(video="all", n_subseq=3)) == {"n_subseq": 3}
