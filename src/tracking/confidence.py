"""How sure a tracker is of its peak, and when it takes its target for gone.

A score alone says little: what is high depends on the network and the target. So the evidence is
how far the peak lies below that of the target in the first frame, and how far above the rest of its
score map, in standard deviations. A calibration on videos with ground truth
(`python -m src.calibrate_confidence`) turns both into a chance.
"""

import tensorflow as tf

SMOOTHING = 0.5  # share of the newest evidence; a single blurred frame loses no target

_TINY = 1e-6


def smoothed(before: tf.Tensor, newest: tf.Tensor) -> tf.Tensor:
    """Running average of the evidence: float32 [N, k] each."""
    return before + SMOOTHING * (newest - before)


def peak_to_sidelobe(score: tf.Tensor, radius: float, reach: float) -> tf.Tensor:
    """Height of the peak above its surroundings, in standard deviations of these.

    They are all cells further than `radius` from the peak in x or y (Bolme et al., Visual object
    tracking using adaptive correlation filters, CVPR 2010, section 3.5), and not further than
    `reach`, so that maps of different sizes give the same ratio.

    Args:
        score: float32 [N, n, n].
        radius: Half the side of the peak's square, cells.
        reach: Half the side of the surroundings, cells.

    Returns:
        float32 [N]; 0 for a flat map or one without a rest.
    """
    cells = score.shape[-1]
    flat = tf.reshape(score, [-1, cells * cells])
    place = tf.argmax(flat, axis=1, output_type=tf.int32)
    row, column = (tf.cast(part, tf.float32) for part in (place // cells, place % cells))
    axis = tf.range(cells, dtype=tf.float32)
    away = tf.maximum(
        tf.abs(axis[None] - row[:, None])[:, :, None],
        tf.abs(axis[None] - column[:, None])[:, None, :],
    )
    rest = tf.cast((away > radius) & (away <= reach), tf.float32)
    count = tf.maximum(tf.reduce_sum(rest, axis=(1, 2)), 1.0)
    mean = tf.reduce_sum(rest * score, axis=(1, 2)) / count
    spread = tf.sqrt(tf.reduce_sum(rest * (score - mean[:, None, None]) ** 2, axis=(1, 2)) / count)
    height = tf.reduce_max(flat, axis=1) - mean
    return tf.where(spread > _TINY, height / tf.maximum(spread, _TINY), 0.0)


def confidence(evidence: tf.Tensor, calibration: tuple[float, ...]) -> tf.Tensor:
    """The chance that a box lies on its target.

    Args:
        evidence: float32 [N, k].
        calibration: k + 1 numbers: `hyperparams.confidence`, offset first.

    Returns:
        float32 [N], 0...1.
    """
    offset, *factors = calibration
    return tf.sigmoid(offset + tf.reduce_sum(evidence * tf.constant(factors), axis=1))


def is_lost(
    was_lost: tf.Tensor, sure: tf.Tensor, lost_below: float, found_above: float
) -> tf.Tensor:
    """Hysteresis: lost below the lower bound, found again only above the higher one.

    Args:
        was_lost: bool [N], before this update.
        sure: float32 [N], confidence of this update.
        lost_below: Below it a target is lost.
        found_above: Above it a lost one is found again; at least `lost_below`.

    Returns:
        bool [N].
    """
    return tf.where(was_lost, sure <= found_above, sure < lost_below)
