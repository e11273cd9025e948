"""What it costs that a box of `src.network.box_coding.read_distances` is not the true one."""

import tensorflow as tf

SMOOTH = 1.0  # below it, smooth L1 is a parabola (Fast R-CNN, equation 3)


def giou_loss(
    centre: tf.Tensor, size: tf.Tensor, true_centre: tf.Tensor, true_size: tf.Tensor
) -> tf.Tensor:
    """1 - generalised intersection over union (Rezatofighi et al., CVPR 2019).

    Args:
        centre: float [..., 2], (x, y).
        size: float [..., 2], (width, height), > 0.
        true_centre: The same of the true boxes; leading axes broadcast.
        true_size: float [..., 2], > 0.

    Returns:
        float [...], 0 for equal boxes, below 2 for any.
    """
    low, high = centre - size / 2, centre + size / 2
    true_low, true_high = true_centre - true_size / 2, true_centre + true_size / 2
    shared = _area(tf.maximum(tf.minimum(high, true_high) - tf.maximum(low, true_low), 0.0))
    union = _area(size) + _area(true_size) - shared
    around = _area(tf.maximum(high, true_high) - tf.minimum(low, true_low))
    return 1 - shared / union + (around - union) / around


def l1_loss(
    centre: tf.Tensor, size: tf.Tensor, true_centre: tf.Tensor, true_size: tf.Tensor
) -> tf.Tensor:
    """Mean distance of the sides, in mean sides of the true box; arguments as in `giou_loss`."""
    return tf.reduce_mean(_side_errors(centre, size, true_centre, true_size), axis=-1)


def smooth_l1_loss(
    centre: tf.Tensor, size: tf.Tensor, true_centre: tf.Tensor, true_size: tf.Tensor
) -> tf.Tensor:
    """The same with a parabola near 0 (Fast R-CNN, equation 3)."""
    error = _side_errors(centre, size, true_centre, true_size)
    smooth = tf.where(error < SMOOTH, error**2 / (2 * SMOOTH), error - SMOOTH / 2)
    return tf.reduce_mean(smooth, axis=-1)


# `hyperparams.box_loss` -> what a box costs
BOX_LOSSES = {"giou": giou_loss, "l1": l1_loss, "smooth_l1": smooth_l1_loss}


def _side_errors(
    centre: tf.Tensor, size: tf.Tensor, true_centre: tf.Tensor, true_size: tf.Tensor
) -> tf.Tensor:
    """Distances of left, top, right and bottom, in mean sides of the true box: [..., 4]."""
    shift, growth = centre - true_centre, (size - true_size) / 2
    sides = tf.concat([shift - growth, shift + growth], axis=-1)
    return tf.abs(sides) / tf.reduce_mean(true_size, axis=-1, keepdims=True)


def _area(size: tf.Tensor) -> tf.Tensor:
    """Width times height."""
    return size[..., 0] * size[..., 1]
