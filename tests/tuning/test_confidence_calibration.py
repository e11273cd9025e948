import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from src.tracking.response import confidence
from src.tuning.calibration import LOST_SHARE, calibrate, fit, predict, roc_area

KNOWN = (-1.0, 2.0, 0.5)


def drawn(seed=0, frames=20_000):
    """Evidence, and failures drawn with the chances that `KNOWN` gives."""
    rng = np.random.default_rng(seed)
    evidence = np.stack([rng.normal(-1, 1, frames), rng.normal(5, 2, frames)], axis=1)
    return evidence, rng.uniform(size=frames) > predict(evidence, KNOWN)


def test_the_fit_finds_what_failures_were_drawn_with():
    assert fit(*drawn()) == pytest.approx(KNOWN, rel=0.1)


def test_evidence_that_speaks_the_wrong_way_is_not_believed():
    evidence, failed = drawn()
    evidence = np.concatenate([evidence, failed[:, None] + 0.0], axis=1)
    assert fit(evidence, failed)[3] == 0


def area_by_loops(sure, failed):
    pairs = [(a, b) for a in sure[~failed] for b in sure[failed]]
    return np.mean([1.0 if a > b else 0.5 if a == b else 0.0 for a, b in pairs])


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=30))
def test_the_area_counts_pairs(frames):
    sure, failed = np.array([f[0] for f in frames], float), np.array([f[1] for f in frames])
    if failed.any() and not failed.all():
        assert roc_area(sure, failed) == pytest.approx(area_by_loops(sure, failed))


def test_a_calibration_holds_its_promises():
    evidence, failed = drawn()
    found = calibrate(evidence, failed)
    sure = predict(evidence, found.confidence)
    assert np.mean(sure[~failed] < found.lost_below) == pytest.approx(LOST_SHARE, abs=0.002)
    assert 0 < found.lost_below < found.found_above < 1
    assert found.roc_area == pytest.approx(roc_area(sure, failed))
    assert (found.frames, found.failed) == (len(failed), failed.sum())
    # of the frames with a confidence about p, a share of about p is good
    for low in (0.2, 0.5, 0.8):
        near = np.abs(sure - low) < 0.05
        assert np.mean(~failed[near]) == pytest.approx(low, abs=0.05)


def test_tracker_and_calibration_compute_the_same():
    evidence, _ = drawn(frames=10)
    ours = confidence(tf.constant(evidence, tf.float32), KNOWN)
    np.testing.assert_allclose(ours, predict(evidence, KNOWN), rtol=1e-4)
