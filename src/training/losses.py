"""The loss of SiamFC's training: weighted logistic loss of the score map."""

import tensorflow as tf

from src.network.siamese import SiameseNetwork


def compare_pairs(
    network: SiameseNetwork, batch: dict[str, tf.Tensor], training: bool
) -> dict[str, tf.Tensor]:
    """The head's outputs for the exemplars `z` and search crops `x` of a batch."""
    return network((batch["z"], batch["x"]), training=training)


def logistic_loss(
    outputs: dict[str, tf.Tensor], targets: dict[str, tf.Tensor]
) -> dict[str, tf.Tensor]:
    """Logistic loss log(1 + exp(-y v)) of scores v (SiamFC paper, equation 3), weighted.

    Finite for every finite score, however large.

    Args:
        outputs: `{"score": [B, n, n, 1]}`, logits.
        targets: `{"label", "weight"}`, [B, n, n, 1]; label 1 stands for y = 1, 0 for y = -1; the
            weights of an example sum to 1.

    Returns:
        `{"total": []}`: mean over the batch, nats.
    """
    losses = tf.nn.sigmoid_cross_entropy_with_logits(
        labels=targets["label"], logits=outputs["score"]
    )
    return {"total": tf.reduce_mean(tf.reduce_sum(targets["weight"] * losses, axis=(1, 2, 3)))}
