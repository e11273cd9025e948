import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

import run_tracker_evaluation
from src import light
from src.base.errors import UserError
from src.light import MultiTracker, Result, Tracker
from src.parameters.command_line import call_door
from src.runtime.exports import SHIPPED
from tests.support.embedded_clips import TEST_CLIPS, clip_of
from tests.support.patience import PATIENCE
from tests.support.places import ROOT

CLIP = "test_001_blur_zoom_dark"
REGION = "69.57,41.94,42.13,50.52"
# stands before a program that must do without some packages
WITHOUT = """
import importlib.abc
import sys


class Absent(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in %r:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


sys.meta_path.insert(0, Absent())
"""
TENSORFLOW = ("tensorflow", "keras")
# what requirements-light.txt does not bring
BESIDES = (*TENSORFLOW, "pydantic", "scipy", "matplotlib", "jinja2", "cv2", "av", "ijson")


def run_without(packages, code, *arguments):
    """Runs a program where these packages are not installed."""
    return subprocess.run(
        [sys.executable, "-c", WITHOUT % (packages,) + code, *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


COMMAND = """
import runpy

sys.argv[0] = "src"
runpy.run_module("src", run_name="__main__", alter_sys=True)
"""


def rows_of(text):
    header, *rows = text.splitlines()
    assert header == "frame,x,y,w,h,confidence,lost"
    return np.array([row.split(",") for row in rows], float)


@pytest.fixture(scope="module")
def expected():
    """Boxes of the clip by the program's own tracker."""
    frames, box_ltwh = clip_of(CLIP, 1000)
    tracker = Tracker.load(threads=1)
    tracker.init(frames[0], box_ltwh)
    return np.array([box_ltwh, *(tracker.update(frame).box for frame in frames[1:])])


def test_a_video_is_tracked_where_there_is_no_tensorflow(expected):
    done = run_without(
        BESIDES, COMMAND, "light", TEST_CLIPS / CLIP, "--region", REGION, "--threads", 1
    )
    assert done.stderr == ""
    rows = rows_of(done.stdout)
    np.testing.assert_array_equal(rows[:, 0], np.arange(len(expected)))
    np.testing.assert_allclose(rows[:, 1:5], expected, atol=0.006)
    assert ((rows[:, 5] > 0) & (rows[:, 5] <= 1)).all() and set(rows[:, 6]) <= {0, 1}


def test_its_boxes_lie_on_the_target(expected):
    truth = np.loadtxt(TEST_CLIPS / CLIP / "groundtruth.txt", delimiter=",")
    far = (expected[:, :2] + expected[:, 2:] / 2) - (truth[:, :2] + truth[:, 2:] / 2)
    assert (np.linalg.norm(far, axis=1) < 10).mean() > 0.9


EVALUATION = """
from run_tracker_evaluation import main

main(sys.argv[1:])
"""


def test_an_evaluation_by_litert_needs_no_tensorflow(tmp_path, expected):
    settings = ["run.runtime=litert", f"environment.root_results={tmp_path}", "run.visualization=0"]
    settings += [f"evaluation.video={CLIP}", "evaluation.tracker=Light"]
    words = [word for setting in settings for word in ("--set", setting)]
    done = run_without(TENSORFLOW, EVALUATION, "--model", "siamfc_online_lite0", *words)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "Light" / "clips" / "test"
    settings = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
    assert settings["weights"].endswith(", by LiteRT in float32 of float16 weights")
    boxes = np.loadtxt(folder / f"{CLIP}.txt", delimiter=",")
    np.testing.assert_allclose(boxes, expected, atol=1e-3)


def test_worker_processes_take_litert(tmp_path, expected):
    settings = ["run.runtime=litert", "run.workers=2", "run.visualization=0"]
    settings += [f"environment.root_results={tmp_path}", "evaluation.tracker=Light"]
    words = [word for setting in settings for word in ("--set", setting)]
    run_tracker_evaluation.main(["--model", "siamfc_online_lite0", *words])
    folder = tmp_path / "Light" / "clips" / "test"
    np.testing.assert_allclose(
        np.loadtxt(folder / f"{CLIP}.txt", delimiter=","), expected, atol=1e-3
    )
    clips = {path.name for path in TEST_CLIPS.glob("test_*")}
    assert len(clips) == 3 and clips <= {path.stem for path in folder.glob("*.txt")}


def test_gifs_are_videos_too(tmp_path, capsys):
    frames, _ = clip_of(CLIP, 3)
    pages = [Image.fromarray(frame) for frame in frames]
    path = tmp_path / "three.gif"
    pages[0].save(path, save_all=True, append_images=pages[1:])
    call_door(light, [str(path), "--region", REGION])
    assert len(rows_of(capsys.readouterr().out)) == 3


@pytest.mark.parametrize("threads", [0, -1, 1.5, "2", True])
def test_threads_are_a_whole_number(threads):
    with pytest.raises(ValueError, match="from 1 on is right"):
        Tracker.load(threads=threads)


def test_programs_have_the_same_tracker_as_in_the_api(expected):
    frames, box_ltwh = clip_of(CLIP, 3)
    several = MultiTracker.load(SHIPPED, threads=1)
    assert "by LiteRT" in several.weights
    several.init(frames[0], box_ltwh + np.array([[0, 0, 0, 0], [5, 0, 0, 0]]))
    first, second = several.update(frames[1])
    assert isinstance(first, Result) and isinstance(second, Result)
    np.testing.assert_array_equal(first.box, expected[1])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "--region is missing"),
        (["--region", "1,2,3"], "four numbers"),
        (["--region", REGION, "--threads", "0"], "from 1 on"),
        (["--region", REGION, "--export", "none"], r"export\.json: cannot be read"),
        (["--region", "900,900,5,5"], "lies outside the frame"),
    ],
)
def test_what_is_wrong_is_told(arguments, words):
    with pytest.raises(UserError, match=words):
        call_door(light, [str(TEST_CLIPS / CLIP), *arguments])


def test_a_folder_without_images(tmp_path):
    with pytest.raises(UserError, match="holds no images"):
        call_door(light, [str(tmp_path), "--region", REGION])


def test_calls_out_of_turn_and_wrong_frames():
    tracker = Tracker.load(threads=1)
    with pytest.raises(ValueError, match="before init"):
        tracker.update(np.zeros([9, 9, 3], np.uint8))
    with pytest.raises(ValueError, match="float64 of shape"):
        tracker.init(np.zeros([9, 9, 3]), (1, 1, 3, 3))
