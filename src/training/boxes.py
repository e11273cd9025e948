"""What a head without anchors should say: the cells at the target, and where its sides are."""

from collections.abc import Callable

import tensorflow as tf

from src.geometry.search_geometry import cell_displacements
from src.parameters.design import Design
from src.parameters.hyperparams import Hyperparams
from src.parameters.network_arithmetic import score_sz, total_stride
from src.training.contrast import make_contrast_targets

Tensors = dict[str, tf.Tensor]

# semi-axes of the ellipses, in halves of the box: cells within the first are the target's, those
# beyond the second are not, those between are not asked (SiamBAN, section 3.4); where the box is,
# all within the second are asked
INNER, OUTER = 0.5, 1.0


def make_distance_targets(design: Design, hp: Hyperparams) -> Callable[[Tensors], Tensors]:
    """Makes the function from a batch of pairs to labels, weights and boxes.

    Args:
        design: Gives the score map's size and stride.
        hp: `label_sigma`, crop pixels, for the cosine's label.

    Returns:
        A function of a batch with `disp_crop` and `target_sz_crop` float32 [B, 2], `positive`
        float32 [B] and `video` string [B] to those of `make_contrast_targets` and: `label` float32
        [B, n, n, 1], 1 at the target of a positive pair, else 0; at least the cell nearest to its
        centre is at a target. `weight` float32 [B, n, n, 1]: half of it on the cells at the search
        crop's target, half on those beyond it, in negative pairs too; 1 in all. `box_share` float32
        [B, n, n, 1]: 1 in all, on the cells within the box's ellipse; 0 in negative pairs.
        `centre_crop` and `size_crop` float32 [B, 1, 1, 2]: the true box, (x, y) from the middle of
        the crop, and (width, height), crop pixels.
    """
    axis = tf.constant(cell_displacements(score_sz(design), total_stride(design)), tf.float32)
    grid_xy = tf.stack(tf.meshgrid(axis, axis, indexing="xy"), axis=-1)
    contrast_targets = make_contrast_targets(design, hp)

    def targets(batch: Tensors) -> Tensors:
        centre_crop = batch["disp_crop"][:, None, None, :]
        size_crop = batch["target_sz_crop"][:, None, None, :]
        offset = grid_xy[None] - centre_crop
        reach = tf.norm(offset / (size_crop / 2), axis=-1, keepdims=True)
        far = tf.reduce_sum(offset**2, axis=-1, keepdims=True)
        nearest = far <= tf.reduce_min(far, axis=(1, 2, 3), keepdims=True)
        at_target = tf.cast((reach <= INNER) | nearest, tf.float32)
        within = tf.cast((reach <= OUTER) | nearest, tf.float32)
        positive = batch["positive"][:, None, None, None]
        return contrast_targets(batch) | {
            "label": at_target * positive,
            "weight": (_shared(at_target) + _shared(1 - within)) / 2,
            "box_share": _shared(within) * positive,
            "centre_crop": centre_crop,
            "size_crop": size_crop,
        }

    return targets


def _shared(cells: tf.Tensor) -> tf.Tensor:
    """Equal weights of the chosen cells [B, n, n, 1], 1 in all; none where none is chosen."""
    return tf.math.divide_no_nan(cells, tf.reduce_sum(cells, axis=(1, 2, 3), keepdims=True))
