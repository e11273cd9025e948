import math

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from src.records.augmentation import (
    MAX_REACH,
    blur_by_motion,
    change_colours,
    draw_geometry,
    line_kernel,
    mirror,
    unchanged,
)
from tests.reference.motion_blur_by_loops import blur_by_loops, line_kernel_by_loops
from tests.support.parameter_files import load_hyperparams

SEEDS = tf.stack([tf.range(300), tf.range(300) * 7 + 1], axis=1)


def image_of(seed, size=8):
    return np.random.default_rng(seed).uniform(0, 255, (size, size, 3)).astype(np.float32)


def for_all_seeds(make):
    """float32 [300, ...]: what `make` gives for each of `SEEDS`, in one graph as in tf.data."""
    return tf.function(lambda: tf.map_fn(make, SEEDS, fn_output_signature=tf.float32))().numpy()


def drawn(**changes):
    hp = load_hyperparams(**changes)
    return for_all_seeds(lambda seed: tf.concat(draw_geometry(hp, seed), axis=0))


def test_shifts_and_stretches_fill_their_ranges():
    places = drawn(search_shift=16, stretch=0.05)
    shifts, factors = places[:, :2], places[:, 2:]
    assert np.abs(shifts).max() <= 16
    assert (shifts.min(axis=0) < -14).all() and (shifts.max(axis=0) > 14).all()
    assert (np.abs(factors - 1) <= 0.05 + 1e-6).all()
    assert (factors.min(axis=0) < 0.96).all() and (factors.max(axis=0) > 1.04).all()


def test_all_choices_of_a_pair_are_independent():
    correlation = np.corrcoef(drawn().T)
    assert np.abs(correlation - np.eye(6)).max() < 0.25


@pytest.mark.parametrize("zoom", [0.1, 0.5])
@pytest.mark.parametrize("changes", [{}, {"search_shift": 64, "stretch": 0.2}])
def test_zoom_is_one_factor_on_what_both_crops_show_and_moves_nothing_else(zoom, changes):
    plain, zoomed = drawn(**changes), drawn(zoom=zoom, **changes)
    np.testing.assert_array_equal(zoomed[:, :2], plain[:, :2])
    shown = zoomed[:, 2:] / plain[:, 2:]
    np.testing.assert_allclose(shown, shown[:, :1].repeat(4, axis=1), rtol=1e-6)
    assert shown.min() >= 1 - zoom - 1e-6 and shown.max() <= 1 + 1e-6
    counts = np.histogram(shown[:, 0], 4, (1 - zoom - 1e-6, 1 + 1e-6))[0]
    assert counts.sum() == len(SEEDS)
    assert (np.abs(counts / len(SEEDS) - 0.25) < 0.08).all()
    correlation = np.corrcoef(shown[:, 0], plain.T)[0, 1:]
    assert np.abs(correlation).max() < 0.25


@pytest.mark.parametrize("search_scale", [0.18, 0.5])
def test_search_scale_is_one_factor_on_what_the_search_crop_shows(search_scale):
    changes = {"search_shift": 64, "stretch": 0.1, "zoom": 0.1}
    plain, scaled = drawn(**changes), drawn(search_scale=search_scale, **changes)
    np.testing.assert_array_equal(scaled[:, :4], plain[:, :4])
    factor = scaled[:, 4:] / plain[:, 4:]
    np.testing.assert_allclose(factor[:, 0], factor[:, 1], rtol=1e-6)
    assert np.abs(factor - 1).max() <= search_scale + 1e-6
    counts = np.histogram(factor[:, 0], 4, (1 - search_scale - 1e-6, 1 + search_scale + 1e-6))[0]
    assert (np.abs(counts / len(SEEDS) - 0.25) < 0.08).all()
    assert np.abs(np.corrcoef(factor[:, 0], plain.T)[0, 1:]).max() < 0.25


def test_without_zoom_every_bit_is_as_without_its_code(monkeypatch):
    places = drawn(search_shift=16, stretch=0.05, zoom=0.0)
    monkeypatch.setattr("src.records.augmentation.ZOOM_STREAM", 77)
    np.testing.assert_array_equal(drawn(search_shift=16, stretch=0.05, zoom=0.0), places)
    expected = []
    for seed in SEEDS[:50]:
        draws = [
            tf.random.stateless_uniform([2], one, -1.0, 1.0)
            for one in tf.unstack(tf.random.split(seed, 3))
        ]
        expected.append(np.concatenate([16 * draws[0], 1 + 0.05 * draws[1], 1 + 0.05 * draws[2]]))
    np.testing.assert_array_equal(places[:50], expected)


