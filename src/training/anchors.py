"""SiamRPN's targets for anchors, and the loss over them."""

from collections.abc import Callable

import tensorflow as tf

from src.network.batch_norm import gather
from src.network.box_coding import anchors_by_cell, best_of_cell, by_anchor, encode, target_logit
from src.network.siamese import SiameseNetwork
from src.network.types import Tensors
from src.parameters.design import Design
from src.parameters.hyperparams import Hyperparams
from src.parameters.network_arithmetic import score_sz, total_stride

POSITIVE_ABOVE, NEGATIVE_BELOW = 0.6, 0.3  # intersection over union with the target
POSITIVES, DRAWN = 16, 64  # anchors of a pair, at most
NEGATIVE_PAIR_DRAWN = 16  # anchors of a pair whose exemplar shows another target
NEAR = 3.5  # cells in x and in y that these are away from the search crop's target, at most
# `hyperparams.box_loss` -> the error below which it is a parabola
ROUNDINGS = {"smooth_l1": 1.0, "l1": 0.0}


def make_anchor_targets(design: Design, hp: Hyperparams) -> Callable[[Tensors], Tensors]:
    """Makes the function from a batch of pairs to targets and weights of all anchors.

    Which anchors are drawn follows from the pair alone: from its frames and from where its search
    crop was cut. So it changes from epoch to epoch with the shift of the crop, and is the same
    again in a training that is repeated, or shared by several devices.

    Args:
        design: Gives anchors, score map and stride.
        hp: `box_loss` and `box_weight`.

    Returns:
        A function of a batch (`train_step.batch_spec`) of B pairs to, for all A anchors in the
        order of `box_coding.anchors_by_cell`, float32:
        is_target: [B, A], 1 for drawn anchors that hold the target, else 0.
        cls_weight: [B, A], of the anchors' cross-entropies; 0 for those that were not drawn. Over
            all pairs and replicas, those that hold the target have half of the weight.
        offsets: [B, A, 4], the target's box as change of the anchor: shift (x, y), then growth.
        box_weight: [B, A], of the offsets' errors; `hp.box_weight` over pairs and a pair's drawn
            anchors that hold the target.
        rounding: [], the error below which what it costs is a parabola.
        label: [B, n, n, 1], for pictures: 1 for cells with such anchors.
    """
    cells, stride = score_sz(design), total_stride(design)
    boxes = anchors_by_cell(cells, stride, design.anchor_scales, design.anchor_ratios)
    anchors = tf.constant(boxes)

    def targets(batch: Tensors) -> Tensors:
        positive, negative = _draw_anchors(batch, anchors, stride)
        centre, size = batch["disp_crop"][:, None], batch["target_sz_crop"][:, None]
        offsets = tf.concat(encode(centre, size, anchors, tf.math.log), axis=-1)
        share = tf.math.divide_no_nan(positive, tf.reduce_sum(positive, axis=1, keepdims=True))
        kinds = len(boxes) // cells**2
        by_cell = tf.reshape(positive, [-1, cells, cells, kinds])
        return {
            "is_target": positive,
            "cls_weight": (_equal_shares(positive) + _equal_shares(negative)) / 2,
            "offsets": offsets,
            "box_weight": hp.box_weight * share / tf.cast(tf.shape(share)[0], tf.float32),
            "rounding": tf.constant(ROUNDINGS[hp.box_loss]),
            "label": tf.reduce_max(by_cell, axis=3, keepdims=True),
        }

    return targets


def _draw_anchors(batch: Tensors, anchors: tf.Tensor, stride: int) -> tuple[tf.Tensor, tf.Tensor]:
    """Anchors that are learned to hold the target, and not to: float32 [B, A] each, 0 or 1."""
    centre, size = batch["disp_crop"][:, None], batch["target_sz_crop"][:, None]
    overlap = _overlap(centre, size, anchors)
    order = _shuffled_numbers(batch, len(anchors))
    is_positive_pair = batch["positive"][:, None] > 0
    positive = _some(is_positive_pair & (overlap > POSITIVE_ABOVE), order, POSITIVES)
    far = is_positive_pair & (overlap < NEGATIVE_BELOW)
    near = tf.reduce_all(tf.abs(anchors[:, :2] - centre) <= NEAR * stride, axis=-1)
    negative = _some(far, order, DRAWN - POSITIVES)
    negative |= _some(~is_positive_pair & near, order, NEGATIVE_PAIR_DRAWN)
    return tf.cast(positive, tf.float32), tf.cast(negative, tf.float32)


