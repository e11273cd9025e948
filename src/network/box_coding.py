"""How a head tells boxes: as changes of anchors, or by the distances of their sides from a cell."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from src.geometry.search_geometry import cell_displacements
from src.network.anchors import anchors_per_cell, decode, make_anchors
from src.parameters.design import Design
from src.parameters.network_arithmetic import total_stride
from src.tracking.proposals import Proposals

Outputs = dict[str, tf.Tensor]

MAX_GROWTH = 10.0  # of a side, as a logarithm; keeps absurd outputs finite


def anchors_by_cell(
    cells: int, stride: int, scales: tuple[float, ...], ratios: tuple[float, ...]
) -> np.ndarray:
    """The boxes of `make_anchors` in the order of `Proposals`: float32 [A, 4]."""
    anchors = make_anchors(cells, stride, scales, ratios)
    return anchors.reshape(-1, cells**2, 4).transpose(1, 0, 2).reshape(-1, 4)


def read_proposals(outputs: dict[str, tf.Tensor], anchors: np.ndarray) -> Proposals:
    """Makes boxes and scores of the numbers of a head.

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


def read_distances(loc: tf.Tensor, axis: np.ndarray, unit: float) -> tuple[tf.Tensor, tf.Tensor]:
    """Boxes of distances.

    Args:
        loc: float32 [N, n, n, 4], logarithms of the distances from the middle of a cell to the
            left, top, right and bottom side, in `unit` crop pixels.
        axis: float [n], displacements of the cells of one axis, crop pixels.
        unit: What an output of 0 means, crop pixels.

    Returns:
        Centres and sizes, float32 [N, n, n, 2] both, crop pixels from the middle of the crop.
    """
    grid_xy = tf.constant(np.stack(np.meshgrid(axis, axis, indexing="xy"), axis=-1), tf.float32)
    distance = unit * tf.exp(tf.clip_by_value(loc, -MAX_GROWTH, MAX_GROWTH))
    left_top, right_bottom = distance[..., :2], distance[..., 2:]
    return grid_xy + (right_bottom - left_top) / 2, left_top + right_bottom


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
    axis = cell_displacements(cells, total_stride(design))
    centre, size = read_distances(outputs["loc"], axis, distance_unit(design))
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
