"""Random changes of training crops: shift, stretch, colour, grey; every choice from a given seed.

The reference training (siamese-fc, `training/experiment.m`) shifts, stretches and colours the
crops, and turns a quarter of the pairs grey for grey videos.
"""

from typing import NamedTuple

import tensorflow as tf

from src.parameters import Hyperparams

WHITE = 255.0


class Geometry(NamedTuple):
    """Where the crops of a pair are cut.

    Attributes:
        shift_crop: float32 [2], (x, y) of the search crop's middle from the target, crop pixels.
        z_stretch: float32 [2], (x, y) factors on the area that the exemplar crop shows.
        x_stretch: The same for the search crop.
    """

    shift_crop: tf.Tensor
    z_stretch: tf.Tensor
    x_stretch: tf.Tensor


def unchanged() -> Geometry:
    """The target in the middle, nothing stretched: for validation."""
    return Geometry(tf.zeros([2]), tf.ones([2]), tf.ones([2]))


def draw_geometry(hp: Hyperparams, seed: tf.Tensor) -> Geometry:
    """Draws shift and stretch of a pair.

    Args:
        hp: `search_shift`, crop pixels; `stretch`, a share.
        seed: int32 [2].

    Returns:
        Shifts uniform in +-`search_shift`, factors uniform in 1 +- `stretch`, x and y apart.
    """
    shift, z_stretch, x_stretch = (
        tf.random.stateless_uniform([2], one, -1.0, 1.0)
        for one in tf.unstack(tf.random.split(seed, 3))
    )
    return Geometry(hp.search_shift * shift, 1 + hp.stretch * z_stretch, 1 + hp.stretch * x_stretch)


def change_colours(
    z: tf.Tensor, x: tf.Tensor, hp: Hyperparams, seed: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Colours both crops of a pair, each in its own way, and turns some pairs grey.

    Args:
        z: float32 [H, W, 3], RGB 0...255.
        x: The same, of any size.
        hp: `colour_jitter` and `grey_share`, shares.
        seed: int32 [2].

    Returns:
        Both crops, 0...255.
    """
    z_seed, x_seed, grey_seed = tf.unstack(tf.random.split(seed, 3))
    z, x = _jitter(z, hp.colour_jitter, z_seed), _jitter(x, hp.colour_jitter, x_seed)
    grey = tf.random.stateless_uniform([], grey_seed) < hp.grey_share
    return tf.where(grey, _as_grey(z), z), tf.where(grey, _as_grey(x), x)


def _jitter(image: tf.Tensor, strength: float, seed: tf.Tensor) -> tf.Tensor:
    """Multiplies every channel by 1 +- strength and adds +- strength of white."""
    gain, offset = tf.unstack(tf.random.stateless_uniform([2, 3], seed, -1.0, 1.0))
    image = image * (1 + strength * gain) + WHITE * strength * offset
    return tf.clip_by_value(image, 0.0, WHITE)


def _as_grey(image: tf.Tensor) -> tf.Tensor:
    """The luminance in all three channels, [H, W, 1] for [H, W, 3] to be broadcast."""
    return tf.image.rgb_to_grayscale(image)