def _overlap(centre: tf.Tensor, size: tf.Tensor, anchors: tf.Tensor) -> tf.Tensor:
    """Intersection over union of boxes [B, 1, 2] with anchors [A, 4]: [B, A]."""
    ends = tf.minimum(centre + size / 2, anchors[:, :2] + anchors[:, 2:] / 2)
    starts = tf.maximum(centre - size / 2, anchors[:, :2] - anchors[:, 2:] / 2)
    shared = tf.reduce_prod(tf.maximum(ends - starts, 0.0), axis=-1)
    areas = tf.reduce_prod(size, axis=-1) + tf.reduce_prod(anchors[:, 2:], axis=-1)
    return shared / (areas - shared)


def _shuffled_numbers(batch: Tensors, count: int) -> tf.Tensor:
    """The numbers 0...count - 1, shuffled for each pair in its own way: int32 [B, count]."""
    places = tf.bitcast(batch["disp_crop"], tf.int32)
    sizes = tf.bitcast(batch["target_sz_crop"], tf.int32)
    frames = tf.cast(tf.stack([batch["z_frame"], batch["x_frame"]], axis=1), tf.int32)
    return tf.map_fn(
        lambda parts: _shuffle(count, parts), tf.concat([places, sizes, frames], axis=1)
    )


def _shuffle(count: int, parts: tf.Tensor) -> tf.Tensor:
    """The numbers 0...count - 1, shuffled; int32 [6] `parts` are the seed."""
    seed = parts[:2]
    for part in tf.unstack(parts[2:]):
        seed = tf.random.fold_in(seed, part)
    return tf.random.experimental.stateless_shuffle(tf.range(count), seed)


def _some(wanted: tf.Tensor, order: tf.Tensor, count: int) -> tf.Tensor:
    """Those of the wanted anchors with the largest numbers, at most `count` a pair: bool [B, A]."""
    ranks = tf.where(wanted, order, -1)
    least = tf.math.top_k(ranks, min(count, ranks.shape[1])).values[:, -1:]
    return wanted & (ranks >= least)


def _equal_shares(drawn: tf.Tensor) -> tf.Tensor:
    """Weights that sum to 1 a replica, on average over the replicas; 0 where nothing is drawn."""
    totals = gather(tf.reduce_sum(drawn)[None])
    return tf.math.divide_no_nan(drawn, tf.reduce_mean(totals))


def compare_anchors(network: SiameseNetwork, batch: Tensors, training: bool) -> Tensors:
    """The head's outputs for the exemplars `z` and search crops `x` of a batch.

    Args:
        network: Embeds and compares.
        batch: See `train_step.batch_spec`.
        training: Whether batch normalisation uses and remembers the batch's statistics.

    Returns:
        `cls` and `loc` as `src.network.heads.rpn` gives them, and `score` [B, n, n, 1], the logit
        of each cell's best anchor.
    """
    outputs = network((batch["z"], batch["x"]), training=training)
    score = best_of_cell(target_logit(outputs["cls"]), outputs["cls"].shape[1])
    return outputs | {"score": score[..., None]}


def anchor_loss(outputs: Tensors, targets: Tensors) -> Tensors:
    """Cross-entropy of drawn anchors, and errors of the boxes of those that hold the target.

    Args:
        outputs: `cls` and `loc`.
        targets: See `make_anchor_targets`.

    Returns:
        float32 []: `cls`, nats, mean over the batch's drawn anchors, half of it of those that hold
        the target; `box`, mean over pairs of their anchors' mean error, summed over the four
        offsets and weighted, 0 for a pair without such anchors; `total`, their sum.
    """
    entropy = tf.nn.sigmoid_cross_entropy_with_logits(
        labels=targets["is_target"], logits=target_logit(outputs["cls"])
    )
    error = tf.abs(by_anchor(outputs["loc"], 4) - targets["offsets"])
    cost = tf.reduce_sum(_rounded(error, targets["rounding"]), axis=-1)
    cls = tf.reduce_sum(targets["cls_weight"] * entropy)
    box = tf.reduce_sum(targets["box_weight"] * cost)
    return {"total": cls + box, "cls": cls, "box": box}


def _rounded(error: tf.Tensor, rounding: tf.Tensor) -> tf.Tensor:
    """Errors >= 0, those below `rounding` as a parabola that the rest goes on from smoothly."""
    small = tf.minimum(error, rounding)
    return error - small + tf.math.divide_no_nan(small**2, 2 * rounding)
