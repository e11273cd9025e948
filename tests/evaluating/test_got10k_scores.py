import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.evaluating.metrics import score
from src.evaluating.protocols.got10k import bounded, got10k_overlaps, got10k_scores
from tests.support.places import GOLDEN

REAL = GOLDEN / "track"
REAL_SIZE = (240, 180)


def random_track(seed, n=400, size=(200, 150)):
    """Boxes near the truth, many of them partly or wholly outside the frame."""
    rng = np.random.default_rng(seed)
    truth = np.concatenate([rng.uniform(-40, size, (n, 2)), rng.uniform(1, 90, (n, 2))], axis=1)
    return truth + rng.normal(0, 8, truth.shape) * [1, 1, 0.05, 0.05], truth, size


def real_track():
    return *(
        np.loadtxt(REAL / name, delimiter=",") for name in ("track.txt", "truth.txt")
    ), REAL_SIZE


@pytest.fixture
def toolkit():
    """The toolkit's experiment without its data set, and its overlap."""
    got10k = pytest.importorskip("got10k.experiments.got10k")
    experiment = got10k.ExperimentGOT10k.__new__(got10k.ExperimentGOT10k)
    experiment.nbins_iou = 101
    return experiment, got10k.rect_iou


@pytest.mark.parametrize("track", [random_track(0), random_track(1), real_track()])
def test_scores_equal_got10k(toolkit, track):
    experiment, rect_iou = toolkit
    boxes, truth, size = track
    cover = np.random.default_rng(3).integers(0, 9, len(truth))
    # the toolkit changes its arguments
    theirs = rect_iou(boxes[1:].copy(), truth[1:].copy(), bound=size)[cover[1:] > 0]
    ao, sr50, _, curve = experiment._evaluate(theirs, np.array([0.5]))
    hidden = truth.copy()
    hidden[cover == 0] = np.nan
    overlaps = got10k_overlaps(boxes, hidden, size)
    np.testing.assert_allclose(overlaps, theirs, rtol=0, atol=1e-9)
    scores = got10k_scores(overlaps)
    assert (scores.ao, scores.sr50) == pytest.approx((ao, sr50), abs=1e-9)
    assert scores.sr75 == pytest.approx(curve[75], abs=1e-9)
    np.testing.assert_allclose(scores.success_curve, curve, rtol=0, atol=1e-9)


def test_otb_scores_of_a_real_track_equal_got10k():
    otb = pytest.importorskip("got10k.experiments.otb")
    experiment = otb.ExperimentOTB.__new__(otb.ExperimentOTB)
    experiment.nbins_iou, experiment.nbins_ce = 21, 51
    boxes, truth, _ = real_track()
    boxes[0] = truth[0]
    iou, error = experiment._calc_metrics(boxes.copy(), truth.copy())
    success, precision = experiment._calc_curves(iou, error)
    scores = score(boxes, truth, 20)
    np.testing.assert_allclose(scores.success_curve, success, rtol=0, atol=1e-9)
    np.testing.assert_allclose(scores.precision_curve, precision, rtol=0, atol=1e-9)


def bounded_by_numbers(box, size):
    left, top, width, height = box
    left, top = min(max(left, 0), size[0]), min(max(top, 0), size[1])
    return [left, top, min(width, size[0] - left), min(height, size[1] - top)]


@given(st.lists(st.tuples(*[st.floats(-300, 300)] * 2, *[st.floats(1, 300)] * 2), min_size=1))
def test_boxes_are_limited_number_by_number(boxes):
    expected = [bounded_by_numbers(box, (100, 80)) for box in boxes]
    np.testing.assert_array_equal(bounded(np.array(boxes), (100, 80)), expected)


def test_the_first_frame_and_hidden_frames_do_not_count():
    truth = np.tile([10.0, 10, 20, 20], (4, 1))
    boxes = truth.copy()
    boxes[[0, 2]] = [90, 90, 5, 5]
    truth[2] = np.nan
    assert got10k_overlaps(boxes, truth, (200, 200)).tolist() == [1, 1]
    boxes[3] = np.nan
    assert got10k_overlaps(boxes, truth, (200, 200)).tolist() == [1, 0]


def test_shares_are_strictly_greater():
    scores = got10k_scores(np.array([0.5, 0.75, 1.0, 0.6]))
    assert (scores.ao, scores.sr50, scores.sr75) == (0.7125, 0.75, 0.25)
