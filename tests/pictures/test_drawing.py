"""Drawing at the right pixels: boxes, crops, heat maps, tables."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from src.pictures.drawing import (
    PREDICTED,
    crop_area,
    draw_box,
    draw_caption,
    fit_size,
    heat_colours,
    overlay_response,
    paste_grid,
)


def drawn(box, size=(40, 30), **options):
    image = Image.new("RGB", size)
    draw_box(ImageDraw.Draw(image), box, PREDICTED, **options)
    return np.asarray(image)


@given(st.integers(0, 20), st.integers(0, 15), st.integers(4, 15), st.integers(4, 12))
def test_a_box_outlines_exactly_the_pixels_it_covers(left, top, width, height):
    red = drawn(np.array([left, top, width, height], dtype=float))[..., 0] == 255
    expected = np.zeros((30, 40), dtype=bool)
    expected[top : top + height, left : left + width] = True
    expected[top + 2 : top + height - 2, left + 2 : left + width - 2] = False
    np.testing.assert_array_equal(red, expected)


def test_a_box_is_scaled_with_its_picture():
    red = drawn(np.array([8.0, 4, 16, 20]), scale=(0.5, 0.25), width=1)[..., 0] == 255
    rows, columns = np.nonzero(red)
    assert (columns.min(), columns.max() + 1, rows.min(), rows.max() + 1) == (4, 12, 1, 6)


@pytest.mark.parametrize(
    "box", [None, np.full(4, np.nan), np.array([1, 2, np.nan, 4.0]), np.array([np.inf, 0, 1, 1])]
)
def test_an_absent_box_draws_nothing(box):
    assert not drawn(box).any()


@pytest.mark.parametrize(
    "box", [(5, 5, 0, 0), (5, 5, 0.2, 9), (-50, -50, 10, 10), (5, 5, -3, -3), (0, 0, 1e7, 1e7)]
)
def test_degenerate_boxes_do_no_harm(box):
    drawn(np.array(box, dtype=float))


def test_captions_are_drawn():
    image = Image.new("RGB", (100, 18))
    draw_caption(ImageDraw.Draw(image), (0, 0), "frame 7")
    assert np.asarray(image).max() > 200


@pytest.mark.parametrize(
    ("size", "limits", "expected"),
    [
        ((640, 480), (320,), (320, 240)),
        ((100, 50), (320,), (100, 50)),
        ((100, 400), (320, 200), (50, 200)),
        ((5000, 1), (100,), (100, 1)),
    ],
)
def test_fit_size(size, limits, expected):
    assert fit_size(size, *limits) == expected


def test_a_crop_shows_its_area_and_the_mean_colour_outside():
    frame = np.zeros((40, 60, 3), dtype=np.uint8)
    frame[10:20, 30:45] = (200, 10, 20)
    image = Image.fromarray(frame)
    inside = np.asarray(crop_area(image, np.array([30.0, 10, 15, 10]), (30, 20)))
    assert (inside[1:-1, 1:-1] == (200, 10, 20)).all()
    assert (inside[..., 0] > 80).all()
    beyond = np.asarray(crop_area(image, np.array([-20.0, -20, 30, 30]), (30, 30)))
    mean = frame.reshape(-1, 3).mean(axis=0).round()
    np.testing.assert_array_equal(beyond[0, 0], mean)
    np.testing.assert_array_equal(beyond[29, 29], frame[9, 9])


@pytest.mark.parametrize("box", [(np.nan,) * 4, (1, 1, 0, 5), (1, 1, -4, 5)])
def test_a_crop_of_nothing_is_plain(box):
    crop = np.asarray(crop_area(Image.new("RGB", (9, 9), (1, 2, 3)), np.array(box), (5, 5)))
    assert (crop == (1, 2, 3)).all()


def test_heat_goes_from_blue_to_red():
    colours = heat_colours(np.array([[0, 128, 255]], dtype=np.uint8))
    assert colours.shape == (1, 3, 3) and colours.dtype == np.uint8
    assert colours[0, 0].argmax() == 2
    assert colours[0, 1].argmax() == 1
    assert colours[0, 2].argmax() == 0


@pytest.mark.parametrize("cell", [(0, 0), (4, 4), (8, 2), (1, 7), (8, 8)])
def test_a_response_lies_where_it_belongs(cell):
    # 9 positions over half of a crop of 161 pixels: neighbours are 160 * 0.5 / 8 = 10 apart.
    response = np.zeros((9, 9), dtype=np.uint8)
    response[cell] = 255
    crop = Image.new("RGB", (160, 160), (90, 90, 90))
    red = np.asarray(overlay_response(crop, response, 0.5)).astype(int)[..., 0]
    rows, columns = np.nonzero(red >= red.max() - 2)
    centre = np.array([rows.mean(), columns.mean()]) + 0.5
    expected = 80 + (np.array(cell) - 4) * 10.0
    at_rim = np.isin(cell, (0, 8))
    assert (np.abs(centre - expected) <= np.where(at_rim, 3.0, 0.6)).all()


def test_outside_of_the_response_the_crop_stays():
    crop = Image.new("RGB", (100, 100), (90, 80, 70))
    covered = np.asarray(overlay_response(crop, np.full((5, 5), 255, np.uint8), 0.4))
    changed = (covered != (90, 80, 70)).any(axis=-1)
    expected = np.zeros((100, 100), dtype=bool)
    expected[25:75, 25:75] = True
    np.testing.assert_array_equal(changed, expected)


def test_a_grid_puts_pictures_where_they_belong():
    cells = [
        [Image.new("RGB", (5, 3), (r * 100 + c, 0, 0)) for c in range(1, 4)] for r in range(1, 3)
    ]
    sheet = np.asarray(paste_grid(cells, gap=2))
    assert sheet.shape == (3 + 2 + 3, 5 * 3 + 2 * 2, 3)
    assert sheet[0, 0, 0] == 101 and sheet[5, 14, 0] == 203 and not sheet[3].any()


def test_a_row_of_a_grid_is_as_high_as_its_highest_picture():
    low, high = Image.new("RGB", (5, 3), (9, 0, 0)), Image.new("RGB", (5, 8), (7, 0, 0))
    sheet = np.asarray(paste_grid([[low, high], [low, low]], gap=2))
    assert sheet.shape == (8 + 2 + 3, 12, 3)
    assert sheet[7, 7, 0] == 7 and sheet[10, 0, 0] == 9
