"""Boxes: from any region to (left, top, width, height), their formats, overlap and visibility.

Frame pixels, edge convention: pixel i covers [i, i + 1), a box covers [left, left + width], and
its centre is left + width / 2. Numbers are counted from 0; files that count from 1 are converted
where they are read (`ground_truth.py`). The last axis is the box, leading axes are free, NaN
means that the target is absent, and no function changes its arguments.
"""

import numpy as np
from numpy.typing import ArrayLike


def box_ltwh_to_cxcywh(box_ltwh: ArrayLike) -> np.ndarray:
    """Converts (left, top, width, height) to (centre x, centre y, width, height).

    Args:
        box_ltwh: float [..., 4].

    Returns:
        float64 [..., 4].
    """
    box = np.asarray(box_ltwh, dtype=np.float64)
    return np.concatenate([box[..., :2] + box[..., 2:] / 2, box[..., 2:]], axis=-1)


def region_to_box_ltwh(region: ArrayLike) -> np.ndarray:
    """Converts a box or a polygon of four corners to (left, top, width, height).

    A polygon becomes the upright box that VOT and SiamFC use: its centre is the mean of the
    corners, its aspect ratio that of the polygon's extent, its area that of the polygon. A
    rectangle written as a polygon comes back as that rectangle, with nothing added.

    Args:
        region: float [..., 4] (left, top, width, height) or [..., 8] (x1, y1, ..., x4, y4, the
            corners in turn), frame pixels.

    Returns:
        float64 [..., 4].

    Raises:
        ValueError: The last axis has neither 4 nor 8 numbers.
    """
    region = np.asarray(region, dtype=np.float64)
    if region.shape[-1:] == (4,):
        return region.copy()
    if region.shape[-1:] != (8,):
        raise ValueError(f"a region has 4 or 8 numbers, this one has shape {region.shape}")
    corners = region.reshape(*region.shape[:-1], 4, 2)
    origin = corners.min(axis=-2)
    corners = corners - origin[..., None, :]
    extent = corners.max(axis=-2)
    area, full = _polygon_area(corners), extent[..., 0] * extent[..., 1]
    shrink = np.sqrt(np.divide(area, full, out=np.zeros_like(area), where=full != 0))
    size = extent * shrink[..., None]
    return np.concatenate([origin + (corners.mean(axis=-2) - size / 2), size], axis=-1)


def rect_iou(boxes_a: ArrayLike, boxes_b: ArrayLike) -> np.ndarray:
    """Intersection over union of boxes, in continuous coordinates.

    Args:
        boxes_a: float [..., 4] ltwh.
        boxes_b: float [..., 4] ltwh; leading axes broadcast against those of `boxes_a`.

    Returns:
        float64 [...], 0 to 1; 0 where both boxes are empty, NaN where one of them is NaN.
    """
    a = np.asarray(boxes_a, dtype=np.float64)
    b = np.asarray(boxes_b, dtype=np.float64)
    start = np.maximum(a[..., :2], b[..., :2])
    stop = np.minimum(a[..., :2] + a[..., 2:], b[..., :2] + b[..., 2:])
    inter = np.prod(np.maximum(stop - start, 0.0), axis=-1)
    union = np.prod(a[..., 2:], axis=-1) + np.prod(b[..., 2:], axis=-1) - inter
    iou = np.divide(inter, union, out=np.zeros_like(union), where=union != 0)
    return np.clip(iou, 0.0, 1.0)


def clip_box_ltwh(box_ltwh: ArrayLike, frame_size: ArrayLike) -> np.ndarray:
    """Cuts boxes at the borders of the frame.

    Args:
        box_ltwh: float [..., 4].
        frame_size: (width, height) of the frame, or [..., 2], pixels.

    Returns:
        float64 [..., 4]; width or height is 0 where nothing of the box is inside.
    """
    box = np.asarray(box_ltwh, dtype=np.float64)
    limit = np.asarray(frame_size, dtype=np.float64)
    start = np.clip(box[..., :2], 0.0, limit)
    stop = np.clip(box[..., :2] + box[..., 2:], 0.0, limit)
    return np.concatenate([start, np.maximum(stop - start, 0.0)], axis=-1)


def visible_share(box_ltwh: ArrayLike, frame_size: ArrayLike) -> np.ndarray:
    """Share of a box's area that lies inside the frame.

    Args:
        box_ltwh: float [..., 4].
        frame_size: (width, height) of the frame, or [..., 2], pixels.

    Returns:
        float64 [...], 0 to 1; 0 for an empty box, NaN for an absent one.
    """
    box = np.asarray(box_ltwh, dtype=np.float64)
    inside = np.prod(clip_box_ltwh(box, frame_size)[..., 2:], axis=-1)
    area = np.prod(box[..., 2:], axis=-1)
    return np.minimum(np.divide(inside, area, out=np.zeros_like(area), where=area != 0), 1.0)


def is_absent(box_ltwh: ArrayLike) -> np.ndarray:
    """Tells which boxes are absent.

    Args:
        box_ltwh: float [..., 4].

    Returns:
        bool [...]: True where any of the four numbers is NaN.
    """
    return np.isnan(np.asarray(box_ltwh, dtype=np.float64)).any(axis=-1)


def _polygon_area(corners: np.ndarray) -> np.ndarray:
    """Shoelace formula: [..., 4, 2] corners in turn, either sense, to [...] areas."""
    after = np.roll(corners, -1, axis=-2)
    cross = corners[..., 0] * after[..., 1] - corners[..., 1] * after[..., 0]
    return np.abs(cross.sum(axis=-1)) / 2
