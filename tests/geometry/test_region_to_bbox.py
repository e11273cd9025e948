import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.geometry.region_to_bbox import (
    box_ltwh_to_cxcywh,
    clip_box_ltwh,
    is_absent,
    rect_iou,
    region_to_box_ltwh,
    visible_share,
)

position = st.floats(-500, 2000)
side = st.floats(0.1, 800)
box = st.tuples(position, position, side, side)
whole_box = st.tuples(*[st.integers(-500, 2000)] * 2, *[st.integers(1, 900)] * 2)


def corners(left, top, width, height):
    right, bottom = left + width, top + height
    return [left, top, right, top, right, bottom, left, bottom]


def random_boxes(n, seed=0):
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.uniform(-20, 80, (n, 2)), rng.uniform(0.5, 60, (n, 2))], axis=1)


def iou_by_cells(a, b):
    """Oracle for whole numbers: counts unit cells that the boxes cover."""
    cells = [
        {(x, y) for x in range(left, left + width) for y in range(top, top + height)}
        for left, top, width, height in (a, b)
    ]
    return len(cells[0] & cells[1]) / len(cells[0] | cells[1])


def test_centre_follows_the_edge_convention():
    np.testing.assert_array_equal(box_ltwh_to_cxcywh([10, 20, 5, 8]), [12.5, 24, 5, 8])


@given(box)
def test_a_box_lies_half_its_size_before_its_centre(ltwh):
    centre_and_size = box_ltwh_to_cxcywh(ltwh)
    np.testing.assert_array_equal(centre_and_size[2:], ltwh[2:])
    corner = centre_and_size[:2] - np.divide(ltwh[2:], 2)
    np.testing.assert_allclose(corner, ltwh[:2], rtol=0, atol=1e-9)


def test_leading_axes_are_free():
    boxes = random_boxes(12).reshape(3, 4, 4)
    assert box_ltwh_to_cxcywh(boxes).shape == (3, 4, 4)
    assert region_to_box_ltwh(np.zeros((3, 5, 8))).shape == (3, 5, 4)
    assert rect_iou(boxes[:, :, None], boxes[:, None]).shape == (3, 4, 4)
    assert visible_share(boxes, (64, 48)).shape == (3, 4)


@given(whole_box, st.integers(0, 3), st.booleans())
def test_a_rectangle_as_a_polygon_is_the_same_rectangle(ltwh, first_corner, reverse):
    # C32: polygons were a pixel larger than rectangles
    points = np.roll(np.reshape(corners(*ltwh), (4, 2)), first_corner, axis=0)
    polygon = (points[::-1] if reverse else points).reshape(8)
    np.testing.assert_array_equal(region_to_box_ltwh(polygon), ltwh)


@given(box)
def test_fractional_rectangles_keep_their_place_and_size(ltwh):
    np.testing.assert_allclose(region_to_box_ltwh(corners(*ltwh)), ltwh, rtol=0, atol=1e-9)


@given(box, st.floats(0, 6.28))
def test_rotated_rectangles_keep_centre_and_area(ltwh, angle):
    # C31: polygons stayed in pixels where shares were asked for
    centre = np.array([ltwh[0] + ltwh[2] / 2, ltwh[1] + ltwh[3] / 2])
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    points = (np.reshape(corners(*ltwh), (4, 2)) - centre) @ turn.T + centre
    found = region_to_box_ltwh(points.reshape(8))
    np.testing.assert_allclose(found[:2] + found[2:] / 2, centre, atol=1e-7)
    np.testing.assert_allclose(found[2] * found[3], ltwh[2] * ltwh[3], rtol=1e-6)
    extent = np.ptp(points, axis=0)
    np.testing.assert_allclose(found[2] / found[3], extent[0] / extent[1], rtol=1e-6)


def test_a_diamond_by_hand():
    np.testing.assert_allclose(
        region_to_box_ltwh([0, 10, 10, 0, 20, 10, 10, 20]),
        [10 - 50**0.5 * 1.0, 10 - 50**0.5, 200**0.5, 200**0.5],
    )


def test_other_counts_of_numbers_are_refused():
    with pytest.raises(ValueError, match="4 or 8"):
        region_to_box_ltwh([1, 2, 3, 4, 5])


def test_a_polygon_without_area_has_no_size():
    np.testing.assert_array_equal(region_to_box_ltwh([3, 4] * 4), [3, 4, 0, 0])


@given(*[st.tuples(*[st.integers(0, 12)] * 2, *[st.integers(1, 9)] * 2)] * 2)
def test_iou_equals_counted_cells(a, b):
    np.testing.assert_allclose(rect_iou(a, b), iou_by_cells(a, b), atol=1e-12)


def test_iou_equals_got10k():
    metrics = pytest.importorskip("got10k.utils.metrics")
    a, b = random_boxes(1000, 1), random_boxes(1000, 2)
    np.testing.assert_allclose(rect_iou(a, b), metrics.rect_iou(a.copy(), b.copy()), atol=1e-12)


@given(box, box)
def test_iou_is_symmetric_and_bounded(a, b):
    assert 0 <= rect_iou(a, b) <= 1
    assert rect_iou(a, b) == rect_iou(b, a)
    np.testing.assert_allclose(rect_iou(a, a), 1.0, atol=1e-9)


def test_iou_of_absent_and_empty_boxes(recwarn):
    absent = [np.nan] * 4
    found = rect_iou([absent, [0, 0, 2, 2], [0, 0, 0, 0]], [[0, 0, 2, 2], absent, [1, 1, 0, 0]])
    np.testing.assert_array_equal(found, [np.nan, np.nan, 0])
    assert not recwarn


def test_touching_boxes_do_not_overlap():
    assert rect_iou([0, 0, 5, 5], [5, 0, 5, 5]) == 0


@pytest.mark.parametrize(
    ("ltwh", "share"),
    [
        ([2, 2, 4, 4], 1.0),
        ([-2, 0, 4, 4], 0.5),
        ([18, 8, 4, 4], 0.25),
        ([30, 0, 4, 4], 0.0),
        ([-10, -10, 40, 30], 200 / 1200),
        ([3, 3, 0, 0], 0.0),
        ([np.nan] * 4, np.nan),
    ],
)
def test_visible_share(ltwh, share):
    np.testing.assert_allclose(visible_share(ltwh, (20, 10)), share)


@given(box)
def test_clipped_boxes_are_inside_and_not_larger(ltwh):
    left, top, width, height = clip_box_ltwh(ltwh, (320, 240))
    assert 0 <= left <= left + width <= 320 and 0 <= top <= top + height <= 240
    assert width <= ltwh[2] + 1e-9 and height <= ltwh[3] + 1e-9


def test_absent():
    found = is_absent([[1, 2, 3, 4], [np.nan] * 4, [1, 2, np.nan, 4]])
    np.testing.assert_array_equal(found, [False, True, True])


def test_arguments_are_not_changed():
    a, b = random_boxes(5, 3), random_boxes(5, 4)
    polygon = np.array(corners(1.0, 2.0, 3.0, 4.0))
    before = a.copy(), b.copy(), polygon.copy()
    rect_iou(a, b)
    clip_box_ltwh(a, (10, 10))
    visible_share(a, (10, 10))
    region_to_box_ltwh(polygon)[:] = -1
    region_to_box_ltwh(a)[:] = -1
    for now, then in zip((a, b, polygon), before, strict=True):
        np.testing.assert_array_equal(now, then)
