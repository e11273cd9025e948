import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from src import check_published, methods
from src.check_published import compare, find_gate
from src.errors import UserError, run_script
from src.grey_tracker import is_grey
from src.metrics import average_per_frame, average_per_video, score
from src.published_gates import GATES, Gate, PublishedFile, Threshold
from src.record_plan import file_sha256
from tests.conftest import ROOT
from tests.helpers import make_clip
from tests.parameter_files import load_design
from tests.test_evaluation import IdentityTracker

GOLDEN = Path(__file__).parent / "golden" / "siamfc_tf" / "inside"
NET = PublishedFile("net.mat", "in the tests", file_sha256(GOLDEN / "net.mat"))
# a target that stays for 4 frames, and one that has left its first box after 1 of 8
CLIPS = {"Still": (4, (0, 0)), "gone": (8, (40, 0))}


def threshold(score_name, least):
    return Threshold(score_name, least, "somebody")


@pytest.fixture
def check(tmp_path, capsys):
    """Run a gate on `videos` in tmp_path; returns exit status, stdout and stderr."""
    values = {
        "environment.root_dataset": tmp_path,
        "environment.root_pretrained": GOLDEN,
        "environment.root_results": tmp_path / "results",
        "evaluation.dataset": "videos",
    }
    words = [word for key, value in values.items() for word in ("--set", f"{key}={value}")]

    def run(gate, *options):
        argv = ["--gate", "tiny", *words, *options]
        try:
            found = run_script(lambda words: check_published.main(words, {"tiny": gate}), argv)
        except SystemExit as ended:
            found = ended.code
        return found, *capsys.readouterr()

    return run


@pytest.fixture
def tiny(tmp_path):
    """A gate for the network in tests/golden."""
    design = load_design("design_baseline_conv5", filter_num=[16, 32, 24, 24, 8])
    (tmp_path / "design.json").write_text(design.model_dump_json(exclude_unset=True))
    return Gate(
        about="a test",
        design=str(tmp_path / "design.json"),
        hyperparams="hyperparams_natural.json",
        net=NET,
        thresholds=(),
    )


@pytest.fixture
def still(tiny, check, tmp_path, monkeypatch):
    """Run the gate on `CLIPS` with a tracker that never moves."""
    for name, (n_frames, step) in CLIPS.items():
        make_clip(tmp_path / "videos" / name, n_frames, size=(400, 120), step=step)

    def run(*thresholds, tracker=None, options=(), **changes):
        loaded = tracker or IdentityTracker(), "weights w"
        monkeypatch.setattr(methods, "load_tracker", lambda *_: loaded)
        return check(replace(tiny, thresholds=thresholds, **changes), *options)

    return run


def clip_scores(name):
    n_frames, step = CLIPS[name]
    truth = np.array([50.0, 40, 32, 24]) + np.arange(n_frames)[:, None] * np.array([*step, 0, 0])
    return score(np.repeat(truth[:1], n_frames, axis=0), truth, 20)


def test_known_scores_are_met_or_not_in_their_decimals(still):
    mean = average_per_video([clip_scores(name) for name in CLIPS], list(CLIPS))
    assert (mean.mean_iou, mean.precision_20px) == (56.25, 0.5625)
    met = threshold("mean_iou", 56.25), threshold("precision_20px", 0.562)
    found, told, errors = still(*met)
    assert (found, errors) == (0, "")
    assert told.splitlines()[-2:] == [
        "met: mean IoU, percent 56.25, at least 56.25 (somebody)",
        "met: precision at 20 px 0.562, at least 0.562 (somebody)",
    ]
    found, told, errors = still(met[0], threshold("precision_20px", 0.563))
    assert (found, errors) == (1, "")
    assert "\nmet: mean IoU" in told
    assert told.endswith("NOT met: precision at 20 px 0.562, at least 0.563 (somebody)\n")


def test_a_score_is_rounded_as_the_known_one_was():
    mean = replace(clip_scores("gone"), success_auc=0.5996)
    assert compare(threshold("success_auc", 0.6), mean)[0] is True
    assert compare(threshold("success_auc", 0.601), mean)[0] is False
    assert compare(threshold("success_auc", 0.6), replace(mean, success_auc=0.5994))[0] is False


def test_the_mean_is_taken_as_the_gate_says(still):
    scores = [clip_scores(name) for name in CLIPS]
    expected = round(average_per_frame(scores).mean_iou, 2)
    assert expected == 41.67
    assert still(threshold("mean_iou", 41.67), average="frame")[0] == 0
    assert still(threshold("mean_iou", 41.68), average="frame")[0] == 1
    assert still(threshold("mean_iou", 41.68), average="video")[0] == 0


def test_named_videos_only(still):
    found, told, _ = still(threshold("mean_iou", 100.0), videos=("still",))
    assert found == 0
    assert "0 -- Still -- " in told and "gone" not in told
    assert still(threshold("mean_iou", 100.0), videos=("gone",))[0] == 1


