"""From the outputs of a region proposal head to the one box that is believed (SiamRPN, 4.3)."""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from src.geometry.search_geometry import exemplar_side
from src.network.box_coding import Proposals, best_of_cell


class Choice(NamedTuple):
    """The best proposal of each search area.

    Attributes:
        logit: float32 [N].
        centre_crop: float32 [N, 2].
        size_crop: float32 [N, 2].
        trust: float32 [N], likeness times penalty, 0...1: how much of the size is believed.
        response: float32 [N, n, n], the best of each cell, penalised and windowed.
    """

    logit: tf.Tensor
    centre_crop: tf.Tensor
    size_crop: tf.Tensor
    trust: tf.Tensor
    response: tf.Tensor


def blend(proposals: Proposals, cosine: tf.Tensor, share: float) -> Proposals:
    """Gives the cosine a say in how much proposals resemble the target.

    Args:
        proposals: Of N search areas.
        cosine: float32 [N, n, n, 1], of the cells.
        share: Of the cosine, 0...1. Between its lowest and its highest value on the map it counts
            from 0 to 1, squared: most of a map is middling.

    Returns:
        The proposals with another likeness.
    """
    lowest, highest = (
        reduce(cosine, axis=(1, 2, 3), keepdims=True) for reduce in (tf.reduce_min, tf.reduce_max)
    )
    height = tf.math.divide_no_nan(cosine - lowest, highest - lowest) ** 2
    cells = cosine.shape[1] * cosine.shape[2]
    kinds = proposals.likeness.shape[1] // cells
    height = tf.repeat(tf.reshape(height, [-1, cells]), kinds, axis=1)
    return proposals._replace(likeness=(1 - share) * proposals.likeness + share * height)


def correct(proposals: Proposals, misjudged: tf.Tensor) -> Proposals:
    """Takes back by how much boxes are known to be wrong.

    Args:
        proposals: Of N search areas.
        misjudged: float32 [N, 4], shift (x, y) in true sizes, and logarithms of the growth.

    Returns:
        The proposals with other boxes.
    """
    shift, growth = misjudged[:, None, :2], misjudged[:, None, 2:]
    size = proposals.size_crop * tf.exp(-growth)
    return proposals._replace(centre_crop=proposals.centre_crop - shift * size, size_crop=size)


def choose(
    proposals: Proposals,
    target_sz_crop: tf.Tensor,
    window: np.ndarray,
    window_influence: float,
    penalty_k: float,
) -> Choice:
    """Picks the likeliest box that is near and of about the known size and shape.

    Args:
        proposals: Of N search areas.
        target_sz_crop: float32 [N, 2], (width, height) of the targets, crop pixels.
        window: float [n, n], 0...1, for every cell.
        window_influence: Share of the window, 0...1.
        penalty_k: How much a change of size and shape costs.

    Returns:
        The choice.
    """
    cells, size = len(window), proposals.size_crop
    kinds = size.shape[1] // cells**2
    trust = proposals.likeness * _penalty(size, target_sz_crop[:, None], penalty_k)
    weights = tf.constant(np.repeat(window.reshape(-1), kinds), tf.float32)
    response = (1 - window_influence) * trust + window_influence * weights
    best = tf.argmax(response, axis=1, output_type=tf.int32)
    return Choice(
        *(
            tf.gather(values, best, axis=1, batch_dims=1)
            for values in (proposals.logit, proposals.centre_crop, size, trust)
        ),
        best_of_cell(response, cells),
    )


def _penalty(size: tf.Tensor, target_sz: tf.Tensor, penalty_k: float) -> tf.Tensor:
    """exp(-(r s - 1) k) of the changes r of the shape and s of the size: [N, A], 1 for neither."""
    shape_change = _change((size[..., 0] / size[..., 1]) / (target_sz[..., 0] / target_sz[..., 1]))
    size_change = _change(_padded_side(size) / _padded_side(target_sz))
    return tf.exp(-penalty_k * (shape_change * size_change - 1))


def _change(ratio: tf.Tensor) -> tf.Tensor:
    """A ratio or its inverse, whichever is larger."""
    return tf.maximum(ratio, 1 / ratio)


def _padded_side(size: tf.Tensor) -> tf.Tensor:
    """One number for the size of boxes [..., 2], with their context (SiamRPN, section 4.3)."""
    return exemplar_side(size[..., 0], size[..., 1], context=0.5)
