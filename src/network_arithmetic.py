"""Sizes and strides that follow from a design: computed here, declared nowhere else."""

import math

from src.parameters import Design, Hyperparams


def embedding_sz(design: Design, image_sz: int) -> int:
    """Cells along one axis of the embedding of an image, without padding.

    Args:
        design: Filters, strides and pools of every layer.
        image_sz: Pixels along that axis; `filter_w` and `filter_h` are alike in both axes.

    Returns:
        The number of cells; 0 or less when the image is too small for the network.
    """
    cells = image_sz
    for layer in range(len(design.filter_w)):
        cells = _valid(cells, design.filter_w[layer], design.conv_stride[layer])
        if design.pool_stride[layer]:
            cells = _valid(cells, design.pool_sz[layer], design.pool_stride[layer])
    return cells


def _valid(cells: int, window: int, stride: int) -> int:
    """Cells that a window visits without padding."""
    return (cells - window) // stride + 1


def total_stride(design: Design) -> int:
    """Crop pixels between neighbouring cells of the embedding."""
    return math.prod(design.conv_stride) * math.prod(
        stride for stride in design.pool_stride if stride
    )


def score_sz(design: Design) -> int:
    """Cells along one axis of the score map."""
    return embedding_sz(design, design.search_sz) - embedding_sz(design, design.exemplar_sz) + 1


def response_sz(design: Design, hp: Hyperparams) -> int:
    """Elements along one axis of the upsampled score map, corners aligned."""
    return hp.response_up * (score_sz(design) - 1) + 1
