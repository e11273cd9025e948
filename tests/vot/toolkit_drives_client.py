"""The VOT toolkit itself starts the tracker, drives it, and scores it; `make test-vot` runs this.

Its name hides it from pytest's collection: the toolkit needs packages and an environment of its
own, in `.venv-vot`.
"""

import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

from src.datasets.sequences import load_video
from src.evaluating.protocols.vot_scores import accuracy, frame_codes, frame_overlaps
from src.parameters.sources import RECOMMENDED
from tests.support.patience import PATIENCE
from tests.support.places import ROOT

TOOLKIT = ROOT / ".venv-vot" / "bin" / "vot"
CLIPS = ROOT / "data" / "clips"
FRAME_SIZE = (240, 180)
LOW, HIGH = 10, 43
TRACKER = "SiamFC-tf"
# sequence -> the clips that it shows one after the other: where they meet, any tracker fails.
# In all of them the target is always seen: the toolkit counts hidden ones as failures
SEQUENCES = {
    "cut": ("train/train_000_turn_dark", "train/train_006_distractors"),
    "occlusion": ("test/test_000_occlusion_distractor",),
    "zoom": ("test/test_001_blur_zoom_dark",),
}
STACK = {
    "title": "Clips",
    "experiments": {
        "baseline": {
            "type": "supervised",
            "repetitions": 1,
            "skip_initialize": 5,
            "analyses": [
                {"type": "supervised_average_ar"},
                {"type": "supervised_eao_score", "low": LOW, "high": HIGH},
            ],
        },
        "unsupervised": {
            "type": "unsupervised",
            "repetitions": 1,
            "analyses": [{"type": "average_accuracy"}],
        },
    },
}
# the toolkit counts whole pixels of boxes of about 50 px, this project measures continuous ones
PIXELS = 0.01


def write_sequence(folder, clips):
    """Frames and ground truth of clips, as the toolkit and this project read them."""
    folder.mkdir(parents=True)
    frames = [path for clip in clips for path in sorted((CLIPS / clip).glob("*.jpg"))]
    for number, path in enumerate(frames, start=1):
        shutil.copy(path, folder / f"{number:08d}.jpg")
    rows = [(CLIPS / clip / "groundtruth.txt").read_text(encoding="ascii") for clip in clips]
    (folder / "groundtruth.txt").write_text("".join(rows), encoding="ascii")


