import json
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from src import calibrate_confidence
from src.base.errors import UserError
from src.parameters.command_line import call_door
from src.tracking.tracker import TrackResult
from src.tuning.calibration import evidence_and_failures
from tests.support.helpers import make_clip
from tests.support.places import ROOT


class WaveringTracker:
    """Leaves its target in every third frame, and mostly says so in its evidence."""

    def __init__(self, every=3):
        self.every = every

    def init(self, frame, box_ltwh):
        self.box_ltwh, self.updates = box_ltwh, 0

    def update(self, frame):
        self.updates += 1
        away = self.updates % self.every == 0
        box = self.box_ltwh + np.array([3 * self.updates + 500 * away, 2 * self.updates, 0, 0])
        evidence = np.array([-5.0 * away + 0.1 * (self.updates % 5), 7.0])
        return TrackResult(box, 1.0, np.zeros((3, 3)), np.ones(4), evidence=evidence)


@pytest.fixture
def calibrate(tmp_path, monkeypatch, capsys):
    """Run the command in this process; returns what it printed."""
    make_clip(tmp_path / "clips" / "Basketball", 20)

    def run(*words, tracker=None):
        def load(hp, *_):
            assert (hp.lost_below, hp.lost_search_growth) == (0.0, 1.0)
            return tracker or WaveringTracker(), "checkpoint 1"

        monkeypatch.setitem(sys.modules, "src.tracking.loading", SimpleNamespace(load_tracker=load))
        devices = SimpleNamespace(use_devices=lambda gpus: None)
        monkeypatch.setitem(sys.modules, "src.base.imports", devices)
        folders = f'environment.root_dataset={tmp_path} environment.validation_datasets=["clips"]'
        sets = [word for pair in folders.split() for word in ("--set", pair)]
        call_door(calibrate_confidence, [*words, *sets])
        return capsys.readouterr().out

    return run


def test_the_file_has_the_calibration_and_all_other_keys(tmp_path, calibrate):
    out = tmp_path / "hp.json"
    printed = calibrate("--out", str(out), "--set", "hyperparams.lost_search_growth=2")
    values = json.loads(out.read_text())
    start = json.loads((ROOT / "parameters" / "hyperparams.json").read_text())
    changed = {key for key in values if values[key] != start[key]}
    assert changed == {"confidence", "lost_below", "found_above", "lost_search_growth"}
    assert set(values) == set(start)
    assert values["confidence"][1] > 0.5
    assert 0 < values["lost_below"] <= values["found_above"] < 1
    # 19 updates, of which 3, 6 ... 18 go astray
    assert "Frames: 19, of which 6 failed" in printed
    assert "ROC curve: 1.000" in printed


def test_failures_are_small_overlaps_and_absent_targets(tmp_path):
    boxes = make_clip(tmp_path / "ball", 5)
    boxes[2] = np.nan
    frames = tuple(sorted((tmp_path / "ball").glob("*.jpg")))
    sequence = SimpleNamespace(frames=frames, boxes_ltwh=boxes)
    segment = SimpleNamespace(sequence=sequence, start=0, start_box_ltwh=boxes[0], name="ball")
    evidence, failed = evidence_and_failures(WaveringTracker(), segment)
    assert failed.tolist() == [False, True, True, False]
    assert evidence.shape == (4, 2)


def test_videos_without_any_failure_cannot_calibrate(tmp_path, calibrate):
    with pytest.raises(UserError, match=r"of the 19 frames .* both kinds"):
        calibrate("--out", str(tmp_path / "hp.json"), tracker=WaveringTracker(every=99))
    assert not (tmp_path / "hp.json").exists()


def test_a_file_that_exists_is_kept(tmp_path, calibrate):
    out = tmp_path / "hp.json"
    out.write_text("mine")
    with pytest.raises(UserError, match="exists"):
        calibrate("--out", str(out))
    assert out.read_text() == "mine"
    with pytest.raises(UserError, match="--out is missing"):
        calibrate()
