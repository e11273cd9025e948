import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from src.runtime.crops import cut_out, mean_colour
from src.video.crops import crop, fill_colour

HALF_A_GREY_LEVEL = 0.5


def by_tensorflow(frame, areas, crop_sz):
    sides = np.repeat(areas[:, 2:], 2, axis=1)
    return crop(frame, areas[:, :2], sides, (crop_sz, crop_sz), fill_colour(frame, True)).numpy()


def random_frame(seed, height, width):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)


places = st.floats(-40, 160, width=32)


@given(
    st.tuples(st.integers(1, 120), st.integers(1, 120)),
    st.lists(st.tuples(places, places, st.floats(1, 300, width=32)), min_size=1, max_size=3),
    st.sampled_from([31, 127]),
)
def test_crops_are_those_of_tensorflow(size, areas, crop_sz):
    frame, areas = random_frame(0, *size), np.float32(areas)
    found, expected = cut_out(frame, areas, crop_sz, True), by_tensorflow(frame, areas, crop_sz)
    assert found.shape == (len(areas), crop_sz, crop_sz, 3) and found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=HALF_A_GREY_LEVEL)


def test_an_area_of_whole_pixels_comes_out_as_it_is():
    frame = random_frame(1, 9, 12)
    crop_of = cut_out(frame, np.float32([[6.5, 4.5, 5]]), 5, True)
    np.testing.assert_array_equal(crop_of[0], frame[2:7, 4:9])


def test_twice_the_size_lies_a_quarter_between_pixels():
    frame = np.zeros([1, 4, 3], np.uint8) + np.uint8([[0], [40], [80], [120]])
    crop_of = cut_out(np.repeat(frame, 4, axis=0), np.float32([[2, 2, 2]]), 4, False)
    np.testing.assert_array_equal(crop_of[0, 1, :, 0], [30, 50, 70, 90])


@pytest.mark.parametrize(("pads", "outside"), [(True, [100, 50, 0]), (False, [0, 0, 0])])
def test_outside_lies_the_mean_colour_or_black(pads, outside):
    frame = np.full([6, 6, 3], (100, 50, 0), np.uint8)
    crop_of = cut_out(frame, np.float32([[0, 3, 6], [50, 50, 4]]), 6, pads)
    np.testing.assert_array_equal(crop_of[0, 3, :3], [outside] * 3)
    np.testing.assert_array_equal(crop_of[0, 3, 3:], [[100, 50, 0]] * 3)
    np.testing.assert_array_equal(crop_of[1], np.broadcast_to(outside, (6, 6, 3)))


def test_the_mean_colour_is_that_of_all_pixels():
    frame = random_frame(2, 7, 5)
    np.testing.assert_allclose(mean_colour(frame), frame.mean((0, 1)), rtol=1e-6)
    # one float32 sum of so many bytes would round
    large = tf.zeros([1500, 2000, 3], tf.uint8) + tf.constant([255, 254, 1], tf.uint8)
    np.testing.assert_allclose(mean_colour(large.numpy()), [255, 254, 1], rtol=1e-6)
