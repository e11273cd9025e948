"""What `src.network.heads.fused` strives for: score, box, and a cosine that tells targets apart.

The branches learn from their own pair. The cosine is held against the other pairs of the batch too
(the contrast loss): it alone must tell this target from another of its kind.
"""

from collections.abc import Callable

import tensorflow as tf

from src.geometry.search_geometry import cell_displacements
from src.network.batch_norm import gather
from src.network.box_coding import distance_unit, read_distances
from src.network.cross_correlation import cosine_with_all
from src.network.siamese import SiameseNetwork
from src.parameters.design import Design
from src.parameters.hyperparams import Hyperparams
from src.parameters.network_arithmetic import score_sz, total_stride
from src.training.box_losses import BOX_LOSSES
from src.training.contrast import contrast_loss

Tensors = dict[str, tf.Tensor]


def compare_boxes(network: SiameseNetwork, batch: Tensors, training: bool) -> Tensors:
    """Holds every exemplar against its own search crop, and its cosine against all.

    Args:
        network: Embeds and compares; its head is a `FusedHead`.
        batch: With `z` and `x`, see `train_step.batch_spec`; B pairs.
        training: Whether batch normalisation uses and remembers the batch's statistics.

    Returns:
        The head's outputs and: `score` [B, n, n, 1], logits of the cells; `scaled` [B, 1, n, n] and
        `others` [B, A, n, n], scaled cosines of exemplar i with its own search crop, and with
        search crop j of all A that the replicas hold.
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
    axis = cell_displacements(score_sz(design), total_stride(design))
    unit, box_loss = distance_unit(design), BOX_LOSSES[hp.box_loss]

    def loss(outputs: Tensors, targets: Tensors) -> Tensors:
        score = tf.nn.sigmoid_cross_entropy_with_logits(targets["label"], outputs["score"])
        boxes = read_distances(outputs["loc"], axis, unit)
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
