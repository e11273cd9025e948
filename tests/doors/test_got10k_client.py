"""The got10k toolkit's own experiment runs the tracker, and reports what we compute."""

import json
import sys

import numpy as np
import pytest
from got10k.datasets import OTB
from got10k.experiments import ExperimentOTB
from got10k.trackers import Tracker as ToolkitTracker
from PIL import Image

from src.api import Tracker
from src.base.errors import UserError
from src.datasets.segments import plan_segments
from src.evaluating.evaluation import evaluate, track_video
from src.evaluating.metrics import average_per_video, score
from src.evaluating.results import ResultFolder
from src.got10k_client import got10k_tracker
from tests.support.api_trackers import DriftingTracker, released_tracker
from tests.support.helpers import make_clip
from tests.support.parameter_files import load_environment, load_evaluation

NAMES = ["Boy", "Car4"]


@pytest.fixture
def otb(tmp_path, monkeypatch):
    """Two short sequences as OTB lays them out, and the toolkit's experiment on them."""
    make_clip(tmp_path / "otb" / "Boy", 9, layout="otb", step=(2, 1), seed=1)
    make_clip(tmp_path / "otb" / "Car4", 7, box=(30, 40, 40, 20), layout="otb", step=(4, 0), seed=2)
    # the toolkit downloads whatever sequence of its list has no folder
    monkeypatch.setitem(OTB._OTB__version_dict, "tiny", NAMES)
    return ExperimentOTB(
        str(tmp_path / "otb"),
        version="tiny",
        result_dir=str(tmp_path / "results"),
        report_dir=str(tmp_path / "reports"),
    )


@pytest.fixture
def segments(otb, tmp_path):
    environment = load_environment(root_dataset=str(tmp_path))
    return plan_segments(environment, load_evaluation(dataset="otb", video="all", n_subseq=1))


def assert_same_scores(theirs, ours):
    assert theirs["success_score"] == pytest.approx(ours.success_auc, abs=1e-9)
    assert theirs["precision_score"] == pytest.approx(ours.precision_20px, abs=1e-9)
    assert theirs["success_curve"] == pytest.approx(list(ours.success_curve), abs=1e-9)
    assert theirs["precision_curve"] == pytest.approx(list(ours.precision_curve), abs=1e-9)


def test_the_toolkits_report_gives_our_numbers(otb, segments, tmp_path):
    otb.run(got10k_tracker(Tracker(DriftingTracker()), first_index=1, name="drift"))
    report = otb.report(["drift"])["drift"]
    results = ResultFolder.create(str(tmp_path / "ours"), "drift", "otb")
    outcomes = list(evaluate(DriftingTracker(), segments, results, load_evaluation()))
    assert [outcome.name for outcome in outcomes] == NAMES
    for outcome in outcomes:
        assert_same_scores(report["seq_wise"][outcome.name], outcome.scores)
        assert 0.1 < outcome.scores.success_auc < 0.9  # neither lost at once nor perfect
    assert_same_scores(
        report["overall"], average_per_video([outcome.scores for outcome in outcomes], NAMES)
    )
    written = json.loads(
        (tmp_path / "reports" / "OTBtiny" / "drift" / "performance.json").read_text()
    )
    assert written["drift"]["overall"]["success_score"] == report["overall"]["success_score"]


def test_counting_from_the_wrong_pixel_shows_in_the_track(otb):
    fake = DriftingTracker()
    otb.run(got10k_tracker(Tracker(fake), first_index=0, name="shifted"))
    assert fake.started_on == [[51, 41, 32, 24], [31, 41, 40, 20]]
    right = DriftingTracker()
    otb.run(got10k_tracker(Tracker(right), first_index=1, name="right"))
    assert right.started_on == [[50, 40, 32, 24], [30, 40, 40, 20]]


def test_the_released_tracker_in_the_toolkit(otb, segments, tmp_path):
    otb.run(got10k_tracker(released_tracker(), first_index=1))
    report = otb.report(["SiamFC-tf"])["SiamFC-tf"]
    for segment in segments:
        truth = segment.sequence.boxes_ltwh
        boxes = track_video(released_tracker()._tracker, segment).boxes_ltwh
        # the toolkit's files count from 1 and hold three decimals
        shift = np.array([1, 1, 0, 0])
        ours = score(np.round(boxes + shift, 3) - shift, truth, 20)
        assert_same_scores(report["seq_wise"][segment.name], ours)
        assert ours.success_auc > 0.5


@pytest.mark.parametrize("first_index", [0, 1])
def test_boxes_are_converted_both_ways(first_index):
    fake = DriftingTracker(step=(0, 0, 0, 0))
    adapter = got10k_tracker(Tracker(fake), first_index=first_index, name="x")
    assert isinstance(adapter, ToolkitTracker)
    assert (adapter.name, adapter.is_deterministic) == ("x", True)
    image, box = Image.new("RGB", (80, 60), (10, 20, 30)), np.array([11.0, 21.0, 30.0, 15.0])
    image.paste((200, 20, 30), (11, 21, 41, 36))
    adapter.init(image, box)
    assert fake.started_on == [[11 - first_index, 21 - first_index, 30, 15]]
    np.testing.assert_array_equal(adapter.update(image), box)
    assert fake.frames[0].shape == (60, 80, 3) and fake.frames[0][0, 0].tolist() == [10, 20, 30]
    assert box.tolist() == [11, 21, 30, 15]


def test_images_of_any_mode_are_shown_as_rgb():
    fake = DriftingTracker()
    image = Image.new("L", (80, 60), 7)
    image.paste(99, (1, 2, 10, 11))
    got10k_tracker(Tracker(fake), first_index=0).init(image, [1, 2, 9, 9])
    expected = np.repeat(np.asarray(image)[..., None], 3, axis=2)
    np.testing.assert_array_equal(fake.frames[0], expected)


def test_another_first_index_is_told():
    with pytest.raises(UserError, match=r"first_index is 2; 1 is right for OTB, 0 for GOT-10k"):
        got10k_tracker(Tracker(DriftingTracker()), first_index=2)


def test_a_missing_toolkit_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "got10k.trackers", None)
    with pytest.raises(UserError, match=r"pip install got10k==0\.1\.3"):
        got10k_tracker(Tracker(DriftingTracker()), first_index=1)
