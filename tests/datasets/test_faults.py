"""Faulty annotations: all told at once, or left out; what is surplus at the end is cut."""

import json

import numpy as np
import pytest

from src.base.errors import UserError
from src.datasets.faults import complaint, read_all
from src.datasets.segments import plan_segments
from src.datasets.sequences import load_video
from tests.support.helpers import make_clip, write_rows
from tests.support.parameter_files import load_environment, load_evaluation

BOX = (50, 40, 32, 24)


@pytest.fixture
def clips(tmp_path):
    """Four clips, the second and the last with a fault."""
    for name in "abcd":
        make_clip(tmp_path / "clips" / name, n_frames=4)
    (tmp_path / "clips" / "b" / "groundtruth.txt").write_text("1,2,3\n" * 4)
    write_rows(tmp_path / "clips" / "d" / "groundtruth.txt", [BOX] * 3)
    return tmp_path / "clips"


def plan(clips, skipped, **evaluation):
    env = load_environment(root_dataset=str(clips.parent))
    return plan_segments(
        env, load_evaluation(dataset="clips", video="all", **evaluation), skipped=skipped
    )


def test_all_faults_are_told_at_once(clips):
    with pytest.raises(UserError) as told:
        plan(clips, {})
    head, first, second = str(told.value).splitlines()
    assert head == "2 of 4 videos cannot be used (evaluation.on_bad_video=skip leaves them out):"
    assert "b/groundtruth.txt, row 1: 3 numbers" in first
    assert "d/groundtruth.txt: 3 rows for 4 frames" in second and "add NaN for each" in second


def test_they_are_left_out_where_that_is_wanted(clips):
    skipped = {}
    segments = plan(clips, skipped, on_bad_video="skip")
    assert [segment.name for segment in segments] == ["a", "c"]
    assert list(skipped) == ["b", "d"] and "3 rows for 4 frames" in skipped["d"]


def test_nothing_but_faults_is_an_error_all_the_same():
    def read(name):
        raise UserError(f"{name} is wrong")

    with pytest.raises(UserError, match="2 of 2 videos"):
        list(read_all(["a", "b"], read, "skip", {}))


def test_one_fault_is_one_sentence():
    assert complaint(["a: wrong"], 1, "x.y") == "a: wrong"
    assert complaint(["a: wrong"], 9, "x.y") == "a: wrong (x.y=skip leaves it out)"
    many = complaint([f"{k}: wrong" for k in range(50)], 60, "x.y").splitlines()
    assert len(many) == 42 and many[-1] == "  and 10 more"


def test_rows_after_the_last_frame_are_cut_and_told(tmp_path):
    make_clip(tmp_path / "ball", n_frames=3)
    write_rows(tmp_path / "ball" / "groundtruth.txt", [BOX] * 3 + [(1, 1, 9, 9)])
    video = load_video(tmp_path, "ball")
    np.testing.assert_array_equal(video.boxes_ltwh, [BOX] * 3)
    (note,) = video.notes
    assert note.endswith("groundtruth.txt: the 1 rows after the last of 3 frames are cut")


def test_a_missing_frame_is_no_surplus(tmp_path):
    make_clip(tmp_path / "ball", n_frames=4)
    (tmp_path / "ball" / "00000002.jpg").unlink()
    with pytest.raises(UserError, match=r"4 rows for 3 frames.*a frame is missing, or rows"):
        load_video(tmp_path, "ball")


def test_the_evaluation_lists_what_it_left_out(tmp_path, clips, run_here):
    values = {
        "environment.root_dataset": clips.parent,
        "environment.root_results": tmp_path / "results",
        "evaluation.dataset": "clips",
        "evaluation.video": "all",
        "evaluation.weights": "released",
        "evaluation.on_bad_video": "skip",
        "run.visualization": 0,
    }
    words = [word for key, value in values.items() for word in ("--set", f"{key}={value}")]
    done = run_here("run_tracker_evaluation.py", *words)
    assert done.returncode == 0, done.stderr
    assert "Left out: " in done.stdout and "-- 2 videos left out, as they cannot be read --" in (
        done.stdout
    )
    report = tmp_path / "results" / "SiamFC" / "clips" / "performance.json"
    content = json.loads(report.read_text())
    assert list(content["skipped"]) == ["b", "d"] and set(content["tracks"]) == {"a", "c"}
