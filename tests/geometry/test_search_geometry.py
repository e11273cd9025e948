import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.geometry.search_geometry import (
    cell_displacements,
    cell_grid,
    disp_crop_to_frame,
    disp_response_to_crop,
    exemplar_side,
    scale_factors,
    search_side,
)

sizes = st.floats(1, 4000)


def test_exemplar_side_of_a_worked_example():
    # 56 x 40 with half of their sum, 48, added to each: sqrt(104 * 88)
    assert exemplar_side(56.0, 40.0, 0.5) == pytest.approx(math.sqrt(104 * 88))


def test_search_side_keeps_the_resolution():
    assert search_side(127.0, 127, 255) == pytest.approx(255.0)


@given(sizes, sizes, st.floats(0.01, 10))
def test_exemplar_side_grows_with_the_target(width, height, factor):
    once = exemplar_side(width, height, 0.5)
    assert exemplar_side(width * factor, height * factor, 0.5) == pytest.approx(once * factor)
    assert once >= 2 * math.sqrt(width * height) * (1 - 1e-9)


def test_three_scales_are_those_of_the_paper():
    # C9: Python 2's integer division gave exponents -1, 0, 1
    assert scale_factors(3, 1.04, 1.0) == pytest.approx([1 / 1.04, 1, 1.04])


def test_a_span_of_two_gives_the_factors_of_the_seed():
    assert scale_factors(3, 1.04, 2.0) == pytest.approx([1.04**-2, 1, 1.04**2])


@given(st.integers(0, 5), st.floats(1.001, 1.5), st.floats(0.5, 3))
def test_scale_factors_are_symmetric_about_exactly_one(pairs, step, span):
    factors = scale_factors(2 * pairs + 1, step, span)
    assert factors[pairs] == 1.0
    assert factors * factors[::-1] == pytest.approx(np.ones(2 * pairs + 1))
    assert (np.diff(factors) > 0).all()


def test_one_scale_keeps_the_size():
    assert scale_factors(1, 1.04, 1.0).tolist() == [1.0]


def test_a_response_step_is_half_a_crop_pixel_at_stride_four():
    # 8 response cells a score cell, 4 crop pixels a score cell
    assert disp_response_to_crop(np.array([8.0, -4.0]), 8, 4).tolist() == [4.0, -2.0]


def test_a_crop_displacement_is_scaled_by_the_area_it_was_seen_in():
    assert disp_crop_to_frame(10.0, 510.0, 255) == pytest.approx(20.0)


def test_cells_are_measured_from_the_middle_one():
    assert cell_displacements(5, 4.0).tolist() == [-8, -4, 0, 4, 8]


def test_a_grid_gives_x_and_y_of_every_cell():
    grid_xy = cell_grid(3, 8)
    assert grid_xy.shape == (3, 3, 2)
    for row, y in enumerate((-8, 0, 8)):
        for column, x in enumerate((-8, 0, 8)):
            assert grid_xy[row, column].tolist() == [x, y]
