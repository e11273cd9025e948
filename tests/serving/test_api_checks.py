import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from src.base.errors import UserError
from src.runtime.inputs import InputError, checked_box_ltwh, checked_frame

FRAME = np.random.default_rng(0).integers(0, 256, (6, 8, 3), dtype=np.uint8)


def test_an_rgb_frame_stays_what_it_is():
    assert checked_frame(FRAME) is FRAME


def test_a_grey_frame_gets_three_equal_channels():
    frame = checked_frame(FRAME[..., 0])
    assert frame.shape == (6, 8, 3) and frame.dtype == np.uint8
    for channel in range(3):
        np.testing.assert_array_equal(frame[..., channel], FRAME[..., 0])


def test_strides_are_free():
    # as a frame of OpenCV that was turned into RGB, or a cut-out
    for view in (FRAME[..., ::-1], FRAME[::2, 1:5], FRAME.transpose(1, 0, 2)):
        frame = checked_frame(view)
        np.testing.assert_array_equal(frame, view)
        assert frame.flags.c_contiguous


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (FRAME.astype(np.float32) / 255, r"float32 of shape \(6, 8, 3\)"),
        (FRAME.astype(np.int64), "int64"),
        (np.zeros((6, 8), bool), "bool"),
        (np.zeros((6, 8, 4), np.uint8), r"uint8 of shape \(6, 8, 4\)"),
        (np.zeros((6, 8, 1), np.uint8), r"\(6, 8, 1\)"),
        (np.zeros((1, 6, 8, 3), np.uint8), r"\(1, 6, 8, 3\)"),
        (np.zeros(6, np.uint8), r"\(6,\)"),
        (np.zeros((0, 8, 3), np.uint8), "empty"),
        (Image.fromarray(FRAME), r"type Image.*np\.asarray"),
        (None, "type NoneType"),
        ("frame.jpg", "type str"),
        (FRAME.tolist(), "type list"),
    ],
)
def test_any_other_frame_is_refused(frame, words):
    with pytest.raises(InputError, match=words) as caught:
        checked_frame(frame)
    assert "RGB [height, width, 3] or grey [height, width]" in str(caught.value)
    assert isinstance(caught.value, ValueError) and isinstance(caught.value, UserError)


@pytest.mark.parametrize(
    "box",
    [(1, 2, 3, 4), [1.5, 2, 3, 4], np.array([1, 2, 3, 4], np.float32), (-2, -3, 4, 4)],
)
def test_a_box_becomes_four_floats(box):
    checked = checked_box_ltwh(box, FRAME)
    assert checked.dtype == np.float64 and checked.tolist() == [float(value) for value in box]
    assert checked is not box


def test_the_users_box_is_not_kept():
    box = np.array([1.0, 2, 3, 4])
    checked = checked_box_ltwh(box, FRAME)
    box[:] = 0
    assert checked.tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("box", "words"),
    [
        ((1, 2, 3), r"shape \(3,\)"),
        ([[1, 2, 3, 4]], r"shape \(1, 4\)"),
        (5, r"shape \(\)"),
        (None, "not"),
        ("face", "'face' is not four numbers"),
        ((1, 2, (3, 3), 4), "not four numbers"),
        ((1, 2, np.nan, 4), "not of finite numbers"),
        ((np.inf, 2, 3, 4), "not of finite numbers"),
        ((1, 2, 0, 4), "impossible size"),
        ((1, 2, 3, -4), "impossible size"),
        ((1, 2, 1e30, 1e30), "impossible size"),
        ((1, 2, 1e-30, 1e-30), "impossible size"),
        ((0.125, 0.25, 0.125, 0.125), r"shares of the frame it would be \[1\.0, 1\.5, 1"),
        ((3, 2, 0.5, 4), "impossible size"),
        ((7.8, 2, 4, 3), "lies with 5% of its area in the frame of 8 x 6 pixels"),
        ((8, 2, 3, 3), "outside the frame of 8 x 6 pixels"),
        ((-3, 2, 3, 3), "outside the frame"),
        ((2, 6, 3, 3), "outside the frame"),
        ((2, -9, 3, 3), "outside the frame"),
    ],
)
def test_any_other_box_is_refused(box, words):
    with pytest.raises(InputError, match=words) as caught:
        checked_box_ltwh(box, FRAME)
    assert "(x, y, width, height)" in str(caught.value)


SIDES = st.floats(0.01, 1e5)
PLACES = st.floats(-1e5, 1e5)


@given(st.tuples(PLACES, PLACES, SIDES, SIDES))
def test_a_box_is_taken_if_a_tenth_of_it_is_inside(box):
    left, top, width, height = box
    seen_wh = min(8, left + width) - max(0, left), min(6, top + height) - max(0, top)
    inside = max(0, seen_wh[0]) * max(0, seen_wh[1]) / (width * height)
    try:
        checked_box_ltwh(box, FRAME)
    except InputError:
        assert inside < 0.1 + 1e-9 or min(width, height) < 1
    else:
        assert inside > 0.1 - 1e-9