def test_every_start_is_tracked(still):
    tracker = IdentityTracker()
    assert still(threshold("mean_iou", 0.0), tracker=tracker, n_subseq=3)[0] == 0
    assert tracker.inits == 6


def test_grey_frames_are_grey(still):
    class Sees(IdentityTracker):
        def update(self, frame):
            seen.append(is_grey(frame))
            return super().update(frame)

    seen = []
    _, told, _ = still(tracker=Sees(), videos=("Still",))
    assert seen == [False] * 3 and "frames turned grey" not in told
    seen.clear()
    options = ("--set", "evaluation.tracker=grey")
    _, told, _ = still(tracker=Sees(), videos=("Still",), grey_frames=True, options=options)
    assert seen == [True] * 3
    assert "Weights: weights w; frames turned grey\n" in told


def test_another_file_than_the_published_one_does_not_pass(still):
    _, told, _ = still()
    assert told.splitlines()[0] == f"met: SHA-256 of {GOLDEN / 'net.mat'}: {NET.sha256}, as known"
    found, told, _ = still(net=replace(NET, sha256="1" * 64))
    assert found == 1
    assert f"the published file has {'1' * 64}\n" in told


def test_results_are_kept_and_not_computed_again(still, tmp_path):
    tracker = IdentityTracker()
    first = still(tracker=tracker)
    folder = tmp_path / "results" / "SiamFC_tiny" / "videos"
    report = json.loads((folder / "performance.json").read_text())
    assert (report["gate"], report["weights"]) == ("tiny", "weights w")
    assert report["per_video"]["mean_iou"] == 56.25
    assert still(tracker=tracker) == first
    assert tracker.inits == 2


def test_missing_files_and_videos_are_refused(still, tmp_path):
    found, _, errors = still(net=PublishedFile("none.mat", "from the moon"))
    assert found == 2
    assert "none.mat does not exist: put the file there (from the moon)" in errors
    found, _, errors = still(videos=("Still", "Bolt"))
    assert found == 2
    assert "videos: 1 of the gate's 2 videos are missing, first Bolt;" in errors
    found, _, errors = still(options=("--set", "design.net=other.mat"))
    assert found == 2 and "the gate decides on this" in errors
    assert not (tmp_path / "results").exists()


def test_without_a_known_name_all_gates_are_told():
    assert find_gate("vot15_bag_colour", GATES) is GATES["vot15_bag_colour"]
    for name, told in ((None, "--gate is missing"), ("otb", "--gate otb: there is no such gate")):
        with pytest.raises(UserError, match=told) as refused:
            find_gate(name, GATES)
        lines = str(refused.value).splitlines()[1:]
        assert lines == [f"  {name}: {gate.about}" for name, gate in GATES.items()]


def test_help_tells_of_the_gates_and_the_exit_still(capsys):
    with pytest.raises(SystemExit) as ended:
        check_published.main(["--help"])
    told = capsys.readouterr().out
    assert ended.value.code == 0
    assert "Exit status: 0 if" in told and all(f"  {name}: " in told for name in GATES)


def test_other_networks_and_hyperparameters_cannot_be_chosen(capsys):
    for option in ("--design", "--hyperparams"):
        with pytest.raises(SystemExit) as ended:
            check_published.main(["--gate", "vot15_bag_colour", option, "mine.json"])
        assert ended.value.code == 2
        assert f"unrecognized arguments: {option}" in capsys.readouterr().err


def test_the_command_refuses_wrong_input(refusal, tmp_path):
    command = [sys.executable, "-m", "src.check_published"]
    options = ["--gate", "vot15_bag_grey", "--set", f"environment.root_pretrained={tmp_path}"]
    for words, told in ((["--gate", "no"], "no such gate"), (options, "does not exist")):
        done = subprocess.run(
            [*command, *words], cwd=ROOT, capture_output=True, text=True, check=False
        )
        refusal(done, told)


def test_a_published_network_scores_as_its_own_program_did(tiny, check, tmp_path):
    """The weights, the clip and the scores of torrvision/siamfc-tf."""
    shutil.copytree(GOLDEN / "frames", tmp_path / "videos" / "clip")
    shutil.copy(GOLDEN / "groundtruth.txt", tmp_path / "videos" / "clip")
    reference = np.load(GOLDEN / "reference.npz")
    known = (
        threshold("mean_iou", round(float(reference["iou"]), 2)),
        threshold("precision", round(float(reference["precision"]), 2)),
    )
    gate = replace(tiny, thresholds=known)
    found, told, errors = check(gate)
    assert (found, errors) == (0, "")
    assert told.count("\nmet: ") == 2 and "Weights: pretrained network" in told
    more = replace(known[0], least=known[0].least + 5)
    found, told, _ = check(replace(gate, thresholds=(more, known[1])))
    assert found == 1
    assert told.count("NOT met: ") == told.count("\nmet: ") == 1
