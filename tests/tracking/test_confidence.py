import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from src.tracking.response import confidence, is_lost, peak_to_sidelobe, smoothed


def ratio_by_loops(score, radius, reach):
    row, column = np.unravel_index(np.argmax(score), score.shape)
    rest = [
        score[y, x]
        for y in range(len(score))
        for x in range(len(score))
        if radius < max(abs(y - row), abs(x - column)) <= reach
    ]
    return (score[row, column] - np.mean(rest)) / np.std(rest)


@settings(max_examples=20)
@given(st.integers(0, 999), st.sampled_from([(0, 9), (1.5, 6), (3.97, 20)]), st.floats(-20, 20))
def test_the_ratio_equals_the_loops_wherever_the_peak_lies(seed, square, offset):
    score = np.random.default_rng(seed).normal(offset, 2, (3, 13, 13)).astype(np.float32)
    expected = [ratio_by_loops(one.astype(np.float64), *square) for one in score]
    np.testing.assert_allclose(peak_to_sidelobe(tf.constant(score), *square), expected, rtol=1e-3)


def test_a_flat_map_and_one_without_rest_have_no_ratio():
    flat = tf.ones([2, 13, 13])
    assert peak_to_sidelobe(flat, 2.0, 6.0).numpy().tolist() == [0, 0]
    peak = tf.constant(np.eye(5, dtype=np.float32)[None])
    assert peak_to_sidelobe(peak, 10.0, 20.0).numpy().tolist() == [0]


def test_a_second_target_far_off_lowers_the_ratio():
    one = np.zeros((1, 13, 13), np.float32) + np.random.default_rng(0).normal(0, 0.01, (13, 13))
    one[0, 6, 6] = 1
    two = one.copy()
    two[0, 1, 11] = 0.9
    alone, beside = (
        float(peak_to_sidelobe(tf.constant(s, tf.float32), 2.0, 9.0)[0]) for s in (one, two)
    )
    assert beside < alone / 5


@pytest.mark.parametrize("evidence", [(0.0, 0.0), (-1.0, 0.0), (1.0, 2.0)])
def test_confidence_is_the_logistic_function_of_the_evidence(evidence):
    offset, peak, ratio = calibration = (-1.0, 2.0, 0.5)
    logit = offset + peak * evidence[0] + ratio * evidence[1]
    sure = confidence(tf.constant([evidence], tf.float32), calibration)
    assert sure.numpy() == pytest.approx([1 / (1 + np.exp(-logit))], rel=1e-5)


def test_evidence_without_a_factor_and_a_factor_without_evidence_do_not_count():
    evidence = tf.constant([[1.0, 2.0, 3.0]])
    calibration = (-1.0, 2.0, 0.5, 0.25)
    told = confidence(evidence, calibration), confidence(evidence[:, :2], calibration)
    logits = -1 + 2 + 1 + 0.75, -1 + 2 + 1
    np.testing.assert_allclose(np.ravel(told), 1 / (1 + np.exp(-np.array(logits))), rtol=1e-5)
    np.testing.assert_allclose(confidence(evidence, calibration[:3]), told[1])


def test_smoothing_takes_half_of_the_newest():
    before, newest = tf.constant([[0.0, 4.0]]), tf.constant([[1.0, 2.0]])
    assert smoothed(before, newest).numpy().tolist() == [[0.5, 3.0]]


def test_lost_and_found_have_bounds_of_their_own():
    sure = tf.constant([0.1, 0.3, 0.5, 0.9])
    for was, expected in ((False, [True, False, False, False]), (True, [True, True, True, False])):
        lost = is_lost(tf.fill([4], was), sure, lost_below=0.2, found_above=0.6)
        assert lost.numpy().tolist() == expected


def test_a_bound_of_nothing_never_loses_a_target():
    assert not is_lost(tf.constant([False]), tf.constant([0.0]), 0.0, 0.5).numpy().any()


def test_a_wider_map_around_the_same_peak_has_the_same_ratio():
    wide = np.random.default_rng(0).normal(size=(1, 29, 29)).astype(np.float32)
    wide[0, 14, 14] = 20
    near = wide[:, 8:21, 8:21]
    ratios = [float(peak_to_sidelobe(tf.constant(s), 3.97, 6.0)[0]) for s in (wide, near)]
    assert ratios[0] == pytest.approx(ratios[1], rel=1e-4)
