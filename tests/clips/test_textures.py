"""Procedural textures: in range, reproducible, unlike each other; bilinear sampling."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.clips.textures import (
    PATTERNS,
    coloured_texture,
    hsv_to_rgb,
    random_palette,
    sample_bilinear,
    value_noise,
)


@pytest.mark.parametrize("name", PATTERNS)
def test_patterns_are_reproducible_and_in_range(name):
    first, again, other = (
        PATTERNS[name](np.random.default_rng(seed), 50, 70, 9.0) for seed in (1, 1, 2)
    )
    assert first.shape == (50, 70)
    assert first.min() >= 0 and first.max() <= 1
    assert first.std() > 0.05
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).mean() > 0.02


@pytest.mark.parametrize("name", PATTERNS)
def test_a_texture_keeps_8_bit_range(name):
    rng = np.random.default_rng(0)
    palette = random_palette(rng, 3, 0.9, 0.8)
    image = coloured_texture(rng, name, 40, 30, 6.0, palette)
    assert image.shape == (40, 30, 3) and image.dtype == np.float64
    assert image.min() >= 0 and image.max() <= 255


def test_value_noise_has_the_scale_of_its_cells():
    coarse = value_noise(np.random.default_rng(0), 64, 64, 32, octaves=1)
    fine = value_noise(np.random.default_rng(0), 64, 64, 4, octaves=1)
    assert np.abs(np.diff(coarse)).mean() < 0.5 * np.abs(np.diff(fine)).mean()


@pytest.mark.parametrize(
    ("hue", "expected"),
    [(0, (255, 0, 0)), (1 / 3, (0, 255, 0)), (2 / 3, (0, 0, 255)), (1 / 6, (255, 255, 0))],
)
def test_hsv_to_rgb_by_hand(hue, expected):
    rgb = hsv_to_rgb(np.array([hue]), np.array([1.0]), np.array([1.0]))
    np.testing.assert_allclose(rgb[0], expected, atol=1e-9)


@given(st.integers(0, 7), st.integers(0, 5))
def test_sampling_at_pixel_centres_gives_the_pixels(column, row):
    image = np.random.default_rng(0).uniform(0, 255, (6, 8, 3))
    sampled = sample_bilinear(image, np.array([column + 0.5]), np.array([row + 0.5]))
    np.testing.assert_allclose(sampled[0], image[row, column])


def test_sampling_between_pixels_gives_the_mean():
    image = np.arange(12.0).reshape(2, 2, 3)
    sampled = sample_bilinear(image, np.array([1.0]), np.array([1.0]))
    np.testing.assert_allclose(sampled[0], image.mean(axis=(0, 1)))
