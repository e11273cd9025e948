"""EfficientNet-Lite0 up to block 10, at stride 8 or 16: ReLU6, no squeeze-and-excite.

A crop of 1 + a multiple of the stride (257 px) is padded alike on all sides, so the middle cell of
every level sees the middle of the crop.
"""

import tensorflow as tf

from src.network.batch_norm import BatchNorm, backbone_norm
from src.network.convolutional import convolve_and_normalise
from src.network.frozen_weights import read
from src.parameters.design import Design
from src.parameters.network_arithmetic import (
    BLOCKS,
    STEM_CHANNELS,
    STEM_STRIDE,
    BlockShape,
    Step,
    level_strides,
    total_stride,
    walk,
)

MEAN, SCALE = 127.0, 128.0  # pixels as the published weights expect them: about -1...1


class InvertedResidual(tf.keras.layers.Layer):
    """Expands the channels, filters each by itself, projects; adds the input where shapes allow."""

    def __init__(self, shape: BlockShape, step: Step, channels_in: int, design: Design):
        """Makes the layers.

        Args:
            shape: Channels, kernel and expansion.
            step: Stride and dilation.
            channels_in: Channels of the input.
            design: Constants of the batch normalisation.
        """
        super().__init__()
        inner = channels_in * shape.expansion
        if shape.expansion > 1:
            self.expand, self.expand_norm = _pointwise(inner), backbone_norm(design)
        self.expands = shape.expansion > 1
        self.depthwise = tf.keras.layers.DepthwiseConv2D(
            shape.kernel, step.stride, "same", dilation_rate=step.dilation, use_bias=False
        )
        self.depthwise_norm = backbone_norm(design)
        self.project, self.project_norm = _pointwise(shape.channels), backbone_norm(design)
        self.adds = step.stride == 1 and channels_in == shape.channels

    def call(self, features: tf.Tensor, training: bool) -> tf.Tensor:
        """Maps [B, H, W, C] to [B, H', W', channels]."""
        inner = features
        if self.expands:
            inner = tf.nn.relu6(_normalised(self.expand, self.expand_norm, inner, training))
        inner = tf.nn.relu6(_normalised(self.depthwise, self.depthwise_norm, inner, training))
        projected = _normalised(self.project, self.project_norm, inner, training)
        return features + projected if self.adds else projected


class EfficientNetLite(tf.keras.Model):
    """Stem and blocks up to the last level that is wanted.

    Attributes:
        strides: Pixels of the crop per cell of each level.
        channels: Channels of each level.
    """

    def __init__(self, design: Design):
        """Makes the stem and the blocks; `design.levels` names those whose outputs are levels."""
        super().__init__()
        self.levels = design.levels or (len(BLOCKS) - 1,)
        steps = walk(total_stride(design))
        self.depth = max(self.levels) + 1
        strides = level_strides(total_stride(design))
        self.strides = tuple(strides[level] for level in self.levels)
        self.channels = tuple(BLOCKS[level].channels for level in self.levels)
        self.stem = tf.keras.layers.Conv2D(STEM_CHANNELS, 3, STEM_STRIDE, "same", use_bias=False)
        self.stem_norm = backbone_norm(design)
        channels_in = STEM_CHANNELS
        # attributes, not a list: checkpoints do not look into Keras lists
        for number, (shape, step) in enumerate(zip(BLOCKS, steps, strict=True)):
            if number < self.depth:
                setattr(self, f"block{number}", InvertedResidual(shape, step, channels_in, design))
            channels_in = shape.channels
        if design.frozen_blocks:
            for layer in (self.stem, self.stem_norm, *self.blocks[: design.frozen_blocks]):
                layer.trainable = False

    @property
    def blocks(self) -> list[InvertedResidual]:
        """The blocks in order: `block0`, `block1`, ..."""
        return [getattr(self, f"block{number}") for number in range(self.depth)]

    def call(self, images: tf.Tensor, training: bool) -> tuple[tf.Tensor, ...]:
        """Embeds images.

        Args:
            images: float32 [B, H, W, 3], RGB 0...255.
            training: Whether batch normalisation uses and remembers the batch's statistics.

        Returns:
            The levels in the order of `design.levels`: [B, h, w, channels] each.
        """
        features = (images - MEAN) / SCALE
        features = tf.nn.relu6(_normalised(self.stem, self.stem_norm, features, training))
        outputs = {}
        for number, block in enumerate(self.blocks):
            features = block(features, training=training)
            outputs[number] = features
        return tuple(outputs[level] for level in self.levels)


def _normalised(
    convolution: tf.keras.layers.Layer, norm: BatchNorm, features: tf.Tensor, training: bool
) -> tf.Tensor:
    """Convolves and normalises; the first call makes the weights."""
    if not convolution.built:
        convolution.build(features.shape)
        norm.build(convolution.compute_output_shape(features.shape))
    strides, dilations = convolution.strides, convolution.dilation_rate
    # on the CPU these gradients take three to six times as long in bfloat16
    learns = training and convolution.trainable
    depthwise_dtype = tf.float32 if learns else features.dtype

    def dense(cells: tf.Tensor, filters: tf.Tensor, bias: tf.Tensor | None) -> tf.Tensor:
        return _biased(tf.nn.conv2d(cells, filters, strides, "SAME"), bias)

    def depthwise(cells: tf.Tensor, filters: tf.Tensor, bias: tf.Tensor | None) -> tf.Tensor:
        cells, filters = tf.cast(cells, depthwise_dtype), tf.cast(filters, depthwise_dtype)
        bias = None if bias is None else tf.cast(bias, depthwise_dtype)
        strides_bhwc = (1, *strides, 1)
        cells = tf.nn.depthwise_conv2d(cells, filters, strides_bhwc, "SAME", None, dilations)
        return tf.cast(_biased(cells, bias), features.dtype)

    by_itself = isinstance(convolution, tf.keras.layers.DepthwiseConv2D)
    convolve = depthwise if by_itself else dense
    filters = read(convolution.kernel)
    return convolve_and_normalise(convolve, filters, None, norm, features, training)


def _biased(cells: tf.Tensor, bias: tf.Tensor | None) -> tf.Tensor:
    """With the bias added, if there is one."""
    return cells if bias is None else tf.nn.bias_add(cells, bias)


def _pointwise(channels: int) -> tf.keras.layers.Layer:
    """A 1x1 convolution without bias."""
    return tf.keras.layers.Conv2D(channels, 1, use_bias=False)
