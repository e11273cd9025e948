import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from src.tracking.response import WINDOWINGS, Peak, find_peak, upsample, upsampling_matrix


def gaussian(row, column, size=65, sigma=4.0):
    y, x = np.mgrid[:size, :size]
    return np.exp(-((x - column) ** 2 + (y - row) ** 2) / (2 * sigma**2)).astype(np.float32)


def peak_of(*responses, windowing="cosine_sum", penalty=0.97, influence=0.0):
    """The peak of one target, from its responses at all scales."""
    responses = tf.constant(np.stack(responses))[None]
    found = find_peak(responses, WINDOWINGS[windowing], penalty, influence)
    return Peak(*(part[0] for part in found))


@pytest.mark.parametrize(("cells", "up"), [(17, 16), (33, 8), (5, 3)])
def test_upsampling_equals_bicubic_with_aligned_corners(cells, up):
    score = np.random.default_rng(1).normal(size=(2, cells, cells)).astype(np.float32)
    size = up * (cells - 1) + 1
    expected = tf.raw_ops.ResizeBicubic(
        images=score[..., None], size=[size, size], align_corners=True
    )[..., 0]
    np.testing.assert_allclose(upsample(score, upsampling_matrix(cells, up)), expected, atol=2e-3)


def test_a_cell_lands_on_its_own_element():
    # 33 -> 257: cell k lands on 8 k, the middle 16 on 128
    score = np.random.default_rng(2).normal(size=(1, 33, 33)).astype(np.float32)
    up = upsample(score, upsampling_matrix(33, 8)).numpy()
    np.testing.assert_allclose(up[:, ::8, ::8], score, atol=1e-5)


@pytest.mark.parametrize("row", range(8, 60, 7))
@pytest.mark.parametrize("column", range(8, 60, 7))
def test_the_peak_of_a_gaussian_is_found_everywhere(row, column):
    # C7: blanking whole rows moved it by a row or a column
    found = peak_of(gaussian(row, column), gaussian(row, column), gaussian(row, column))
    assert found.disp_response.numpy().tolist() == [column - 32, row - 32]
    assert int(found.scale) == 1


def test_the_best_scale_wins_and_change_is_penalised():
    low, high = gaussian(32, 32), 1.02 * gaussian(32, 32)
    assert int(peak_of(low, low, high).scale) == 1
    assert int(peak_of(low, low, 1.1 * high).scale) == 2
    assert int(peak_of(1.1 * high, low, low).scale) == 0


def test_five_scales_are_penalised_alike():
    low = gaussian(32, 32)
    assert int(peak_of(low, low, low, low, 1.02 * low).scale) == 2
    assert int(peak_of(low, 1.05 * low, low, low, low).scale) == 1


def test_the_penalty_never_raises_a_negative_score():
    # C21: -1 * 0.97 would beat -1
    flat = -np.ones((65, 65), np.float32)
    assert int(peak_of(flat, flat, flat).scale) == 1
    assert int(peak_of(flat, 1.01 * flat, flat).scale) == 1


@pytest.mark.parametrize("windowing", WINDOWINGS)
def test_a_flat_response_keeps_the_target(windowing):
    # C23: a division by zero sent the target to the corner
    flat = np.full((65, 65), 3.0, np.float32)
    for influence in (0.0, 0.2):
        found = peak_of(flat, flat, flat, windowing=windowing, influence=influence)
        assert found.disp_response.numpy().tolist() == [0, 0]
        assert np.isfinite(found.response).all()


@pytest.mark.parametrize("windowing", ["cosine_sum", "cosine"])
def test_the_window_holds_back_a_distant_twin(windowing):
    twins = gaussian(32, 36) + 1.02 * gaussian(32, 60)
    assert peak_of(twins, twins, twins, windowing=windowing).disp_response.numpy()[0] == 28
    found = peak_of(twins, twins, twins, windowing=windowing, influence=0.3)
    assert abs(found.disp_response.numpy()[0] - 4) <= 1
    uniform = peak_of(twins, twins, twins, windowing="uniform", influence=0.3)
    assert uniform.disp_response.numpy()[0] == 28


def hann_by_index(size):
    axis = [0.5 - 0.5 * np.cos(2 * np.pi * i / (size - 1)) for i in range(size)]
    return np.array([[a * b for a in axis] for b in axis])


# what is divided by what, and the window before it
EXPECTED = {
    "cosine_sum": (np.sum, hann_by_index),
    "cosine": (np.max, hann_by_index),
    "uniform": (np.sum, lambda size: np.ones((size, size))),
}


@pytest.mark.parametrize("windowing", EXPECTED)
@settings(max_examples=20)
@given(st.integers(0, 99), st.sampled_from([17, 64, 65]), st.floats(0, 0.9), st.floats(0.1, 100))
def test_response_and_window_are_normalised_alike(windowing, seed, size, influence, spread):
    response = np.random.default_rng(seed).normal(-5, spread, (3, size, size)).astype(np.float32)
    found = peak_of(*response, windowing=windowing, influence=influence)
    reduce, make_window = EXPECTED[windowing]
    lifted = response[int(found.scale)].astype(np.float64)
    lifted -= lifted.min()
    window = make_window(size)
    expected = (1 - influence) * lifted / reduce(lifted) + influence * window / reduce(window)
    np.testing.assert_allclose(found.response, expected, atol=1e-5 * expected.max())
    row, column = np.unravel_index(np.argmax(found.response), (size, size))
    middle = (size - 1) / 2
    assert found.disp_response.numpy().tolist() == [column - middle, row - middle]


def test_windows_sum_to_one_or_reach_it_and_have_their_shape():
    flat = np.zeros((65, 65), np.float32)
    sums, highest, uniform = (
        peak_of(flat, flat, flat, windowing=name, influence=1.0).response.numpy()
        for name in ("cosine_sum", "cosine", "uniform")
    )
    assert uniform.sum() == pytest.approx(1, rel=1e-4)
    assert sums.sum() == pytest.approx(1, rel=1e-4)
    assert np.ptp(uniform) == 0
    assert highest[32, 32] == highest.max() == 1
    assert sums[32, 32] == sums.max()
    assert sums[0].max() < 1e-8
    np.testing.assert_allclose(sums / sums.max(), highest, atol=1e-6)


def test_a_response_that_is_high_everywhere_keeps_its_share_of_the_maximum():
    # the sum of the ground makes the peak small beside the window
    peak = 0.6 + 0.4 * gaussian(32, 60)
    peak[0, 0] = 0
    by_sum, by_maximum = (
        peak_of(peak, peak, peak, windowing=windowing, influence=0.2).disp_response.numpy()
        for windowing in ("cosine_sum", "cosine")
    )
    assert by_sum.tolist() == [0, 0]
    assert by_maximum.tolist() == [pytest.approx(28, abs=2), 0]


@pytest.mark.parametrize("windowing", WINDOWINGS)
def test_targets_side_by_side_are_found_as_each_alone(windowing):
    responses = np.random.default_rng(3).normal(size=(4, 3, 33, 33)).astype(np.float32)
    together = find_peak(tf.constant(responses), WINDOWINGS[windowing], 0.97, 0.3)
    for number, own in enumerate(responses):
        alone = peak_of(*own, windowing=windowing, influence=0.3)
        for ours, one in zip(alone, together, strict=True):
            np.testing.assert_allclose(ours, one[number], atol=1e-6)
