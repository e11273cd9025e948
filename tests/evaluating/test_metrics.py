import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.evaluating.metrics import (
    average_per_frame,
    average_per_video,
    average_tre,
    centre_error,
    normalised_centre_error,
    overlap_and_error,
    precision_auc,
    precision_curve,
    score,
    success_curve,
)
from src.geometry.region_to_bbox import rect_iou
from tests.reference.otb import one_pass
from tests.support.places import GOLDEN

# quarters are exact in binary, so that no score hangs on the last bit at a threshold
position = st.integers(-200, 200).map(lambda value: value / 4)
side = st.integers(1, 200).map(lambda value: value / 4)
box = st.tuples(position, position, side, side)
maybe_box = st.one_of(box, st.just((np.nan,) * 4))


@st.composite
def tracks(draw):
    n_frames = draw(st.integers(1, 12))
    truth = [draw(box)] + [draw(maybe_box) for _ in range(n_frames - 1)]
    boxes = [draw(maybe_box) for _ in range(n_frames)]
    return np.array(boxes), np.array(truth)


def random_boxes(n, seed):
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.uniform(-50, 300, (n, 2)), rng.uniform(1, 150, (n, 2))], axis=1)


def near(boxes, seed):
    rng = np.random.default_rng(seed)
    return boxes + rng.normal(0, 4, boxes.shape) * np.array([1, 1, 0.1, 0.1])


@given(tracks(), st.sampled_from([1, 5, 20]))
def test_scores_equal_the_loops_over_frames_and_thresholds(track, dist_threshold):
    boxes, truth = track
    scores = dataclasses.asdict(score(boxes, truth, dist_threshold))
    expected = one_pass(boxes.tolist(), truth.tolist(), dist_threshold)
    assert scores.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_allclose(scores[name], value, rtol=0, atol=1e-9, err_msg=name)


def test_overlap_and_centre_error_equal_got10k():
    theirs = pytest.importorskip("got10k.utils.metrics")
    a = random_boxes(1000, 0)
    b = near(a, 1)
    # got10k may clip its arguments in place
    np.testing.assert_allclose(rect_iou(a, b), theirs.rect_iou(a.copy(), b.copy()), atol=1e-12)
    expected = theirs.center_error(a.copy(), b.copy())
    np.testing.assert_allclose(centre_error(a, b), expected, rtol=0, atol=1e-12)


def test_otb_curves_equal_got10k():
    # C34: mean overlap was called the OTB metric
    otb = pytest.importorskip("got10k.experiments.otb")
    experiment = otb.ExperimentOTB.__new__(otb.ExperimentOTB)
    experiment.nbins_iou, experiment.nbins_ce = 21, 51
    truth = random_boxes(500, 2)
    boxes = near(truth, 3)
    boxes[0] = truth[0]
    iou, error = experiment._calc_metrics(boxes.copy(), truth.copy())
    success, precision = experiment._calc_curves(iou, error)
    scores = score(boxes, truth, 20)
    np.testing.assert_allclose(scores.success_curve, success, rtol=0, atol=1e-12)
    np.testing.assert_allclose(scores.precision_curve, precision, rtol=0, atol=1e-12)
    assert scores.success_auc == pytest.approx(np.mean(success), abs=1e-12)
    assert scores.precision_20px == pytest.approx(precision[20], abs=1e-12)


def test_a_perfect_track_scores_twenty_of_twenty_one():
    truth = random_boxes(50, 4)
    scores = score(truth.copy(), truth, 20)
    assert scores.success_auc == 20 / 21
    assert (scores.precision_20px, scores.precision_auc) == (1.0, 1.0)
    assert scores.precision == 100.0
    assert scores.mean_iou == pytest.approx(100, abs=1e-9)


def test_precision_is_strict_and_the_one_of_otb_is_not():
    truth = np.array([[0.0, 0, 10, 10], [0, 0, 10, 10]])
    boxes = truth + np.array([[0.0], [1.0]]) * [20.0, 0, 0, 0]
    scores = score(boxes, truth, 20)
    assert (scores.precision, scores.precision_20px) == (50.0, 1.0)
    np.testing.assert_array_equal(
        precision_curve(np.array([0.0, 20.0]))[[0, 19, 20]], [0.5, 0.5, 1]
    )


def test_success_is_strictly_greater():
    assert success_curve(np.array([0.0])).sum() == 0
    assert success_curve(np.array([0.5])).sum() == 10
    assert success_curve(np.array([1.0])).sum() == 20


@given(st.lists(st.floats(0, 60), min_size=1, max_size=30))
def test_precision_auc_lies_between_0_and_1_and_falls_with_the_error(errors):
    # C33: it ran from 0 to 49
    errors = np.array(errors)
    assert 0 <= precision_auc(errors + 5) <= precision_auc(errors) <= 1


def test_precision_auc_at_its_ends():
    assert precision_auc(np.zeros(3)) == 1.0
    assert precision_auc(np.array([25.0, np.inf])) == 0.0
    assert precision_auc(np.array([12.5])) == pytest.approx(24.5 / 49)


