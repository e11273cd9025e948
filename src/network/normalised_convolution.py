"""A convolution without bias and the batch normalisation after it, as ResNet and the RPN use it."""

import tensorflow as tf

from src.network.batch_norm import BatchNorm
from src.network.convolutional import kernel_initializer
from src.network.folding import convolve_and_normalise
from src.network.frozen_weights import read


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
    ):
        """Records the shape.

        Args:
            filters: Output channels; None: as many as come in.
            size: Side of the filters, cells.
            norm: Normalisation of the outputs.
            stride: Step in both directions, cells.
            dilation: Distance of the cells that a filter looks at.
            padding: "VALID", or "SAME" with stride 1 and an odd size: alike on all sides.
        """
        super().__init__()
        self.filters, self.size, self.norm = filters, size, norm
        self.stride, self.dilation, self.padding = stride, dilation, padding

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Makes `kernel` [size, size, in, filters] and the weights of the normalisation."""
        channels = input_shape[-1]
        filters = self.filters or channels
        self.kernel = self.add_weight(
            shape=(self.size, self.size, channels, filters),
            initializer=kernel_initializer(),
            name="kernel",
        )
        self.norm.build((None, None, None, filters))

    def call(self, features: tf.Tensor, training: bool) -> tf.Tensor:
        """Maps [B, H, W, in] to [B, H', W', filters]; `training` as in `BatchNorm.call`."""

        def convolve(cells: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor | None) -> tf.Tensor:
            cells = tf.nn.conv2d(cells, kernel, self.stride, self.padding, dilations=self.dilation)
            return cells if bias is None else tf.nn.bias_add(cells, bias)

        kernel = read(self.kernel)
        return convolve_and_normalise(convolve, kernel, None, self.norm, features, training)
