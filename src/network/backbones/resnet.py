"""ResNet with stride 8 to the end: stages 3 and 4 dilate instead of striding.

The layers are those of pysot's ResNet-50 (SiamRPN++, section 3.3), so that its weights fit: stem
and strides are not padded, and shortcuts that change shape look at 3x3 cells from stage 2 on.
"""

from typing import NamedTuple

import tensorflow as tf

from src.network.batch_norm import backbone_norm
from src.network.composite import Composite
from src.network.convolutional import NormalisedConvolution
from src.parameters.design import Design
from src.parameters.network_arithmetic import total_stride

STEM_SIZE, POOL_SIZE = 7, 3
EXPANSION = 4  # output channels of a block over its inner ones


class Stage(NamedTuple):
    """What the blocks of a stage have in common.

    Attributes:
        stride: Of its first block, cells.
        first_dilation: Of its first block.
        dilation: Of the others.
        shortcut_sz: Side of the filters beside the first block.
    """

    stride: int
    first_dilation: int
    dilation: int
    shortcut_sz: int


STAGES = (Stage(1, 1, 1, 1), Stage(2, 1, 1, 3), Stage(1, 1, 2, 3), Stage(1, 2, 4, 3))


class Bottleneck(Composite, tf.keras.layers.Layer):
    """1x1, 3x3 and 1x1 convolution beside a shortcut."""

    def __init__(self, filters: int, stage: Stage, is_first: bool, design: Design):
        """Makes the layers.

        Args:
            filters: Inner channels.
            stage: Stride and dilation.
            is_first: Whether the block is the first of its stage, which changes the shape.
            design: Constants of the batch normalisation.
        """
        super().__init__()
        stride = stage.stride if is_first else 1
        dilation = stage.first_dilation if is_first else stage.dilation
        strided = (stride, dilation, "SAME" if stride == 1 else "VALID")
        self.conv1 = NormalisedConvolution(filters, 1, backbone_norm(design))
        self.conv2 = NormalisedConvolution(filters, 3, backbone_norm(design), *strided)
        self.conv3 = NormalisedConvolution(EXPANSION * filters, 1, backbone_norm(design))
        self.has_shortcut = is_first
        if is_first:
            self.shortcut = NormalisedConvolution(
                EXPANSION * filters, stage.shortcut_sz, backbone_norm(design), *strided
            )

    def call(self, features: tf.Tensor, training: bool) -> tf.Tensor:
        """Maps [B, H, W, C] to [B, H', W', 4 * filters]."""
        inner = tf.nn.relu(self.conv1(features, training=training))
        inner = tf.nn.relu(self.conv2(inner, training=training))
        inner = self.conv3(inner, training=training)
        if self.has_shortcut:
            features = self.shortcut(features, training=training)
        return tf.nn.relu(inner + features)


class ResNet(Composite, tf.keras.Model):
    """Stem and stages up to the last level that is wanted.

    Attributes:
        strides: Pixels of the crop per cell of each level.
        channels: Channels of each level.
    """

    def __init__(self, design: Design):
        """Makes the stem and the stages; `design.levels` names those whose outputs are levels."""
        super().__init__()
        self.levels = design.levels or (len(STAGES),)
        self.strides = (total_stride(design),) * len(self.levels)
        inner = [design.stem_filters * 2**number for number in range(len(STAGES))]
        self.channels = tuple(EXPANSION * inner[level - 1] for level in self.levels)
        self.stem = NormalisedConvolution(
            design.stem_filters, STEM_SIZE, backbone_norm(design), stride=2
        )
        self.stem.trainable = not design.frozen_blocks
        self.stage_blocks = design.stage_blocks[: max(self.levels)]
        # attributes, not lists: checkpoints do not look into Keras lists
        for number, blocks in enumerate(self.stage_blocks, start=1):
            for place in range(blocks):
                block = Bottleneck(inner[number - 1], STAGES[number - 1], place == 0, design)
                block.trainable = number > design.frozen_blocks
                setattr(self, f"stage{number}_block{place}", block)

    def stage(self, number: int) -> list[Bottleneck]:
        """The blocks of a stage, counted from 1, in order."""
        blocks = range(self.stage_blocks[number - 1])
        return [getattr(self, f"stage{number}_block{place}") for place in blocks]

    def call(self, images: tf.Tensor, training: bool) -> tuple[tf.Tensor, ...]:
        """Embeds images.

        Args:
            images: float32 [B, H, W, 3], RGB 0...255.
            training: Whether batch normalisation uses and remembers the batch's statistics.

        Returns:
            The levels in the order of `design.levels`: [B, h, w, channels] each.
        """
        features = tf.nn.relu(self.stem(images, training=training))
        # nothing is below 0 after relu, so zeros around it are never a maximum
        features = tf.pad(features, [[0, 0], [1, 1], [1, 1], [0, 0]])
        features = tf.nn.max_pool2d(features, POOL_SIZE, 2, "VALID")
        outputs = {}
        for number in range(1, len(self.stage_blocks) + 1):
            for block in self.stage(number):
                features = block(features, training=training)
            outputs[number] = features
        return tuple(outputs[level] for level in self.levels)