def toolkit(*arguments):
    """One command of the toolkit, which must end well; its results are written as text."""
    assert TOOLKIT.exists(), "`make test-vot` makes the toolkit's environment"
    done = subprocess.run(
        [TOOLKIT, *arguments],
        env=os.environ | {"VOT_RESULTS_BINARY": "false"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0 and "error" not in done.stderr, done.stdout + done.stderr


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """A workspace with the toolkit's runs and analysis of the recommended tracker."""
    folder = tmp_path_factory.mktemp("workspace")
    for name, clips in SEQUENCES.items():
        write_sequence(folder / "sequences" / name, clips)
    (folder / "sequences" / "list.txt").write_text("\n".join(SEQUENCES), encoding="ascii")
    # JSON is YAML
    config = {"registry": ["./trackers.ini"], "sequences": "./sequences", "stack": STACK}
    (folder / "config.yaml").write_text(json.dumps(config), encoding="ascii")
    command = f"{sys.executable} -m src.vot_client --set evaluation.weights=released"
    (folder / "trackers.ini").write_text(
        f"[{TRACKER}]\nprotocol = trax\ncommand = {command}\n"
        f"env_PYTHONPATH = {ROOT}\ntimeout = {PATIENCE}\n",
        encoding="utf-8",
    )
    toolkit("evaluate", "--workspace", folder, TRACKER)
    toolkit("analysis", "--workspace", folder, "--name", "scores", TRACKER)
    return folder


@pytest.fixture(scope="module")
def its_scores(workspace):
    """By experiment what each of its analyses found."""
    told = json.loads((workspace / "analysis" / "scores.json").read_text(encoding="utf-8"))
    assert told["toolkit"] == "0.7.4"
    assert {name: one["length"] for name, one in told["sequences"].items()} == {
        "cut": 88,
        "occlusion": 44,
        "zoom": 44,
    }
    return {
        name: [trackers[0] for trackers in one["results"]] for name, one in told["results"].items()
    }


@pytest.fixture(scope="module")
def our_results(workspace, run_script):
    """Makes the folder with the results of one of this project's own protocols."""

    def run(protocol):
        done = run_script(
            "run_tracker_evaluation.py",
            *("--model", RECOMMENDED, "--set", "evaluation.weights=released"),
            *("--set", f"environment.root_dataset={workspace}"),
            *("--set", "evaluation.dataset=sequences"),
            *("--set", f"evaluation.protocol={protocol}"),
            *("--set", f"evaluation.eao_frames=[{LOW},{HIGH}]"),
            *("--set", f"environment.root_results={workspace / protocol}"),
            *("--set", "run.visualization=false"),
        )
        assert done.returncode == 0, done.stderr
        return workspace / protocol / "SiamFC" / "sequences"

    return run


def trajectory(path):
    """Of a run in the toolkit's text form: the frames with a code, and all boxes [N, 4]."""
    rows = [line.split(",") for line in path.read_text(encoding="ascii").split()]
    codes = {index: int(row[0]) for index, row in enumerate(rows) if len(row) == 1}
    return codes, np.array([row if len(row) == 4 else [np.nan] * 4 for row in rows], float)


def test_supervised_runs_and_scores_are_those_of_our_protocol(workspace, its_scores, our_results):
    ours = our_results("vot")
    failed = set()
    for name in SEQUENCES:
        codes, boxes = trajectory(
            workspace / "results" / TRACKER / "baseline" / name / f"{name}_001.txt"
        )
        our_codes, our_boxes = trajectory(ours / "vot" / "baseline" / name / f"{name}_001.txt")
        assert codes == our_codes
        np.testing.assert_allclose(boxes, our_boxes, atol=2e-3)
        failed |= {(name, index) for index, code in codes.items() if code == 2}
    assert failed == {("cut", 44)}

    (accuracy_of_its, robustness, _, _), (eao,) = its_scores["baseline"]
    told = json.loads((ours / "performance.json").read_text(encoding="utf-8"))["protocol"]
    print(
        f"\nthe toolkit, then ours: accuracy {accuracy_of_its:.4f} {told['accuracy']:.4f}, EAO "
        f"{eao:.4f} {told['eao']:.4f}, robustness {robustness:.4f} {told['robustness']:.4f}"
    )
    assert accuracy_of_its == pytest.approx(told["accuracy"], abs=PIXELS)
    assert eao == pytest.approx(told["eao"], abs=PIXELS)
    assert robustness == pytest.approx(told["robustness"])


def test_unsupervised_accuracy_is_that_of_our_boxes(workspace, its_scores, our_results):
    ours = our_results("ope")
    overlaps, lengths = [], []
    for name in SEQUENCES:
        boxes = np.loadtxt(ours / f"{name}.txt", delimiter=",")
        truth = load_video(workspace / "sequences", name).boxes_ltwh
        overlap = frame_overlaps(boxes, truth, FRAME_SIZE)
        # without resets no box is a failure
        codes = frame_codes(boxes, np.ones_like(overlap))
        overlaps.append(accuracy(overlap, codes))
        lengths.append(len(boxes))
    ((its_accuracy,),) = its_scores["unsupervised"]
    our_accuracy = np.average(overlaps, weights=lengths)
    print(f"\nthe toolkit, then ours, without resets: {its_accuracy:.4f} {our_accuracy:.4f}")
    assert its_accuracy == pytest.approx(our_accuracy, abs=PIXELS)
