"""The command: results as the evaluation writes them, and what is refused before tracking."""

import functools
import json

import pytest

from src import opencv_baselines
from src.base.errors import UserError
from src.parameters.command_line import call_door
from src.tracking import guarded
from tests.support.helpers import make_clip
from tests.support.peers import Peer


def main(argv):
    call_door(opencv_baselines, argv)


def options(folder, *more):
    values = {
        "environment.root_dataset": folder,
        "environment.root_results": folder / "results",
        "evaluation.dataset": "clips",
    }
    return [word for key, value in values.items() for word in ("--set", f"{key}={value}")] + [*more]


def test_mil_writes_results_and_a_report_and_goes_on(tmp_path, capsys):
    for name in ("a", "b"):
        make_clip(tmp_path / "clips" / name, 3)
    main(options(tmp_path, "--tracker", "MIL"))
    lines = capsys.readouterr().out.splitlines()
    folder = tmp_path / "results" / "OpenCV-MIL" / "clips"
    assert lines[0].startswith("Weights: OpenCV") and lines[1].startswith("0 -- a -- Precision")
    assert lines[-2:] == [f"Report: {folder / 'performance.json'}", f"Page: {folder}/report.html"]
    settings = json.loads((folder / "settings.json").read_text())
    assert set(settings) == {"dataset", "weights", "evaluation"}
    assert "TrackerMIL" in settings["weights"]
    before = (folder / "a_time.txt").read_bytes()
    (folder / "b.txt").unlink()
    main(options(tmp_path, "--tracker", "MIL", "--set", "run.visualization=0"))
    assert (folder / "a_time.txt").read_bytes() == before and (folder / "b.txt").exists()
    assert "OpenCV-MIL" in (folder / "report.html").read_text(encoding="utf-8")
    assert not capsys.readouterr().out.splitlines()[-1].startswith("Page")


def test_wrong_options_are_told(tmp_path):
    make_clip(tmp_path / "clips" / "a", 3)
    for more, told in (
        ([], "--tracker is missing"),
        (["--tracker", "MIL", "--frame-seconds", "0"], "--frame-seconds 0: more than 0 is right"),
        (["--tracker", "TLD"], "KCF, CSRT, MIL, NANO are right"),
        (["--tracker", "MIL", "--network", "x"], "no --network is right"),
        (["--tracker", "MIL", "--set", "evaluation.video=zebra"], "there is no such video"),
    ):
        with pytest.raises(UserError, match=told):
            main(options(tmp_path, *more))
    assert not (tmp_path / "results").exists()


def test_a_tracker_that_hangs_ends_the_command_and_is_told_with_its_video(tmp_path, monkeypatch):
    for name in ("a", "b"):
        make_clip(tmp_path / "clips" / name, 4)

    def peer(at):
        hangs = functools.partial(Peer, "hangs", at=at)
        wrapped = functools.partial(guarded.GuardedTracker, hangs)
        monkeypatch.setattr(guarded, "GuardedTracker", lambda make, seconds: wrapped(seconds))

    kept = guarded.GuardedTracker
    peer(at=3)
    told = r"^a: the tracker has not answered for 0.5 s, 3 frames after its start, and was ended"
    with pytest.raises(UserError, match=told):
        main(options(tmp_path, "--tracker", "KCF", "--frame-seconds", "0.5"))
    results = tmp_path / "results" / "OpenCV-KCF" / "clips"
    assert not (results / "a.txt").exists()
    # the video left out, the same command does the others
    monkeypatch.setattr(guarded, "GuardedTracker", kept)
    peer(at=5)
    main(options(tmp_path, "--tracker", "KCF", "--set", "evaluation.video=b"))
    assert (results / "b.txt").exists()
