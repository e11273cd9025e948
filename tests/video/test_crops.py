import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from src.video.crops import crop, crop_lazily, fill_colour, mean_colour
from tests.reference.crop_by_index import crop_by_index


def image_of(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)


def blob(height, width, centre_xy, sigma):
    """A bright spot whose centre of mass is known, in edge convention."""
    y, x = np.mgrid[:height, :width] + 0.5
    spot = np.exp(-((x - centre_xy[0]) ** 2 + (y - centre_xy[1]) ** 2) / (2 * sigma**2))
    return np.repeat(spot[..., None] * 255, 3, axis=2).astype(np.float32)


def centre_of_mass(picture):
    weight = picture[..., 0]
    y, x = np.mgrid[: weight.shape[0], : weight.shape[1]] + 0.5
    return np.array([(x * weight).sum(), (y * weight).sum()]) / weight.sum()


@settings(max_examples=40)
@given(
    st.floats(-30, 70),
    st.floats(-30, 50),
    st.floats(2, 120),
    st.floats(2, 120),
    st.sampled_from([(7, 7), (5, 9), (1, 1), (12, 3)]),
    st.integers(0, 9),
)
def test_crop_equals_the_slow_one(x, y, side_x, side_y, out_hw, seed):
    image, fill = image_of(23, 37, seed), np.array([10.0, 20.0, 30.0])
    fast = crop(
        image,
        tf.constant([[x, y]]),
        tf.constant([[side_x, side_y]]),
        out_hw,
        tf.constant(fill, tf.float32),
    )[0].numpy()
    slow = crop_by_index(
        image.astype(float), np.float32([x, y]), np.float32([side_x, side_y]), out_hw, fill
    )
    # a sample on the very border may fall on either side in float32
    different = np.abs(fast - slow).max(axis=-1) > 0.05
    assert different.sum() <= max(out_hw)


def test_the_whole_image_comes_back_unchanged():
    image = image_of(40, 60)
    whole = crop(
        image, tf.constant([[30.0, 20.0]]), tf.constant([[60.0, 40.0]]), (40, 60), tf.zeros([3])
    )[0]
    np.testing.assert_allclose(whole, image, atol=1e-2)


@pytest.mark.parametrize("target", [4.0, 7.3, 60.0, 190.0, 400.0])
@pytest.mark.parametrize("place", [(100.3, 80.7), (5.1, 3.2), (197.0, 149.5)])
def test_crops_at_three_scales_share_their_centre(target, place):
    # C19: the centre stays within half a pixel, from 4 px to larger than the frame
    height, width = 160, 200
    frame = blob(height, width, place, max(target / 8, 0.8))
    sides = np.float32([target * 2 * factor for factor in (1 / 1.04, 1, 1.04)])
    crops = crop(
        frame,
        tf.constant([place] * 3, tf.float32),
        tf.constant(np.stack([sides, sides], axis=1)),
        (255, 255),
        tf.zeros([3]),
    ).numpy()
    at_border = min(place[0], place[1], width - place[0], height - place[1]) < target
    if not at_border:
        for picture in crops:
            assert np.abs(centre_of_mass(picture) - 127.5).max() < 0.5
    # the brightest point is the target's centre wherever it lies
    for picture in crops:
        row, column = np.unravel_index(picture[..., 0].argmax(), (255, 255))
        pixels_per_frame_pixel = 255 / sides[1]
        assert abs(column + 0.5 - 127.5) <= max(0.5, pixels_per_frame_pixel)
        assert abs(row + 0.5 - 127.5) <= max(0.5, pixels_per_frame_pixel)


def test_outside_the_image_is_the_fill_colour():
    image = image_of(20, 20)
    outside = crop(
        image,
        tf.constant([[100.0, 100.0]]),
        tf.constant([[10.0, 10.0]]),
        (5, 5),
        tf.constant([1.0, 2.0, 3.0]),
    )
    np.testing.assert_array_equal(outside[0, 2, 2], [1, 2, 3])
    assert (outside.numpy() == [1, 2, 3]).all()


def test_fill_colour_obeys_the_key():
    # C18: both values of pad_with_image_mean
    image = image_of(9, 7)
    np.testing.assert_allclose(
        fill_colour(image, True), image.reshape(-1, 3).mean(axis=0), rtol=1e-5
    )
    np.testing.assert_array_equal(fill_colour(image, False), [0, 0, 0])


def test_the_mean_of_a_large_frame_is_exact():
    image = image_of(720, 1280) // 2 + 120
    expected = image.reshape(-1, 3).mean(axis=0)
    np.testing.assert_allclose(mean_colour(image), expected, atol=5e-4)


def test_channels_keep_their_order():
    # C37: a red square is red in the crop
    image = np.zeros((30, 30, 3), np.uint8)
    image[10:20, 10:20] = [255, 0, 0]
    red = crop(
        image, tf.constant([[15.0, 15.0]]), tf.constant([[8.0, 8.0]]), (4, 4), mean_colour(image)
    )
    np.testing.assert_allclose(red[0, 2, 2], [255, 0, 0], atol=1e-3)


def test_the_same_inside_a_graph_and_a_data_pipeline():
    image = image_of(30, 40)
    arguments = (
        tf.constant([[12.3, 9.1], [20.0, 15.0]]),
        tf.constant([[17.0, 17.0], [60.0, 31.0]]),
    )

    def cut(picture):
        return crop(picture, *arguments, (9, 9), mean_colour(picture))

    eager = cut(image).numpy()
    np.testing.assert_allclose(tf.function(cut)(image), eager, atol=1e-4)
    piped = next(iter(tf.data.Dataset.from_tensors(image).map(cut)))
    np.testing.assert_allclose(piped, eager, atol=1e-4)


@pytest.fixture(scope="module")
def asked_crop():
    """A graph: centre and sides [S, 2] in a 37 x 23 image -> crops, how often a colour was made."""
    asked = tf.Variable(0)

    def make_fill():
        asked.assign_add(1)
        return tf.constant([10.0, 20.0, 30.0])

    @tf.function(input_signature=[tf.TensorSpec([None, 2]), tf.TensorSpec([None, 2])])
    def cut(centres, sides):
        asked.assign(0)
        crops = crop_lazily(image_of(23, 37), centres, sides, (17, 33), make_fill)
        return crops, asked.read_value()

    return cut


def test_the_colour_is_asked_for_only_where_an_area_leaves_the_image(asked_crop):
    sides = np.float32([[8, 8], [12, 12]])
    for centre, times in (((18, 11), 0), ((6.5, 6.5), 0), ((6.4, 8), 1), ((18, 16.7), 1)):
        crops, asked = asked_crop(np.float32([centre, centre]), sides)
        assert asked == times, centre
        fill = tf.constant([10.0, 20.0, 30.0])
        same = crop(image_of(23, 37), np.float32([centre, centre]), sides, (17, 33), fill)
        np.testing.assert_allclose(crops, same, atol=1e-3)


@settings(max_examples=60)
@given(
    st.sampled_from([0.0, 0.5, 0.50001, 1.0, 3.25]),
    st.floats(0.03125, 21.75, width=32),
    st.booleans(),
    st.floats(0.5, 40, width=32),
)
def test_no_sample_keeps_its_mark(asked_crop, margin, side, far_end, x):
    """Areas whose edge touches the image's first or last rows, wherever they are in x."""
    y = 23 - margin - side / 2 if far_end else margin + side / 2
    crops, _ = asked_crop(np.float32([[x, y]]), np.float32([[side, side]]))
    assert crops.numpy().min() >= 0
