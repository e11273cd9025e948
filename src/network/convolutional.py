"""One layer of the network: convolution, trained batch normalisation, relu, max-pooling."""

import tensorflow as tf

from src.network.batch_norm import BatchNorm
from src.network.folding import convolve_and_normalise
from src.network.frozen_weights import read

Initializer = tf.keras.initializers.Initializer


def kernel_initializer() -> Initializer:
    """Normal with variance 2 / (h * w * out), MatConvNet's "xavierimproved" (reference recipe)."""
    return tf.keras.initializers.VarianceScaling(
        scale=2.0, mode="fan_out", distribution="untruncated_normal"
    )


class GroupedConvolution(tf.keras.layers.Layer):
    """Unpadded convolution with bias, in groups: each group of filters sees its share of channels.

    Groups are convolved apart and concatenated: on the CPU the gradient of one grouped `conv2d` is
    far slower. The variables are those of the grouped form.
    """

    def __init__(
        self,
        filters: int,
        size_hw: tuple[int, int],
        stride: int,
        groups: int,
        initializer: Initializer | None = None,
    ):
        """Records the shape.

        Args:
            filters: Output channels in all, a multiple of `groups`.
            size_hw: (height, width) of the filters, cells.
            stride: Step in both directions, cells.
            groups: Number of groups, a divisor of the input channels too.
            initializer: Of the filters; None: `kernel_initializer`.
        """
        super().__init__()
        self.initializer = initializer or kernel_initializer()
        self.filters, self.size_hw, self.stride, self.groups = filters, size_hw, stride, groups

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Makes `kernel` [h, w, in / groups, filters] and `bias` [filters], the latter zero."""
        shape = (*self.size_hw, input_shape[-1] // self.groups, self.filters)
        self.kernel = self.add_weight(
            shape=shape, initializer=self.initializer, name="kernel", trainable=True
        )
        self.bias = self.add_weight(
            shape=(self.filters,), initializer="zeros", name="bias", trainable=True
        )

    def call(self, features: tf.Tensor) -> tf.Tensor:
        """Convolves [B, H, W, in] to [B, H', W', filters]."""
        kernel, bias = (tf.cast(read(part), features.dtype) for part in (self.kernel, self.bias))
        return self.convolve(features, kernel, bias)

    def convolve(self, features: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor) -> tf.Tensor:
        """The same with any kernel and bias of the layer's shapes, and of the features' type."""
        # the bias within each group: TensorFlow adds it in the convolution itself
        outputs = [
            tf.nn.bias_add(tf.nn.conv2d(part, filters, self.stride, "VALID"), offset)
            for part, filters, offset in zip(
                *(tf.split(whole, self.groups, axis=-1) for whole in (features, kernel, bias)),
                strict=True,
            )
        ]
        return tf.concat(outputs, axis=-1)


class ConvolutionBlock(tf.keras.layers.Layer):
    """Convolution, then what the design asks for of: batch normalisation, relu, max-pooling."""

    def __init__(
        self,
        convolution: GroupedConvolution,
        batch_norm: BatchNorm | None,
        relu: bool,
        pool_sz: int,
        pool_stride: int,
    ):
        """Joins the parts; `pool_stride` 0 means no pooling."""
        super().__init__()
        self.convolution, self.batch_norm = convolution, batch_norm
        self.relu, self.pool_sz, self.pool_stride = relu, pool_sz, pool_stride

    def call(self, features: tf.Tensor, training: bool) -> tf.Tensor:
        """Maps [B, H, W, C] to [B, H', W', C']; `training` picks the batch's own statistics."""
        features = self._convolved(features, training)
        if self.relu:
            features = tf.nn.relu(features)
        if self.pool_stride:
            features = tf.nn.max_pool2d(features, self.pool_sz, self.pool_stride, "VALID")
        return features

    def _convolved(self, features: tf.Tensor, training: bool) -> tf.Tensor:
        """Convolution and normalisation; the first call makes the weights."""
        convolution, norm = self.convolution, self.batch_norm
        if norm is None:
            return convolution(features)
        if not convolution.built:
            convolution.build(features.shape)
            norm.build((None, None, None, convolution.filters))
        return convolve_and_normalise(
            convolution.convolve,
            read(convolution.kernel),
            read(convolution.bias),
            norm,
            features,
            training,
        )
