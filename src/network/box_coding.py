"""Boxes of a head's maps: anchors, distances to the sides, and the proposals they make."""

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from src.geometry.search_geometry import cell_grid
from src.parameters.design import Design
from src.parameters.network_arithmetic import total_stride


def anchors_per_cell(scales: Sequence[float], ratios: Sequence[float]) -> int:
    """How many anchors lie around every cell of a map."""
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
    centres = cell_grid(cells, stride).reshape(1, -1, 2)
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
    """The changes that turn anchors into boxes.

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
    """Centres and sizes, the reverse of `encode`; `exp` is `np.exp` or `tf.exp`."""
    return anchors[..., :2] + shift * anchors[..., 2:], anchors[..., 2:] * exp(growth)


class Proposals(NamedTuple):
    """What a head says of N search areas; axis A counts the anchors of a cell, cell by cell.

    Attributes:
        logit: float32 [N, A], of "this anchor holds the target".
        centre_crop: float32 [N, A, 2], (x, y) from the middle of the search crop.
        size_crop: float32 [N, A, 2], (width, height), crop pixels.
        likeness: float32 [N, A], 0...1: how much each resembles the target.
    """

    logit: tf.Tensor
    centre_crop: tf.Tensor
    size_crop: tf.Tensor
    likeness: tf.Tensor


def best_of_cell(values: tf.Tensor, cells: int) -> tf.Tensor:
    """The highest of the anchors of each cell: [N, A] -> [N, cells, cells]."""
    kinds = values.shape[1] // cells**2
    return tf.reduce_max(tf.reshape(values, [-1, cells, cells, kinds]), axis=3)


Outputs = dict[str, tf.Tensor]
MAX_GROWTH = 10.0  # of a side, as a logarithm; keeps absurd outputs finite


def anchors_by_cell(
    cells: int, stride: int, scales: tuple[float, ...], ratios: tuple[float, ...]
) -> np.ndarray:
    """The boxes of `make_anchors` in the order of `Proposals`: float32 [A, 4]."""
    anchors = make_anchors(cells, stride, scales, ratios)
    return anchors.reshape(-1, cells**2, 4).transpose(1, 0, 2).reshape(-1, 4)


def read_proposals(outputs: dict[str, tf.Tensor], anchors: np.ndarray) -> Proposals:
    """The boxes and scores that the numbers of a head stand for.

    Args:
        outputs: `cls` [N, n, n, 2 k] and `loc` [N, n, n, 4 k]; see `src.network.heads.rpn`.
        anchors: As `anchors_by_cell` makes them for n cells.

    Returns:
        The proposals.
    """
    loc = by_anchor(outputs["loc"], 4)
    growth = tf.clip_by_value(loc[..., 2:], -MAX_GROWTH, MAX_GROWTH)
    boxes = decode(loc[..., :2], growth, tf.constant(anchors), tf.exp)
    logit = target_logit(outputs["cls"])
    return Proposals(logit, *boxes, tf.sigmoid(logit))


def by_anchor(numbers: tf.Tensor, of_each: int) -> tf.Tensor:
    """A head's map [N, n, n, of_each * k] in the order of `Proposals`: [N, A, of_each]."""
    cells, kinds = numbers.shape[1] * numbers.shape[2], numbers.shape[3] // of_each
    parts = tf.transpose(tf.reshape(numbers, [-1, cells, of_each, kinds]), [0, 1, 3, 2])
    return tf.reshape(parts, [-1, cells * kinds, of_each])


def target_logit(cls: tf.Tensor) -> tf.Tensor:
    """Logits of "the anchor holds the target" of a head's `cls` [N, n, n, 2 k]: [N, A]."""
    by_class = by_anchor(cls, 2)
    return by_class[..., 1] - by_class[..., 0]


def read_distances(loc: tf.Tensor, grid_xy: np.ndarray, unit: float) -> tuple[tf.Tensor, tf.Tensor]:
    """The boxes whose sides lie at these distances from the cells.

    Args:
        loc: float32 [N, n, n, 4], logarithms of the distances from the middle of a cell to the
            left, top, right and bottom side, in `unit` crop pixels.
        grid_xy: float [n, n, 2], displacements (x, y) of the cells, crop pixels.
        unit: What an output of 0 means, crop pixels.

    Returns:
        Centres and sizes, float32 [N, n, n, 2] both, crop pixels from the middle of the crop.
    """
    distance = unit * tf.exp(tf.clip_by_value(loc, -MAX_GROWTH, MAX_GROWTH))
    left_top, right_bottom = distance[..., :2], distance[..., 2:]
    middles = tf.constant(grid_xy, tf.float32)
    return middles + (right_bottom - left_top) / 2, left_top + right_bottom


class BoxCoding(NamedTuple):
    """What the numbers of a head mean.

    Attributes:
        channels: From a design to the channels of `cls` and `loc`.
        read: From outputs, design and cells along one axis of the map to proposals.
        score: From `cls` to the logit of each cell, [B, n, n, 1].
        add_logit: From `cls` and logits [B, n, n, 1] to `cls` with these added to "the target".
    """

    channels: Callable[[Design], tuple[int, int]]
    read: Callable[[Outputs, Design, int], Proposals]
    score: Callable[[tf.Tensor], tf.Tensor]
    add_logit: Callable[[tf.Tensor, tf.Tensor], tf.Tensor]


def _anchor_channels(design: Design) -> tuple[int, int]:
    kinds = anchors_per_cell(design.anchor_scales, design.anchor_ratios)
    return 2 * kinds, 4 * kinds


def _anchor_proposals(outputs: Outputs, design: Design, cells: int) -> Proposals:
    sizes = (design.anchor_scales, design.anchor_ratios)
    return read_proposals(outputs, anchors_by_cell(cells, total_stride(design), *sizes))


def _best_anchor(cls: tf.Tensor) -> tf.Tensor:
    other, target = tf.split(cls, 2, axis=3)
    return tf.reduce_max(target - other, axis=3, keepdims=True)


def _add_to_anchors(cls: tf.Tensor, logit: tf.Tensor) -> tf.Tensor:
    other, target = tf.split(cls, 2, axis=3)
    return tf.concat([other, target + logit], axis=3)


def _distance_proposals(outputs: Outputs, design: Design, cells: int) -> Proposals:
    grid_xy = cell_grid(cells, total_stride(design))
    centre, size = read_distances(outputs["loc"], grid_xy, distance_unit(design))
    flat = [-1, cells**2, 2]
    logit = tf.reshape(outputs["cls"], [-1, cells**2])
    boxes = tf.reshape(centre, flat), tf.reshape(size, flat)
    return Proposals(logit, *boxes, tf.sigmoid(logit))


def distance_unit(design: Design) -> float:
    """Half the side of a square target with its usual context, crop pixels."""
    return design.exemplar_sz / (1 + 2 * design.context) / 2


# `design.box_coding` -> what it means
BOX_CODINGS = {
    "anchors": BoxCoding(_anchor_channels, _anchor_proposals, _best_anchor, _add_to_anchors),
    "distances": BoxCoding(
        lambda design: (1, 4), _distance_proposals, lambda cls: cls, lambda cls, logit: cls + logit
    ),
}
