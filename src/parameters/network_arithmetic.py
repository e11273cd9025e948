"""Sizes and strides that follow from a design: computed here, declared nowhere else."""

import itertools
import math
import operator
from collections.abc import Callable
from typing import NamedTuple

from src.parameters.design import Design
from src.parameters.hyperparams import Hyperparams


class Arithmetic(NamedTuple):
    """How a backbone maps pixels to cells.

    Attributes:
        stride: Crop pixels between neighbouring cells.
        cells: Cells along one axis of the embedding of an image with so many pixels; 0 or less
            when the image is too small.
        padded: Whether the edges are padded, so that a stride begins at the edge.
    """

    stride: Callable[[Design], int]
    cells: Callable[[Design, int], int]
    padded: bool


def _alexnet_stride(design: Design) -> int:
    """The product of all strides."""
    pooling = math.prod(stride for stride in design.pool_stride if stride)
    return math.prod(design.conv_stride) * pooling


def _alexnet_cells(design: Design, image_sz: int) -> int:
    """Layer by layer without padding; `filter_w` and `filter_h` are alike in both axes."""
    cells = image_sz
    for layer in range(len(design.filter_w)):
        cells = _valid(cells, design.filter_w[layer], design.conv_stride[layer])
        if design.pool_stride[layer]:
            cells = _valid(cells, design.pool_sz[layer], design.pool_stride[layer])
    return cells


def _valid(cells: int, window: int, stride: int) -> int:
    """Cells that a window visits without padding."""
    return (cells - window) // stride + 1


def _padded_stride(design: Design) -> int:
    """A padded network dilates where it may not stride: it has the stride that is asked for."""
    return design.tot_stride


def _padded_cells(design: Design, image_sz: int) -> int:
    """Every stride begins at the image's edge."""
    return -(-image_sz // design.tot_stride)


def _resnet_stride(design: Design) -> int:
    """Stem, pooling and the second stage halve; the others dilate."""
    return 8


def _resnet_cells(design: Design, image_sz: int) -> int:
    """Strides without padding, but for the pooling, which is padded by a cell on every side."""
    return _valid(_valid(_valid(image_sz, 7, 2) + 2, 3, 2), 3, 2)


# `design.backbone` -> its arithmetic
ARITHMETIC = {
    "alexnet": Arithmetic(_alexnet_stride, _alexnet_cells, padded=False),
    "efficientnet_lite": Arithmetic(_padded_stride, _padded_cells, padded=True),
    # paddings are alike on all sides: the middle of a crop stays that of its cells
    "resnet": Arithmetic(_resnet_stride, _resnet_cells, padded=False),
}
# `design.join_method`: heads whose maps have a cell for every cell of the search area
WHOLE_MAPS = ("rpn_fused",)


def embedding_sz(design: Design, image_sz: int) -> int:
    """Cells along one axis of the embedding of an image.

    Args:
        design: Names the backbone and describes it.
        image_sz: Pixels along that axis.

    Returns:
        The number of cells; 0 or less when the image is too small for the network.
    """
    return ARITHMETIC[design.backbone].cells(design, image_sz)


def total_stride(design: Design) -> int:
    """Crop pixels between neighbouring cells of the embedding."""
    return ARITHMETIC[design.backbone].stride(design)


def is_padded(design: Design) -> bool:
    """Whether the backbone pads the edges of a crop."""
    return ARITHMETIC[design.backbone].padded


def exemplar_crop_sz(design: Design) -> int:
    """Side of the exemplar crop with its surroundings, crop pixels."""
    return design.exemplar_sz + 2 * design.exemplar_margin


def template_sz(design: Design) -> int:
    """Cells along one axis of the template: the middle of the embedded exemplar crop, or all."""
    return design.template_cells or embedding_sz(design, exemplar_crop_sz(design))


def score_sz(design: Design) -> int:
    """Cells along one axis of the score map."""
    cells = embedding_sz(design, design.search_sz)
    return cells if design.join_method in WHOLE_MAPS else cells - template_sz(design) + 1


def response_sz(design: Design, hp: Hyperparams) -> int:
    """Elements along one axis of the upsampled score map, corners aligned."""
    return hp.response_up * (score_sz(design) - 1) + 1


def filter_margin(design: Design, filter_cells: int) -> float:
    """Cells around a search area so that a filter answers in every cell of the score map.

    Args:
        design: The network.
        filter_cells: Taps of the filter along an axis.

    Returns:
        A whole number, at least 0, or the filter does not fit.
    """
    return (score_sz(design) + filter_cells - 1 - embedding_sz(design, design.search_sz)) / 2


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
