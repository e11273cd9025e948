"""Convolution and batch normalisation as one: fixed statistics go into the filters."""

from collections.abc import Callable

import tensorflow as tf

from src.batch_norm import BatchNorm

# (features [B, H, W, C], filters) -> features
Convolve = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]


def convolve_and_normalise(
    convolve: Convolve,
    filters: tf.Tensor,
    norm: BatchNorm,
    features: tf.Tensor,
    training: bool,
) -> tf.Tensor:
    """Convolves without bias, then normalises.

    Where the statistics are fixed, normalisation is a factor and an offset for each channel. The
    factor is multiplied into the filters, which are far smaller than the features, and the offset
    becomes the bias that TensorFlow adds within the convolution.

    Args:
        convolve: The convolution, linear in its filters.
        filters: [h, w, in, out]; of a depth-wise convolution [h, w, C, 1].
        norm: Built normalisation of the outputs.
        features: float32 or bfloat16 [B, H, W, in].
        training: Whether a normalisation that learns uses and remembers the batch's statistics.

    Returns:
        [B, H', W', out], of the features' type.
    """
    if norm.learns(training):
        return norm(convolve(features, tf.cast(filters, features.dtype)), training=training)
    factor, offset = norm.factor_and_offset()
    depthwise = filters.shape[3] == 1
    folded = tf.cast(filters, tf.float32) * (factor[:, None] if depthwise else factor)
    output = convolve(features, tf.cast(folded, features.dtype))
    return tf.nn.bias_add(output, tf.cast(offset, features.dtype))
