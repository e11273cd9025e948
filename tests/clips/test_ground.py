"""Ground and palettes of the synthetic clips."""

import numpy as np

from tests.clips.ground import make_ground, palette_apart


def test_ground_is_textured_everywhere_and_reproducible():
    ground = make_ground(np.random.default_rng(4), (96, 64))
    assert ground.shape == (128, 192, 3)
    assert ground.min() >= 0 and ground.max() <= 255
    blocks = ground.reshape(4, 32, 6, 32, 3).std(axis=(1, 3)).max(axis=-1)
    assert blocks.min() > 1.5
    np.testing.assert_array_equal(ground, make_ground(np.random.default_rng(4), (96, 64)))
    assert np.abs(ground - make_ground(np.random.default_rng(5), (96, 64))).mean() > 5


def test_the_palette_stands_out_from_any_ground():
    rng = np.random.default_rng(0)
    for grey in (20.0, 90.0, 150.0, 230.0):
        palette = palette_apart(rng, np.full((8, 8, 3), grey))
        distance = np.linalg.norm(palette.mean(axis=0) - grey)
        assert 40 < distance < 130
        assert palette.min() >= 0 and palette.max() <= 255
