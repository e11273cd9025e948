"""The measures against loops over pairs and cells."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.centre_bias_measures import CENTRE, centre_share, mean_label, measure_bias

STRIDE = 8


def place(row, column, cells):
    """(x, y) of a cell from the middle, crop pixels."""
    return np.array([column - cells // 2, row - cells // 2]) * STRIDE


def slow_bias(response, disp_crop):
    pairs, cells = len(response), response.shape[1]
    total = np.zeros((cells, cells))
    found = in_centre = 0
    for one, target in zip(response, disp_crop, strict=True):
        best, peak = -1.0, None
        for row in range(cells):
            for column in range(cells):
                total[row, column] += one[row, column] / pairs
                if one[row, column] > best:
                    best, peak = one[row, column], place(row, column, cells)
        found += sum((peak - target) ** 2) ** 0.5 <= STRIDE
        in_centre += max(abs(peak)) <= CENTRE
    return total, found / pairs, in_centre / pairs


@given(seed=st.integers(0, 10_000), cells=st.sampled_from([5, 7, 13]))
def test_a_loop_measures_the_same(seed, cells):
    rng = np.random.default_rng(seed)
    response = rng.uniform(size=(6, cells, cells)).astype(np.float32)
    disp_crop = rng.uniform(-20, 20, (6, 2))
    bias = measure_bias(response, disp_crop, STRIDE)
    total, found, in_centre = slow_bias(response, disp_crop)
    np.testing.assert_allclose(bias.mean_response, total, rtol=1e-6)
    assert bias.found == pytest.approx(found)
    assert bias.peaks_in_centre == pytest.approx(in_centre)
    inside = sum(
        total[row, column]
        for row in range(cells)
        for column in range(cells)
        if max(abs(place(row, column, cells))) <= CENTRE
    )
    assert bias.centre_share == pytest.approx(inside / total.sum(), rel=1e-6)


def test_the_centre_is_five_of_thirteen_cells():
    assert centre_share(np.ones((13, 13)), STRIDE) == pytest.approx(25 / 169)


def test_x_counts_columns_and_y_rows():
    response = np.zeros((1, 13, 13))
    response[0, 2, 9] = 1
    found = [
        measure_bias(response, np.array([disp]), STRIDE).found
        for disp in ([24, -32], [-32, 24], [24, -23.5], [24, -40.5], [18, -36], [17, -37])
    ]
    assert found == [1, 0, 0, 0, 1, 0]


@given(seed=st.integers(0, 10_000), cells=st.sampled_from([5, 13]))
def test_a_loop_labels_the_same(seed, cells):
    disp_crop = np.random.default_rng(seed).uniform(-50, 50, (4, 2))
    expected = np.zeros((cells, cells))
    for target in disp_crop:
        for row in range(cells):
            for column in range(cells):
                away = sum((place(row, column, cells) - target) ** 2) ** 0.5
                expected[row, column] += (away <= 8) / 4
    np.testing.assert_allclose(mean_label(disp_crop, cells, STRIDE, 8.0), expected)