def test_several_images_are_coloured_alike():
    hp = load_hyperparams(colour_jitter=0.3, grey_share=0.5)
    images = np.stack([image_of(seed) for seed in range(3)])
    changed = []
    for seed in SEEDS[:20]:
        together, x = change_colours(images, image_of(9), hp, seed)
        for image, found in zip(images, together, strict=True):
            alone, alone_x = change_colours(image, image_of(9), hp, seed)
            np.testing.assert_array_equal(found, alone)
            np.testing.assert_array_equal(x, alone_x)
        changed.append(np.ptp(together, axis=-1).max() < 1e-3)
    assert 0 < np.mean(changed) < 1


def test_nothing_is_changed_when_nothing_is_asked_for():
    assert (drawn(search_shift=0, stretch=0.0) == [0, 0, 1, 1, 1, 1]).all()
    assert [part.numpy().tolist() for part in unchanged()] == [[0, 0], [1, 1], [1, 1]]
    hp = load_hyperparams(colour_jitter=0.0, grey_share=0.0)
    z, x = change_colours(image_of(0), image_of(1), hp, tf.constant([1, 2]))
    np.testing.assert_allclose(z, image_of(0), rtol=1e-6)
    np.testing.assert_allclose(x, image_of(1), rtol=1e-6)


def test_the_asked_share_of_pairs_is_grey_in_both_crops():
    hp = load_hyperparams(colour_jitter=0.05, grey_share=0.25)
    pairs = for_all_seeds(lambda seed: tf.stack(change_colours(image_of(0), image_of(1), hp, seed)))
    grey = np.ptp(pairs, axis=-1).max(axis=(2, 3)) < 1e-3
    np.testing.assert_array_equal(grey[:, 0], grey[:, 1])
    assert 0.15 < np.mean(grey) < 0.35


def test_grey_is_the_luminance():
    hp = load_hyperparams(colour_jitter=0.0, grey_share=1.0)
    z, _ = change_colours(image_of(3), image_of(4), hp, tf.constant([1, 2]))
    expected = image_of(3) @ np.float32([0.2989, 0.5870, 0.1140])
    np.testing.assert_allclose(z[..., 0], expected, rtol=1e-4)
    assert z.shape == (8, 8, 3)


@pytest.mark.parametrize("strength", [0.1, 1.0])
def test_jitter_is_one_gain_and_offset_a_channel_and_stays_in_range(strength):
    hp = load_hyperparams(colour_jitter=strength, grey_share=0.0)
    image = image_of(5) * 0.2 + 100
    z, x = change_colours(image, image, hp, tf.constant([3, 4]))
    assert np.abs(z - x).max() > 1
    for crop in (z.numpy(), x.numpy()):
        assert crop.min() >= 0 and crop.max() <= 255
        for channel in range(3):
            before, after = image[..., channel].ravel(), crop[..., channel].ravel()
            inside = (after > 0) & (after < 255)
            if inside.sum() > 2:
                gain, offset = np.polyfit(before[inside], after[inside], 1)
                assert abs(gain - 1) <= strength + 1e-3
                assert abs(offset) <= 255 * strength + 0.5
                np.testing.assert_allclose(after[inside], gain * before[inside] + offset, atol=0.1)


def test_the_seed_decides():
    hp = load_hyperparams()
    one, same, other = (
        change_colours(image_of(0), image_of(1), hp, tf.constant(seed))[0].numpy()
        for seed in ([1, 2], [1, 2], [2, 1])
    )
    np.testing.assert_array_equal(one, same)
    assert np.abs(one - other).max() > 0.5


def blurred(image, share=1.0, seed=(1, 2)):
    hp = load_hyperparams(blur_share=share)
    return blur_by_motion(tf.constant(image), hp, tf.constant(seed)).numpy()


def blurred_by_all(image, share=1.0):
    hp = load_hyperparams(blur_share=share)
    return for_all_seeds(lambda seed: blur_by_motion(tf.constant(image), hp, seed))


@settings(max_examples=20)
@given(st.integers(1, MAX_REACH), st.integers(0, 180))
def test_the_kernel_of_a_streak_is_that_of_the_loops(reach, degrees):
    angle = math.radians(degrees)
    kernel = line_kernel(tf.constant(float(reach)), tf.constant(angle)).numpy()
    expected = line_kernel_by_loops(MAX_REACH, reach, angle)
    np.testing.assert_allclose(kernel, expected, atol=1e-3)
    assert kernel.sum() == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(kernel, kernel[::-1, ::-1], atol=1e-6)  # nothing moves


