"""The loss of anchor heads: is the target in an anchor, and how must the anchor change."""

import tensorflow as tf

from src.network.box_coding import best_of_cell, by_anchor, target_logit
from src.network.siamese import SiameseNetwork

Tensors = dict[str, tf.Tensor]


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
