"""A correlation filter learned by ridge regression, solved by conjugate gradients.

A filter has k x k taps of C channels and one output. It is the minimum of sum_j a_j |w * x_j -
y_j|^2 + ridge |w|^2 over samples x_j with labels y_j and weights a_j: CFNet's correlation filter
(Valmadre et al. 2017), spatial and iterative as in ATOM (Danelljan et al. 2019). Nothing here knows
of frames or targets, and every step is a product of matrices or a sum over shifts: any library of
arrays can do the same.

Taps are kept as float32 [N, k * k, C], row by row. Maps of features are [N, M, n, n, C], M of each
of N targets; responses are [N, M, m, m], with so many cells of `margin` around the features that
m = n + 2 margin - k + 1.
"""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

_TINY = 1e-12


class Samples(NamedTuple):
    """What filters are learned from.

    Attributes:
        features: float32 [N, M, n, n, C].
        labels: float32 [N, M, m, m], what the response should be.
        weights: float32 [N, M]; a sample of weight 0 counts for nothing.
    """

    features: tf.Tensor
    labels: tf.Tensor
    weights: tf.Tensor


def respond(taps: tf.Tensor, features: tf.Tensor, margin: int) -> tf.Tensor:
    """Slides every target's filter over its own maps.

    Args:
        taps: float32 [N, k * k, C].
        features: float32 [N, M, n, n, C].
        margin: Cells of zeros around the maps.

    Returns:
        float32 [N, M, m, m].
    """
    maps, size, channels = features.shape[1], features.shape[2], features.shape[4]
    flat = tf.reshape(features, [-1, maps * size * size, channels])
    products = tf.matmul(flat, taps, transpose_b=True)
    products = tf.reshape(products, [-1, size, size, taps.shape[1]])
    # each channel by itself: a convolution of all to one takes TFLite ten times as long
    shifts = _shifts(taps.shape[1])
    shifted = tf.nn.depthwise_conv2d(products, shifts, [1, 1, 1, 1], _around(margin))
    response = tf.reduce_sum(shifted, axis=-1)
    return tf.reshape(response, [-1, maps, *response.shape[1:]])


def gather_taps(response: tf.Tensor, features: tf.Tensor, side: int, margin: int) -> tf.Tensor:
    """The adjoint of `respond` in the taps: responses spread back over what they were made of.

    Args:
        response: float32 [N, M, m, m].
        features: float32 [N, M, n, n, C].
        side: k, taps along an axis.
        margin: As for `respond`.

    Returns:
        float32 [N, k * k, C].
    """
    maps, size, channels = features.shape[1], features.shape[2], features.shape[4]
    response = tf.reshape(response, [-1, *response.shape[2:], 1])
    mirrored = tf.transpose(_shifts(side**2)[::-1, ::-1], [0, 1, 3, 2])
    spread = tf.nn.conv2d(response, mirrored, 1, _around(side - 1 - margin))
    spread = tf.reshape(spread, [-1, maps * size * size, side**2])
    flat = tf.reshape(features, [-1, maps * size * size, channels])
    return tf.matmul(spread, flat, transpose_a=True)


def _shifts(taps: int) -> tf.Tensor:
    """A filter [k, k, k * k, 1] that sums channels, each from where its tap is."""
    side = round(taps**0.5)
    return tf.constant(np.eye(taps).reshape(side, side, taps, 1), tf.float32)


def _around(cells: int) -> list[list[int]]:
    """Explicit padding of a convolution."""
    return [[0, 0], [cells, cells], [cells, cells], [0, 0]]


def descend(taps: tf.Tensor, samples: Samples, ridge: float, margin: int, steps: int) -> tf.Tensor:
    """Brings filters nearer to the minimum by conjugate gradients.

    Args:
        taps: float32 [N, k * k, C], where to begin.
        samples: Of N targets.
        ridge: Weight of the squared taps.
        margin: Cells of zeros around the maps.
        steps: How many; each costs two passes over all samples.

    Returns:
        float32 [N, k * k, C].
    """
    side = round(taps.shape[1] ** 0.5)
    weights = samples.weights[:, :, None, None]

    def normal(taps: tf.Tensor) -> tf.Tensor:
        response = weights * respond(taps, samples.features, margin)
        return gather_taps(response, samples.features, side, margin) + ridge * taps

    def step(*at: tf.Tensor) -> tuple[tf.Tensor, ...]:
        taps, rest, direction, energy = at
        curved = normal(direction)
        length = energy / tf.maximum(_dot(direction, curved), _TINY)
        taps, rest = taps + length * direction, rest - length * curved
        left = _dot(rest, rest)
        return taps, rest, rest + left / tf.maximum(energy, _TINY) * direction, left

    wanted = gather_taps(weights * samples.labels, samples.features, side, margin)
    rest = wanted - normal(taps)
    begin = (taps, rest, rest, _dot(rest, rest))
    return tf.while_loop(lambda *_: True, step, begin, maximum_iterations=steps)[0]


def _dot(first: tf.Tensor, second: tf.Tensor) -> tf.Tensor:
    """Sums of products of each target: [N, 1, 1]."""
    return tf.reduce_sum(first * second, axis=(1, 2), keepdims=True)
