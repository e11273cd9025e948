import numpy as np
import pytest
import tensorflow as tf

from src.response import displacement_window, find_peak, upsample, upsampling_matrix

WINDOW = displacement_window("cosine_sum", 65)


def gaussian(row, column, size=65, sigma=4.0):
    y, x = np.mgrid[:size, :size]
    return np.exp(-((x - column) ** 2 + (y - row) ** 2) / (2 * sigma**2)).astype(np.float32)


def peak_of(*responses, window=WINDOW, penalty=0.97, influence=0.0):
    return find_peak(tf.constant(np.stack(responses)), tf.constant(window), penalty, influence)


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


def test_a_flat_response_keeps_the_target():
    # C23: a division by zero sent the target to the corner
    flat = np.full((65, 65), 3.0, np.float32)
    for influence in (0.0, 0.2):
        found = peak_of(flat, flat, flat, influence=influence)
        assert found.disp_response.numpy().tolist() == [0, 0]
        assert np.isfinite(found.response).all()


def test_the_window_holds_back_a_distant_twin():
    twins = gaussian(32, 36) + gaussian(32, 60)
    found = peak_of(twins, twins, twins, influence=0.3)
    assert abs(found.disp_response.numpy()[0] - 4) <= 1


def test_windows_sum_to_one_and_have_their_shape():
    uniform = displacement_window("uniform", 65)
    assert uniform.sum() == pytest.approx(1, rel=1e-4)
    assert WINDOW.sum() == pytest.approx(1, rel=1e-4)
    assert np.ptp(uniform) == 0
    assert WINDOW[32, 32] == WINDOW.max()
    assert WINDOW[0].max() < 1e-8
