"""Batch normalisation: fused, over all replicas, and as a design asks for it."""

import tensorflow as tf

from src.network.frozen_weights import read
from src.parameters.design import Design


class BatchNorm(tf.keras.layers.BatchNormalization):
    """Keras's layer over the last axis of [B, H, W, C], computed by TensorFlow's fused operation.

    Keras computes moments and normalisation apart, in float32. On the CPU that is slow in bfloat16,
    and with several threads its gradient differs in the last bits from run to run. The weights are
    Keras's; the moving variance follows the batch's unbiased variance, as PyTorch's does.
    """

    def learns(self, training: bool) -> bool:
        """Whether a call uses and remembers the batch's statistics."""
        return training and self.trainable

    def factor_and_offset(self) -> tuple[tf.Tensor, tf.Tensor]:
        """What normalisation with the remembered statistics multiplies by and adds: [C] each."""
        gamma, beta, mean, variance = self._weights_read()
        factor = gamma * tf.math.rsqrt(variance + self.epsilon)
        return factor, beta - mean * factor

    def call(self, features: tf.Tensor, training: bool) -> tf.Tensor:
        """Normalises with the batch's statistics and remembers them, or with those remembered.

        Args:
            features: float32 or bfloat16 [B, H, W, C].
            training: Whether the batch's statistics are used; a layer that is not `trainable` takes
                the remembered ones all the same.

        Returns:
            The same shape and type.
        """
        learns = self.learns(training)
        gamma, beta, mean, variance = self._weights_read()
        output, batch_mean, batch_variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=features,
            scale=gamma,
            offset=beta,
            mean=tf.zeros([0]) if learns else mean,
            variance=tf.zeros([0]) if learns else variance,
            epsilon=self.epsilon,
            is_training=learns,
        )
        if learns:
            self.moving_mean.assign(mean + (1 - self.momentum) * (batch_mean - mean))
            self.moving_variance.assign(
                variance + (1 - self.momentum) * (batch_variance - variance)
            )
        return output

    def _weights_read(self) -> list[tf.Tensor]:
        """Scale, offset, mean and variance, [C] each."""
        weights = (self.gamma, self.beta, self.moving_mean, self.moving_variance)
        return [read(weight) for weight in weights]


def several() -> bool:
    """Whether more than one replica takes part, in the strategy whose scope this is called in."""
    return tf.distribute.get_strategy().num_replicas_in_sync > 1


def gather(part: tf.Tensor) -> tf.Tensor:
    """What all replicas hold, in the order of the global batch; gradients flow back.

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
