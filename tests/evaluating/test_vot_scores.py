import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.evaluating.protocols.vot_scores import (
    FAILED,
    SKIPPED,
    STARTED,
    TRACKED,
    Fragment,
    accuracy,
    eao,
    eao_curve,
    failures,
    fragments,
    frame_codes,
    frame_overlaps,
)
from tests.reference import vot

SIZE = (100, 80)


@st.composite
def runs(draw):
    """Overlaps and codes of a run with tracks of any length and gaps of 4 frames or more."""
    overlaps, codes = [], []
    for _ in range(draw(st.integers(1, 4))):
        length = draw(st.integers(0, 25))
        shares = st.one_of(st.floats(0.01, 1), st.just(float("nan")))
        overlaps += [1.0, *draw(st.lists(shares, min_size=length, max_size=length))]
        codes += [STARTED] + [TRACKED] * length
        gap = draw(st.integers(4, 7))
        overlaps += [0.0] + [float("nan")] * gap
        codes += [FAILED] + [SKIPPED] * gap
    if draw(st.booleans()):
        overlaps, codes = [*overlaps, 1.0, 0.5], [*codes, STARTED, TRACKED]
    return np.array(overlaps), np.array(codes)


@given(runs())
def test_scores_equal_the_loops(run):
    overlaps, codes = run
    expected = vot.accuracy(overlaps.tolist(), codes.tolist())
    found = accuracy(overlaps, codes)
    assert np.isnan(found) if expected is None else found == pytest.approx(expected, abs=1e-12)
    assert failures(codes) == codes.tolist().count(FAILED)
    parts = fragments(overlaps, codes)
    loops = vot.fragments(overlaps.tolist(), codes.tolist())
    assert [(part.overlaps.tolist(), part.failed) for part in parts] == loops
    np.testing.assert_allclose(eao_curve(parts), vot.eao_curve(loops), rtol=0, atol=1e-12)


def test_the_curve_of_the_vot_toolkit():
    # computed once by vot.analysis.supervised.compute_eao_curve
    parts = [
        Fragment(np.array([1, 0.8, 0.6, 0.4]), failed=False),
        Fragment(np.array([1, 0.5]), failed=True),
        Fragment(np.array([1, 0.7, 0.7, 0.7, 0.7, 0.7]), failed=False),
    ]
    curve = eao_curve(parts)
    np.testing.assert_allclose(curve, [1, 0.6667, 0.55, 0.4889, 0.4125, 0.4], atol=5e-5)
    assert eao(curve, 1, 2) == pytest.approx((2 / 3 + 0.55) / 2)
    assert eao(curve, 5, 99) == pytest.approx(0.4)
    assert np.isnan(eao(curve, 6, 99))


def test_codes_follow_from_boxes_and_overlaps():
    boxes = np.ones((9, 4))
    boxes[[0, 4, 5]] = np.nan
    overlaps = np.array([np.nan, 1, 0.5, 0, np.nan, np.nan, 1, np.nan, 0])
    expected = [SKIPPED, STARTED, TRACKED, FAILED, SKIPPED, SKIPPED, STARTED, TRACKED, FAILED]
    assert frame_codes(boxes, overlaps).tolist() == expected


def test_burn_in_starts_anew_with_each_track():
    codes = np.array(
        [STARTED] + [TRACKED] * 11 + [FAILED] + [SKIPPED] * 4 + [STARTED] + [TRACKED] * 10
    )
    overlaps = np.full(len(codes), 0.1)
    overlaps[[10, 11, 27]] = [0.6, 0.8, 0.4]
    assert accuracy(overlaps, codes) == pytest.approx(0.6)
    assert accuracy(overlaps, codes, burn_in=0) < 0.2


def test_overlaps_are_those_inside_the_frame():
    truth = np.array([[-10.0, 0, 20, 20], [0, 0, 20, 20], [200, 0, 20, 20], [np.nan] * 4])
    boxes = np.array([[0.0, 0, 10, 20], [np.nan] * 4, [0, 0, 9, 9], [0, 0, 9, 9]])
    np.testing.assert_array_equal(frame_overlaps(boxes, truth, SIZE), [1, 0, np.nan, np.nan])
