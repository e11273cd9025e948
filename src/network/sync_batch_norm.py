"""Batch normalisation over the global batch, where several replicas hold parts of it."""

import tensorflow as tf

from src.network.batch_norm import BatchNorm
from src.network.replicas import gather, several
from src.parameters.design import Design


class SyncBatchNorm(BatchNorm):
    """`BatchNorm` whose statistics are those of all replicas' parts, which are of one size."""

    def call(self, features: tf.Tensor, training: bool) -> tf.Tensor:
        """Normalises with the global batch's statistics, or with those remembered.

        Args:
            features: float32 or bfloat16 [b, H, W, C], this replica's part.
            training: Whether the batch's statistics are used; a layer that is not `trainable` takes
                the remembered ones all the same.

        Returns:
            The same shape and type.
        """
        if not self.learns(training):
            return super().call(features, training)
        mean, variance, cells = _global_moments(tf.cast(features, tf.float32))
        self._remember(mean, variance * cells / (cells - 1))
        factor = tf.math.rsqrt(variance + self.epsilon) * self.gamma
        output = (tf.cast(features, tf.float32) - mean) * factor + self.beta
        return tf.cast(output, features.dtype)

    def _remember(self, batch_mean: tf.Tensor, batch_variance: tf.Tensor) -> None:
        """Moves the remembered statistics towards the batch's."""
        for moving, batch in (
            (self.moving_mean, batch_mean),
            (self.moving_variance, batch_variance),
        ):
            old = tf.convert_to_tensor(moving)
            moving.assign(old + (1 - self.momentum) * (batch - old))


def make_batch_norm(momentum: float, epsilon: float, trainable: bool) -> BatchNorm:
    """The layer for one device, or for the replicas of the strategy whose scope this is called in.

    Args:
        momentum: Share of the old moving statistics kept at each step.
        epsilon: Added to variances.
        trainable: Whether the layer learns at all.

    Returns:
        The layer; both kinds have the same weights.
    """
    kind = SyncBatchNorm if several() else BatchNorm
    return kind(momentum=momentum, epsilon=epsilon, trainable=trainable)


def head_norm(design: Design) -> BatchNorm:
    """Batch normalisation of neck and head, which learns whether or not the backbone's does."""
    return make_batch_norm(design.bn_momentum, design.bn_epsilon, trainable=True)


def backbone_norm(design: Design) -> BatchNorm:
    """Batch normalisation of a backbone."""
    trainable = not design.freeze_batch_norm
    return make_batch_norm(design.bn_momentum, design.bn_epsilon, trainable)


def _global_moments(features: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Mean and variance [C] over all replicas, and the cells that they were taken from.

    From the replicas' own means and variances: sums of squares would cancel.
    """
    own = tf.stack(tf.nn.moments(features, axes=(0, 1, 2)))
    means, variances = tf.unstack(gather(own[None]), axis=1)
    mean, spread = tf.nn.moments(means, axes=0)
    replicas = tf.distribute.get_strategy().num_replicas_in_sync
    cells = tf.cast(replicas * tf.reduce_prod(tf.shape(features)[:3]), tf.float32)
    return mean, tf.reduce_mean(variances, axis=0) + spread, cells
