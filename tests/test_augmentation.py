import numpy as np
import pytest
import tensorflow as tf

from src.augmentation import change_colours, draw_geometry, unchanged
from tests.parameter_files import load_hyperparams

SEEDS = tf.stack([tf.range(300), tf.range(300) * 7 + 1], axis=1)


def image_of(seed, size=8):
    return np.random.default_rng(seed).uniform(0, 255, (size, size, 3)).astype(np.float32)


def drawn(**changes):
    hp = load_hyperparams(**changes)
    places = tf.map_fn(
        lambda seed: tf.concat(draw_geometry(hp, seed), axis=0),
        SEEDS,
        fn_output_signature=tf.float32,
    )
    return places.numpy()


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


def test_nothing_is_changed_when_nothing_is_asked_for():
    assert (drawn(search_shift=0, stretch=0.0) == [0, 0, 1, 1, 1, 1]).all()
    assert [part.numpy().tolist() for part in unchanged()] == [[0, 0], [1, 1], [1, 1]]
    hp = load_hyperparams(colour_jitter=0.0, grey_share=0.0)
    z, x = change_colours(image_of(0), image_of(1), hp, tf.constant([1, 2]))
    np.testing.assert_allclose(z, image_of(0), rtol=1e-6)
    np.testing.assert_allclose(x, image_of(1), rtol=1e-6)


def test_the_asked_share_of_pairs_is_grey_in_both_crops():
    hp = load_hyperparams(colour_jitter=0.05, grey_share=0.25)
    grey = []
    for seed in SEEDS:
        pair = change_colours(image_of(0), image_of(1), hp, seed)
        flat = [np.ptp(crop.numpy(), axis=-1).max() < 1e-3 for crop in pair]
        assert flat[0] == flat[1]
        grey.append(flat[0])
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
