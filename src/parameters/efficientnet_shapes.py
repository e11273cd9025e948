"""EfficientNet-Lite0 up to block 10: the shapes of its blocks, and how they walk over a crop."""

import itertools
import operator
from typing import NamedTuple

STEM_CHANNELS = 32
STEM_STRIDE = 2


class BlockShape(NamedTuple):
    """One inverted residual block (EfficientNet paper, table 1, without its attention).

    Attributes:
        channels: Channels out.
        kernel: Side of the depth-wise filters, cells.
        stride: Step of the depth-wise convolution in a network of full stride.
        expansion: Inner channels a channel in.
    """

    channels: int
    kernel: int
    stride: int
    expansion: int


BLOCKS = (
    BlockShape(16, 3, 1, 1),
    BlockShape(24, 3, 2, 6),
    BlockShape(24, 3, 1, 6),
    BlockShape(40, 5, 2, 6),
    BlockShape(40, 5, 1, 6),
    BlockShape(80, 3, 2, 6),
    BlockShape(80, 3, 1, 6),
    BlockShape(80, 3, 1, 6),
    BlockShape(112, 5, 1, 6),
    BlockShape(112, 5, 1, 6),
    BlockShape(112, 5, 1, 6),
)


class Step(NamedTuple):
    """How a block walks over its input: stride and dilation of its depth-wise convolution."""

    stride: int
    dilation: int


def walk(tot_stride: int) -> list[Step]:
    """Strides and dilations of the blocks; a block that may not stride dilates those after it.

    Args:
        tot_stride: Largest stride that is wanted, pixels a cell.

    Returns:
        One step for each row of `BLOCKS`.
    """
    steps, stride, dilation = [], STEM_STRIDE, 1
    for shape in BLOCKS:
        may_stride = stride * shape.stride <= tot_stride
        steps.append(Step(shape.stride if may_stride else 1, dilation))
        if may_stride:
            stride *= shape.stride
        else:
            dilation *= shape.stride
    return steps


def level_strides(tot_stride: int) -> list[int]:
    """Pixels of the crop per cell behind each block, for the largest stride that is wanted."""
    strides = itertools.accumulate((step.stride for step in walk(tot_stride)), operator.mul)
    return [STEM_STRIDE * stride for stride in strides]
