"""Views of the first frame in which the target stands elsewhere before the same ground.

What is seen far around is the same in every search area, so a filter cannot know whether it is the
target or the ground it stands on that it should follow. Here the target's box is cut out, the hole
is filled with what lies beside it, and the target is pasted some pixels further on.
"""

import numpy as np
import tensorflow as tf

# how far the target is pasted, (x, y) crop pixels: to the sides, and to the corners
PLACES = np.array(
    [[48, 0], [-48, 0], [0, 48], [0, -48], [40, 40], [-40, -40], [40, -40], [-40, 40]], np.int32
)

# of the box: what is left of a target around it would say where it was
HOLE = 1.15


def pasted(crops: tf.Tensor, target_sz: tf.Tensor, places: np.ndarray) -> list[tf.Tensor]:
    """Crops with their target at other places; what would lie beyond a crop is not shown.

    Args:
        crops: float32 [N, c, c, 3], the target in the middle.
        target_sz: float32 [N, 2], (width, height) of the targets, crop pixels.
        places: int [P, 2], (x, y) from the middle, crop pixels.

    Returns:
        P times float32 [N, c, c, 3].
    """
    filled = without_target(crops, HOLE * target_sz)
    views = []
    for x, y in places:
        where = _inside(target_sz, crops.shape[1], (x, y))
        moved = tf.roll(crops, (y, x), axis=(1, 2))
        views.append(tf.where(tf.expand_dims(where, -1), moved, filled))
    return views


def without_target(crops: tf.Tensor, target_sz: tf.Tensor) -> tf.Tensor:
    """Crops with the target's box filled by its surroundings, mirrored at the nearest side.

    Args:
        crops: float32 [N, c, c, 3], the target in the middle.
        target_sz: float32 [N, 2], (width, height) of the targets, crop pixels.

    Returns:
        float32 [N, c, c, 3].
    """
    side = crops.shape[1]
    axis = tf.range(side, dtype=tf.float32) - (side - 1) / 2
    half = target_sz[:, :, None] / 2
    depth = half - tf.abs(axis)
    # a pixel as far outside the box as it is inside
    mirrored = tf.where(axis < 0, -1.0, 1.0) * (tf.abs(axis) + 2 * tf.maximum(depth, 0))
    source = tf.cast(tf.round(mirrored + (side - 1) / 2), tf.int32)
    source = tf.clip_by_value(source, 0, side - 1)
    beside = tf.gather(crops, source[:, 0], axis=2, batch_dims=1)
    above = tf.gather(crops, source[:, 1], axis=1, batch_dims=1)
    nearer_beside = depth[:, 0, None, :] < depth[:, 1, :, None]
    # expand_dims: an index that only adds an axis is a slow copy in TFLite
    filling = tf.where(tf.expand_dims(nearer_beside, -1), beside, above)
    return tf.where(tf.expand_dims(_inside(target_sz, side), -1), filling, crops)


def _inside(
    target_sz: tf.Tensor, side: int, place_xy: tuple[int, int] | np.ndarray = (0, 0)
) -> tf.Tensor:
    """Which pixels of crops [N, c, c] show what boxes of (width, height) [N, 2] in the middle do.

    When all is moved by (x, y) crop pixels. Of a box only what lies in the crop can be moved.
    """
    axis = tf.range(side, dtype=tf.float32) - (side - 1) / 2
    far = tf.abs(axis - tf.constant(place_xy, tf.float32)[:, None])
    within = far <= tf.minimum(target_sz, side - 1.0)[:, :, None] / 2
    return within[:, 0, None, :] & within[:, 1, :, None]
