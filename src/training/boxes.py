"""Targets and losses of a head that gives each cell one box."""

from collections.abc import Callable

import tensorflow as tf

from src.geometry.search_geometry import cell_grid
from src.network.batch_norm import gather
from src.network.box_coding import distance_unit, read_distances
from src.network.cross_correlation import cosine_with_all
from src.network.siamese import SiameseNetwork
from src.network.types import Tensors
from src.parameters.design import Design
from src.parameters.hyperparams import Hyperparams
from src.parameters.network_arithmetic import score_sz, total_stride
from src.training.contrast import contrast_loss, make_contrast_targets

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
    grid_xy = tf.constant(cell_grid(score_sz(design), total_stride(design)), tf.float32)
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


def compare_boxes(network: SiameseNetwork, batch: Tensors, training: bool) -> Tensors:
    """Holds every exemplar against its own search crop, and its cosine against all.

    Args:
        network: Embeds and compares; its head is a `FusedHead`.
        batch: With `z` and `x`, see `train_step.batch_spec`; B pairs.
        training: Whether batch normalisation uses and remembers the batch's statistics.

    Returns:
        The head's outputs and: `score` [B, n, n, 1], logits of the cells; `scaled` [B, 1, n, n] and
        `others` [B, A, n, n], scaled cosines of exemplar i with its own search crop, and with
        search crop j of all A that the replicas hold; `embedded` [B, h, w, C], the first level of
        the search crops.
    """
    head = network.head
    template = network.embed_template(batch["z"], training=training)
    search = network.embed_search(batch["x"], training=training)
    template, search = (
        tuple(tf.cast(level, tf.float32) for level in levels) for levels in (template, search)
    )
    outputs = network.compare(template, search, training=training)
    others = cosine_with_all(*head.cosine_parts(template[0], gather(search[0])))
    own = tf.transpose(outputs["cosine"], [0, 3, 1, 2])
    return outputs | {
        "score": head.coding.score(outputs["cls"]),
        "scaled": head.scaled(own, training=training),
        "others": head.scaled(others, training=training),
        "embedded": search[0],
    }


def make_fused_loss(design: Design, hp: Hyperparams) -> Callable[[Tensors, Tensors], Tensors]:
    """Makes the loss of `compare_boxes` and `make_distance_targets`.

    Args:
        design: Gives the score map's size and stride.
        hp: `box_loss`, `box_weight` and `cosine_weight`.

    Returns:
        A function of outputs and targets to means over the batch, []: `score`, nats, `box`,
        `cosine`, nats, and their weighted sum `total`.
    """
    grid_xy = cell_grid(score_sz(design), total_stride(design))
    unit, box_loss = distance_unit(design), BOX_LOSSES[hp.box_loss]

    def loss(outputs: Tensors, targets: Tensors) -> Tensors:
        score = tf.nn.sigmoid_cross_entropy_with_logits(targets["label"], outputs["score"])
        boxes = read_distances(outputs["loc"], grid_xy, unit)
        box = box_loss(*boxes, targets["centre_crop"], targets["size_crop"])[..., None]
        parts = {
            "score": _mean_of_pairs(targets["weight"] * score),
            "box": _mean_of_pairs(targets["box_share"] * box),
            "cosine": contrast_loss(outputs, targets)["total"],
        }
        weighted = hp.box_weight * parts["box"] + hp.cosine_weight * parts["cosine"]
        return parts | {"total": parts["score"] + weighted}

    return loss


def _mean_of_pairs(cells: tf.Tensor) -> tf.Tensor:
    """Sum over the cells [B, n, n, 1], mean over the pairs."""
    return tf.reduce_mean(tf.reduce_sum(cells, axis=(1, 2, 3)))


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
