"""EfficientNet-Lite0 up to block 10, at stride 8 or 16: ReLU6, no squeeze-and-excite.

A crop of 1 + a multiple of the stride (257 px) is padded alike on all sides, so the middle cell of
every level sees the middle of the crop.
"""

import tensorflow as tf

from src.network.batch_norm import backbone_norm
from src.network.composite import Composite
from src.network.convolutional import NormalisedConvolution
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

GlorotUniform = tf.keras.initializers.GlorotUniform

MEAN, SCALE = 127.0, 128.0  # pixels as the published weights expect them: about -1...1


class DenseConvolution(NormalisedConvolution):
    """`NormalisedConvolution` whose filters checkpoints know as `_kernel` too."""

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Makes the weights."""
        super().build(input_shape)
        self._kernel = self.kernel


class InvertedResidual(Composite, tf.keras.layers.Layer):
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
        self.expands = shape.expansion > 1
        # checkpoints know the normalisations as parts of the block
        if self.expands:
            self.expand = _dense(inner, 1, design)
            self.expand_norm = self.expand.norm
        self.depthwise = NormalisedConvolution(
            None,
            shape.kernel,
            backbone_norm(design),
            step.stride,
            step.dilation,
            "SAME",
            depthwise=True,
            initializer=GlorotUniform(),
        )
        self.depthwise_norm = self.depthwise.norm
        self.project = _dense(shape.channels, 1, design)
        self.project_norm = self.project.norm
        self.adds = step.stride == 1 and channels_in == shape.channels

    def call(self, features: tf.Tensor, training: bool) -> tf.Tensor:
        """Maps [B, H, W, C] to [B, H', W', channels]."""
        inner = features
        if self.expands:
            inner = tf.nn.relu6(self.expand(inner, training=training))
        inner = tf.nn.relu6(self.depthwise(inner, training=training))
        projected = self.project(inner, training=training)
        return features + projected if self.adds else projected


class EfficientNetLite(Composite, tf.keras.Model):
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
        self.stem = _dense(STEM_CHANNELS, 3, design, STEM_STRIDE)
        self.stem_norm = self.stem.norm
        channels_in = STEM_CHANNELS
        # attributes, not a list: checkpoints do not look into Keras lists
        for number, (shape, step) in enumerate(zip(BLOCKS, steps, strict=True)):
            if number < self.depth:
                setattr(self, f"block{number}", InvertedResidual(shape, step, channels_in, design))
            channels_in = shape.channels
        if design.frozen_blocks:
            for layer in (self.stem, *self.blocks[: design.frozen_blocks]):
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
        features = tf.nn.relu6(self.stem(features, training=training))
        outputs = {}
        for number, block in enumerate(self.blocks):
            features = block(features, training=training)
            outputs[number] = features
        return tuple(outputs[level] for level in self.levels)


def _dense(channels: int, size: int, design: Design, stride: int = 1) -> DenseConvolution:
    """A convolution that mixes all channels."""
    norm, first = backbone_norm(design), GlorotUniform()
    return DenseConvolution(channels, size, norm, stride, padding="SAME", initializer=first)
