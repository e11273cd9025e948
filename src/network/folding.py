"""Convolution and batch normalisation as one: fixed statistics go into the filters."""

from collections.abc import Callable

import tensorflow as tf

from src.network.batch_norm import BatchNorm

# (features [B, H, W, C], filters, bias [out]) -> features
Convolve = Callable[[tf.Tensor, tf.Tensor, tf.Tensor | None], tf.Tensor]


def convolve_and_normalise(
    convolve: Convolve,
    filters: tf.Tensor,
    bias: tf.Tensor | None,
    norm: BatchNorm,
    features: tf.Tensor,
    training: bool,
) -> tf.Tensor:
    """Convolves, then normalises.

    Where the statistics are fixed, normalisation is a factor and an offset for each channel. The
    factor is multiplied into the filters, which are far smaller than the features, and the offset
    goes into the bias, which TensorFlow adds within the convolution.

    Args:
        convolve: The convolution, linear in its filters; adds the bias, if there is one.
        filters: [h, w, in, out]; of a depth-wise convolution [h, w, C, 1].
        bias: [out], or None.
        norm: Built normalisation of the outputs.
        features: float32 or bfloat16 [B, H, W, in].
        training: Whether a normalisation that learns uses and remembers the batch's statistics.

    Returns:
        [B, H', W', out], of the features' type.
    """
    if norm.learns(training):
        filters = tf.cast(filters, features.dtype)
        bias = None if bias is None else tf.cast(bias, features.dtype)
        return norm(convolve(features, filters, bias), training=training)
    factor, offset = norm.factor_and_offset()
    depthwise = filters.shape[3] == 1
    folded = tf.cast(filters, tf.float32) * (factor[:, None] if depthwise else factor)
    if bias is not None:
        offset += tf.cast(bias, tf.float32) * factor
    return convolve(features, tf.cast(folded, features.dtype), tf.cast(offset, features.dtype))
