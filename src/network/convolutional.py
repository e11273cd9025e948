"""Convolutions with their normalisation, relu and pooling."""

from collections.abc import Callable

import tensorflow as tf

from src.network.batch_norm import BatchNorm
from src.network.frozen_weights import read

# (features [B, H, W, C], filters, bias [out]) -> features
Convolve = Callable[[tf.Tensor, tf.Tensor, tf.Tensor | None], tf.Tensor]


def convolve_and_normalise(
    convolve: Convolve,
    filters: tf.Tensor,
    bias: tf.Tensor | None,
    norm: BatchNorm,
    features: tf.Tensor,
    training: bool,
) -> tf.Tensor:
    """The normalised output of a convolution.

    Where the statistics are fixed, normalisation is a factor and an offset for each channel. The
    factor is multiplied into the filters, which are far smaller than the features, and the offset
    goes into the bias, which TensorFlow adds within the convolution.

    Args:
        convolve: The convolution, linear in its filters; adds the bias, if there is one.
        filters: [h, w, in, out]; of a depth-wise convolution [h, w, C, 1].
        bias: [out], or None.
        norm: Built normalisation of the outputs.
        features: float32 or bfloat16 [B, H, W, in].
        training: Whether a normalisation that learns uses and remembers the batch's statistics.

    Returns:
        [B, H', W', out], of the features' type.
    """
    if norm.learns(training):
        filters = tf.cast(filters, features.dtype)
        bias = None if bias is None else tf.cast(bias, features.dtype)
        return norm(convolve(features, filters, bias), training=training)
    factor, offset = norm.factor_and_offset()
    depthwise = filters.shape[3] == 1
    folded = tf.cast(filters, tf.float32) * (factor[:, None] if depthwise else factor)
    if bias is not None:
        offset += tf.cast(bias, tf.float32) * factor
    return convolve(features, tf.cast(folded, features.dtype), tf.cast(offset, features.dtype))


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
    """Convolution, then batch normalisation, relu and max-pooling, if the design asks for them."""

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

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Makes the weights of convolution and normalisation."""
        self.convolution.build(input_shape)
        if self.batch_norm is not None:
            self.batch_norm.build((None, None, None, self.convolution.filters))

    def call(self, features: tf.Tensor, training: bool) -> tf.Tensor:
        """Maps [B, H, W, C] to [B, H', W', C']; `training` picks the batch's own statistics."""
        features = self._convolved(features, training)
        if self.relu:
            features = tf.nn.relu(features)
        if self.pool_stride:
            features = tf.nn.max_pool2d(features, self.pool_sz, self.pool_stride, "VALID")
        return features

    def _convolved(self, features: tf.Tensor, training: bool) -> tf.Tensor:
        """Convolution, and normalisation if there is one."""
        convolution, norm = self.convolution, self.batch_norm
        if norm is None:
            return convolution(features)
        kernel, bias = read(convolution.kernel), read(convolution.bias)
        convolve = convolution.convolve
        return convolve_and_normalise(convolve, kernel, bias, norm, features, training)


class NormalisedConvolution(tf.keras.layers.Layer):
    """Convolves and normalises; where the statistics are fixed, in one operation."""

    def __init__(
        self,
        filters: int | None,
        size: int,
        norm: BatchNorm,
        stride: int = 1,
        dilation: int = 1,
        padding: str = "VALID",
        depthwise: bool = False,
        initializer: Initializer | None = None,
    ):
        """Records the shape.

        Args:
            filters: Output channels; None: as many as come in.
            size: Side of the filters, cells.
            norm: Normalisation of the outputs.
            stride: Step in both directions, cells.
            dilation: Distance of the cells that a filter looks at; 1 unless `stride` is.
            padding: "VALID", or "SAME" with an odd size: alike on all sides where the map's side is
                1 + a multiple of `stride`.
            depthwise: Whether every channel is filtered by itself; `filters` is None then.
            initializer: Of the filters; None: `kernel_initializer`.
        """
        super().__init__()
        self.filters, self.size, self.norm = filters, size, norm
        self.stride, self.dilation, self.padding = stride, dilation, padding
        self.depthwise, self.initializer = depthwise, initializer

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Makes `kernel` and the weights of the normalisation.

        The kernel is [size, size, in, filters], or [size, size, in, 1] of a depth-wise convolution.
        """
        channels = input_shape[-1]
        filters = self.filters or channels
        self.kernel = self.add_weight(
            shape=(self.size, self.size, channels, 1 if self.depthwise else filters),
            initializer=self.initializer or kernel_initializer(),
            name="kernel",
        )
        self.norm.build((None, None, None, filters))

    def call(self, features: tf.Tensor, training: bool) -> tf.Tensor:
        """Maps [B, H, W, in] to [B, H', W', filters]; `training` as in `BatchNorm.call`."""
        # on the CPU the gradients of these take three to six times as long in bfloat16
        in_float32 = self.depthwise and training and self.trainable

        def convolve(cells: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor | None) -> tf.Tensor:
            if in_float32:
                cells, kernel = tf.cast(cells, tf.float32), tf.cast(kernel, tf.float32)
                bias = None if bias is None else tf.cast(bias, tf.float32)
            cells = self._filtered(cells, kernel)
            cells = cells if bias is None else tf.nn.bias_add(cells, bias)
            return tf.cast(cells, features.dtype)

        kernel = read(self.kernel)
        return convolve_and_normalise(convolve, kernel, None, self.norm, features, training)

    def _filtered(self, cells: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        """The convolution alone."""
        if not self.depthwise:
            return tf.nn.conv2d(cells, kernel, self.stride, self.padding, dilations=self.dilation)
        strides, dilations = (1, self.stride, self.stride, 1), (self.dilation, self.dilation)
        return tf.nn.depthwise_conv2d(cells, kernel, strides, self.padding, None, dilations)
