"""The parts of a batch that other devices hold, seen from within one replica's step."""

import tensorflow as tf


def several() -> bool:
    """Whether more than one replica takes part, in the strategy whose scope this is called in."""
    return tf.distribute.get_strategy().num_replicas_in_sync > 1


def gather(part: tf.Tensor) -> tf.Tensor:
    """Joins what all replicas hold, in the order of the global batch; gradients flow back.

    Args:
        part: [b, ...] of known shape, this replica's examples, as many on every replica; float32
            or int64, which is what replicas can exchange.

    Returns:
        [B, ...], the same on every replica; `part` itself where there is but one.
    """
    if not several():
        return part
    context = tf.distribute.get_replica_context()
    every = context.num_replicas_in_sync * part.shape[0]
    return tf.ensure_shape(context.all_gather(part, axis=0), [every, *part.shape[1:]])