@pytest.mark.parametrize("reach", range(1, MAX_REACH + 1))
def test_a_streak_along_the_rows_is_a_mean_of_neighbours(reach):
    kernel = line_kernel(tf.constant(float(reach)), tf.constant(0.0)).numpy()
    expected = np.zeros_like(kernel)
    expected[MAX_REACH, MAX_REACH - reach : MAX_REACH + reach + 1] = 1 / (2 * reach + 1)
    np.testing.assert_allclose(kernel, expected, atol=1e-6)


def test_blur_equals_the_loops_for_some_streak():
    image = image_of(7, size=12)[:, :9]
    impulse = np.zeros((23, 23, 3), np.float32)
    impulse[11, 11] = 1
    for seed in ((1, 2), (3, 4), (5, 6)):
        kernel = blurred(impulse, seed=seed)[11 - MAX_REACH : 12 + MAX_REACH, 6:17, 0]
        expected = blur_by_loops(image, kernel[::-1, ::-1])
        np.testing.assert_allclose(blurred(image, seed=seed), expected, rtol=1e-4, atol=1e-2)
        assert np.abs(expected - image).mean() > 5


def test_blur_darkens_no_edge():
    image = np.full((20, 30, 3), (250.0, 3.0, 77.0), np.float32)
    for seed in range(10):
        np.testing.assert_allclose(blurred(image, seed=(seed, 0)), image, rtol=1e-5)


def test_streaks_have_every_length_and_direction():
    impulse = np.zeros((2 * MAX_REACH + 1, 2 * MAX_REACH + 1, 3), np.float32)
    impulse[MAX_REACH, MAX_REACH] = 1
    y, x = np.mgrid[-MAX_REACH : MAX_REACH + 1, -MAX_REACH : MAX_REACH + 1]
    reaches, angles = [], []
    for streak in blurred_by_all(impulse)[..., 0]:
        reaches.append(np.hypot(x, y)[streak > 0.02].max().round())
        angles.append(0.5 * np.arctan2(2 * (streak * x * y).sum(), (streak * (x**2 - y**2)).sum()))
    assert {1, 2, 3, 4, 5} <= set(reaches)
    shares = np.histogram(angles, 6, (-np.pi / 2, np.pi / 2))[0] / len(angles)
    assert shares.min() > 0.08


def test_the_asked_share_is_blurred_and_all_else_keeps_every_bit():
    image = image_of(2)
    changed = [not np.array_equal(one, image) for one in blurred_by_all(image, 0.3)]
    assert 0.2 < np.mean(changed) < 0.4
    assert all(np.array_equal(one, image) for one in blurred_by_all(image, 0.0))


def test_the_seed_decides_the_blur_in_and_out_of_tf_data():
    hp = load_hyperparams(blur_share=0.5)
    image, seeds = tf.constant(image_of(4, size=16)), SEEDS[:20]
    mapped = tf.data.Dataset.from_tensor_slices(seeds).map(lambda s: blur_by_motion(image, hp, s))
    for seed, one in zip(seeds, mapped, strict=True):
        np.testing.assert_allclose(one, blur_by_motion(image, hp, seed), rtol=1e-5)
    again = list(mapped.as_numpy_iterator())
    np.testing.assert_array_equal(np.stack(again), np.stack(list(mapped.as_numpy_iterator())))


def example_of(seed):
    rng = np.random.default_rng(seed)
    sizes = {"z": (2, 5, 5, 3), "x": (7, 7, 3), "disp_crop": (2,), "positive": ()}
    return {key: tf.constant(rng.normal(size=size), tf.float32) for key, size in sizes.items()}


def test_a_mirrored_pair_is_turned_left_to_right():
    example, hp = example_of(3), load_hyperparams(mirror_share=1.0)
    found = mirror(example, hp, (1, 2))
    for key in ("z", "x"):
        np.testing.assert_array_equal(found[key], np.flip(example[key], axis=-2))
    np.testing.assert_array_equal(found["disp_crop"], example["disp_crop"] * [-1, 1])
    assert found["positive"] is example["positive"]


@pytest.mark.parametrize("share", [0.0, 0.3])
def test_so_many_pairs_are_mirrored_and_the_others_left(share):
    example, hp = example_of(4), load_hyperparams(mirror_share=share)
    found = for_all_seeds(lambda seed: mirror(example, hp, seed)["x"])
    same = (found == example["x"].numpy()).all(axis=(1, 2, 3))
    assert 1 - same.mean() == pytest.approx(share, abs=0.08)
