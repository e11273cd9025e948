import numpy as np
import pytest
import tensorflow as tf

from src.tracking.pasting import PLACES, pasted, without_target

SIDE, TARGET_WH = 21, (5.0, 3.0)


def crop(ground=10.0, target=200.0):
    """A target of 5 x 3 pixels in the middle of its crop."""
    pixels = np.full((1, SIDE, SIDE, 3), ground, np.float32)
    pixels[0, 9:12, 8:13] = target
    return pixels


def view(pixels, place, target_wh=TARGET_WH):
    views = pasted(tf.constant(pixels), tf.constant([target_wh]), np.array([place]))
    return views[0].numpy()[0]


@pytest.mark.parametrize(("x", "y"), [(6, 0), (0, -5), (-4, 3), (2, 0)])
def test_the_target_is_where_it_was_pasted_and_nowhere_else(x, y):
    expected = np.full((SIDE, SIDE, 3), 10.0)
    expected[9 + y : 12 + y, 8 + x : 13 + x] = 200
    np.testing.assert_array_equal(view(crop(), (x, y)), expected)


def test_what_is_pasted_is_the_target_pixel_by_pixel():
    pixels = np.random.default_rng(0).uniform(0, 255, (1, SIDE, SIDE, 3)).astype(np.float32)
    moved = view(pixels, (6, -4))
    np.testing.assert_array_equal(moved[5:8, 14:19], pixels[0, 9:12, 8:13])
    # far from both places the ground is as it was
    np.testing.assert_array_equal(moved[14:], pixels[0, 14:])
    np.testing.assert_array_equal(moved[:, :7], pixels[0, :, :7])


def test_the_hole_is_filled_with_what_lies_beside_it():
    pixels = crop()
    pixels[0, :, :8] = 30  # all to the left of the box
    pixels[0, :, 13:] = 50  # and to the right
    filled = without_target(tf.constant(pixels), tf.constant([TARGET_WH])).numpy()[0, ..., 0]
    np.testing.assert_array_equal(filled[10, 7:14], [30, 30, 10, 10, 10, 50, 50])
    # of the upper row only the corners are nearer to a side than to the ground above
    np.testing.assert_array_equal(filled[9, 7:14], [30, 10, 10, 10, 10, 10, 50])


def test_a_mirrored_pixel_lies_as_far_outside_as_the_hole_is_deep():
    pixels = np.tile(np.arange(SIDE, dtype=np.float32)[None, None, :, None], (1, SIDE, 1, 3))
    filled = without_target(tf.constant(pixels), tf.constant([[5.0, 21.0]])).numpy()
    # columns 8 to 12 are the hole
    np.testing.assert_array_equal(
        filled[0, 10, :, 0], [*range(8), 7, 6, 15, 14, 13, *range(13, 21)]
    )


def test_a_target_wider_than_the_crop_leaves_nothing_to_fill_from_but_does_no_harm():
    filled = without_target(tf.constant(crop()), tf.constant([[40.0, 40.0]])).numpy()
    assert np.isfinite(filled).all()


@pytest.mark.parametrize("width", [15.0, 99.0])
def test_what_would_lie_beyond_the_crop_does_not_come_in_again(width):
    pixels = np.tile(np.arange(SIDE, dtype=np.float32)[None, None, :, None], (1, SIDE, 1, 3))
    moved = view(pixels, (8, 0), (width, 3.0))[10, :, 0]
    # the box begins 7 pixels before the middle, the 10th, or with the crop
    begin = 8 + max(0, 10 - int(width) // 2)
    np.testing.assert_array_equal(moved[begin:], np.arange(begin - 8, SIDE - 8))
    ground = view(pixels, (8, 0), (width, 1.0))[5, :, 0]
    np.testing.assert_array_equal(ground, np.arange(SIDE))


def test_every_target_has_its_own_size():
    both = np.concatenate([crop(), crop(ground=90.0)])
    sizes = tf.constant([TARGET_WH, (9.0, 9.0)])
    first, second = pasted(tf.constant(both), sizes, np.array([[6, 0]]))[0].numpy()
    np.testing.assert_array_equal(first, view(crop(), (6, 0)))
    np.testing.assert_array_equal(second, view(crop(ground=90.0), (6, 0), (9.0, 9.0)))


def test_all_places_are_24_to_57_pixels_away_and_balance():
    far = np.hypot(*PLACES.T)
    assert far.min() >= 24 and far.max() <= 57
    assert not PLACES[:4].sum(axis=0).any() and not PLACES.sum(axis=0).any()
