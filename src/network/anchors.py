"""Anchors: the boxes that a region proposal starts from, and boxes told as changes of them.

Boxes are (x, y) of the centre and (width, height), crop pixels, from the middle of the search crop.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np


def anchors_per_cell(scales: Sequence[float], ratios: Sequence[float]) -> int:
    """Anchors around every cell of a map."""
    return len(scales) * len(ratios)


def make_anchors(
    cells: int, stride: int, scales: Sequence[float], ratios: Sequence[float]
) -> np.ndarray:
    """The anchors of all cells, as pysot makes them: sides are cut to whole multiples of a scale.

    Args:
        cells: Cells along one axis of the score map, odd.
        stride: Crop pixels a cell.
        scales: Sides of the square anchors, in strides.
        ratios: Heights over widths; an anchor of each has about the area of the square one.

    Returns:
        float32 [k * cells * cells, 4], (x, y, width, height): cells row by row for the first
        anchor, then for the next; ratios come first, each with all scales.
    """
    sizes = np.array([size for ratio in ratios for size in _sizes(stride, scales, ratio)])
    axis = (np.arange(cells) - cells // 2) * stride
    y, x = np.meshgrid(axis, axis, indexing="ij")
    centres = np.stack([x, y], axis=-1).reshape(1, -1, 2)
    shape = (len(sizes), cells**2, 2)
    anchors = np.concatenate(
        [np.broadcast_to(centres, shape), np.broadcast_to(sizes[:, None], shape)], axis=-1
    )
    return anchors.reshape(-1, 4).astype(np.float32)


def _sizes(stride: int, scales: Sequence[float], ratio: float) -> list[tuple[float, float]]:
    """(width, height) of the anchors of one ratio."""
    width = int(math.sqrt(stride**2 / ratio))
    height = int(width * ratio)
    return [(width * scale, height * scale) for scale in scales]


def encode(centre: Any, size: Any, anchors: Any, log: Callable[[Any], Any]) -> tuple[Any, Any]:
    """Boxes as changes of anchors.

    NumPy arrays and TensorFlow tensors alike; leading axes broadcast.

    Args:
        centre: [..., 2], (x, y).
        size: [..., 2], (width, height), > 0.
        anchors: [..., 4], (x, y, width, height).
        log: The natural logarithm of what holds them, `np.log` or `tf.math.log`.

    Returns:
        Shifts [..., 2] in sizes of the anchor, and logarithms [..., 2] of its growth.
    """
    return (centre - anchors[..., :2]) / anchors[..., 2:], log(size / anchors[..., 2:])


def decode(shift: Any, growth: Any, anchors: Any, exp: Callable[[Any], Any]) -> tuple[Any, Any]:
    """The reverse of `encode`: centres and sizes; `exp` is `np.exp` or `tf.exp`."""
    return anchors[..., :2] + shift * anchors[..., 2:], anchors[..., 2:] * exp(growth)