def test_absent_frames_are_left_out_and_counted():
    # C35: they ended in an assertion
    truth, boxes = random_boxes(6, 5), random_boxes(6, 6)
    gaps = truth.copy()
    gaps[[2, 4]] = np.nan
    kept = [0, 1, 3, 5]
    with_gaps, without = score(boxes, gaps, 20), score(boxes[kept], truth[kept], 20)
    assert (with_gaps.frames, with_gaps.absent_frames) == (4, 2)
    assert dataclasses.replace(with_gaps, absent_frames=0) == without


@pytest.mark.parametrize("nothing", [np.nan, np.inf])
def test_a_visible_frame_without_a_box_is_a_failure(nothing):
    truth = random_boxes(4, 7)
    boxes = truth.copy()
    boxes[2:] = nothing
    iou, error = overlap_and_error(boxes, truth)
    np.testing.assert_array_equal(iou[2:], 0)
    np.testing.assert_array_equal(error[2:], np.inf)
    scores = score(boxes, truth, 20)
    assert (scores.frames, scores.failed_frames) == (4, 2)
    assert (scores.precision, scores.precision_20px) == (50.0, 0.5)
    assert scores.mean_iou == pytest.approx(50, abs=1e-9)


def test_the_first_box_is_the_ground_truth():
    truth = random_boxes(2, 8)
    boxes = truth.copy()
    boxes[0] += 500
    assert score(boxes, truth, 20).mean_iou == pytest.approx(100, abs=1e-9)
    assert boxes[0, 0] == truth[0, 0] + 500


def test_mean_per_frame_is_the_score_of_all_frames_together():
    truth = random_boxes(60, 9)
    boxes = near(truth, 10)
    boxes[[0, 20]] = truth[[0, 20]]
    parts = [score(boxes[:20], truth[:20], 3), score(boxes[20:], truth[20:], 3)]
    mean, together = average_per_frame(parts), score(boxes, truth, 3)
    for name, value in dataclasses.asdict(together).items():
        np.testing.assert_allclose(getattr(mean, name), value, rtol=0, atol=1e-12, err_msg=name)


def test_mean_per_video_gives_every_video_the_same_weight():
    truth = random_boxes(4, 11)
    good, bad = score(truth, truth, 20), score(truth + 999 * (np.arange(4) > 0)[:, None], truth, 20)
    mean = average_per_video([good, bad, bad], ["a", "b", "b"])
    assert mean.precision == pytest.approx((100 + 25) / 2)
    assert mean.frames == 12
    assert mean.success_curve[0] == pytest.approx((1 + 0.25) / 2)


@pytest.mark.parametrize("clip", ["inside", "edge"])
def test_the_originals_scores_come_out_for_its_boxes(clip):
    folder = GOLDEN / "siamfc_tf" / clip
    stored = np.load(folder / "reference.npz")
    truth = np.loadtxt(folder / "groundtruth.txt", delimiter=",")
    ours = score(stored["bboxes"], truth, 20)
    assert ours.precision == pytest.approx(float(stored["precision"]))
    assert ours.mean_iou == pytest.approx(float(stored["iou"]))
    # C33: the original's area has steps of one between 50 thresholds
    assert ours.precision_auc == pytest.approx(float(stored["precision_auc"]) / 49)


def test_the_normalised_error_is_divided_by_the_true_size():
    truth = np.array([[0.0, 0, 10, 40]])
    boxes = np.array([[3.0, 16, 10, 40]])
    assert normalised_centre_error(boxes, truth)[0] == 0.5
    assert normalised_centre_error(truth * [1, 1, 2, 2], truth)[0] == pytest.approx(2**0.5 / 2)


def test_normalised_precision_is_the_share_up_to_a_fifth():
    truth = np.tile([0.0, 0, 10, 10], (5, 1))
    # 0, exactly 0.2, 0.21, 0.5 and beyond, and none at all
    boxes = truth + np.array([[0.0], [2.0], [2.1], [5.0], [np.nan]]) * [1.0, 0, 0, 0]
    scores = score(boxes, truth, 20)
    assert scores.norm_precision == scores.norm_precision_curve[20] == 2 / 5
    assert scores.norm_precision_curve[21] == 3 / 5
    assert scores.norm_precision_curve[50] == 4 / 5
    heights = [1] * 20 + [2] + [3] * 29 + [4]
    area = (sum(heights) - (heights[0] + heights[-1]) / 2) / 5 / 50
    assert scores.norm_precision_area == pytest.approx(area)


def test_tre_weighs_tracks_by_their_frames_and_videos_alike():
    truth = random_boxes(10, 12)
    good = score(truth, truth, 20)
    bad = score(truth[:5] + 999 * (np.arange(5) > 0)[:, None], truth[:5], 20)
    mean = average_tre([good, bad, bad], ["a", "a", "b"])
    assert mean.precision_20px == pytest.approx((11 / 15 + 1 / 5) / 2)
    assert mean.frames == 20
    assert average_per_video([good, bad, bad], ["a", "a", "b"]).precision_20px == pytest.approx(0.4)
