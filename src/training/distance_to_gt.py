"""The metric watched in training: how far the score map's peak lies from the target."""

import tensorflow as tf

from src.geometry.search_geometry import cell_displacements

HIGHEST = 3  # trainer.py of SiameseFC-tf averages the three highest scores


def distance_to_gt(score: tf.Tensor, disp_crop: tf.Tensor, tot_stride: int) -> tf.Tensor:
    """Distance between the mean place of the three highest scores and the target's centre.

    Cells that tie with the third highest count too, so that a symmetric map has its peak in the
    middle.

    Args:
        score: [B, n, n, 1], logits.
        disp_crop: float32 [B, 2], (x, y) of the target from the middle of the crop, pixels.
        tot_stride: Crop pixels per cell.

    Returns:
        float32 [B], pixels of the search crop; 0 is perfect.
    """
    score = tf.cast(score[..., 0], tf.float32)
    cells = score.shape[1]
    axis = tf.constant(cell_displacements(cells, tot_stride), tf.float32)
    third = tf.math.top_k(tf.reshape(score, [-1, cells * cells]), HIGHEST).values[:, -1]
    high = tf.cast(score >= third[:, None, None], tf.float32)
    count = tf.reduce_sum(high, axis=(1, 2))
    peak_x = tf.reduce_sum(high * axis[None, None, :], axis=(1, 2)) / count
    peak_y = tf.reduce_sum(high * axis[None, :, None], axis=(1, 2)) / count
    return tf.norm(tf.stack([peak_x, peak_y], axis=-1) - disp_crop, axis=-1)
