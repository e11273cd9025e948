"""AlexNet without padding, layer by layer as `design.json` lists it."""

import tensorflow as tf

from src.network.batch_norm import backbone_norm
from src.network.composite import Composite
from src.network.convolutional import ConvolutionBlock, GroupedConvolution
from src.parameters.design import Design
from src.parameters.network_arithmetic import total_stride


class AlexNet(Composite, tf.keras.Model):
    """Stack of convolution blocks without padding; one level.

    Attributes:
        strides: Pixels of the crop per cell of each level: `(tot_stride,)`.
        channels: Channels of each level.
    """

    def __init__(self, design: Design):
        """Makes one block for each entry of the design's per-layer lists."""
        super().__init__()
        self.strides = (total_stride(design),)
        self.channels = (design.filter_num[-1],)
        self.depth = len(design.filter_num)
        # attributes, not a list: checkpoints do not look into Keras lists
        for layer in range(self.depth):
            setattr(self, f"conv{layer + 1}", _block(design, layer))
        for block in self.blocks[: design.frozen_blocks]:
            block.trainable = False

    @property
    def blocks(self) -> list[ConvolutionBlock]:
        """The layers in order: `conv1`, `conv2`, ..."""
        return [getattr(self, f"conv{layer + 1}") for layer in range(self.depth)]

    def call(self, images: tf.Tensor, training: bool) -> tuple[tf.Tensor, ...]:
        """Embeds images.

        Args:
            images: float32 [B, H, W, 3], RGB 0...255; the middle of an odd-sized image falls on
                the middle cell.
            training: Whether batch normalisation uses and remembers the batch's statistics.

        Returns:
            One level: [B, h, w, channels].
        """
        features = images
        for block in self.blocks:
            features = block(features, training=training)
        return (features,)


def _block(design: Design, layer: int) -> ConvolutionBlock:
    """The block of one layer, counted from 0."""
    batch_norm = backbone_norm(design) if design.batch_norm[layer] else None
    return ConvolutionBlock(
        GroupedConvolution(
            design.filter_num[layer],
            (design.filter_h[layer], design.filter_w[layer]),
            design.conv_stride[layer],
            design.filter_groups[layer],
        ),
        batch_norm,
        design.relu[layer],
        design.pool_sz[layer],
        design.pool_stride[layer],
    )
