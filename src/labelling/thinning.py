"""As few key frames as a track needs: between them its boxes lie in a line."""

from typing import NamedTuple

import numpy as np

from src.geometry.region_to_bbox import is_absent


class Stretch(NamedTuple):
    """Frames in a row in which a target is there.

    Attributes:
        first: Its first frame.
        last: Its last frame.
        keys: int64 [K], its key frames, rising; the first and the last frame are among them.
    """

    first: int
    last: int
    keys: np.ndarray


def stretches(boxes_ltwh: np.ndarray, tolerance: float) -> list[Stretch]:
    """Finds the stretches of a track and thins their frames (Douglas-Peucker).

    Args:
        boxes_ltwh: float64 [N, 4], frame pixels, NaN where the target is absent.
        tolerance: How far an edge between key frames may be from the line, pixels; 0: not at all.

    Returns:
        The stretches in order.
    """
    there = ~is_absent(boxes_ltwh)
    changes = np.flatnonzero(np.diff(there, prepend=False, append=False))
    edges = boxes_ltwh.copy()
    edges[:, 2:] += edges[:, :2]
    return [
        Stretch(first, behind - 1, first + _kept(edges[first:behind], tolerance))
        for first, behind in changes.reshape(-1, 2).tolist()
    ]


def _kept(edges: np.ndarray, tolerance: float) -> np.ndarray:
    """Rows of float64 [N, 4] that suffice; the farthest from each line is kept and cuts it."""
    kept = {0, len(edges) - 1}
    lines = [(0, len(edges) - 1)]
    while lines:
        first, last = lines.pop()
        if last - first < 2:
            continue
        share = np.arange(1, last - first)[:, None] / (last - first)
        line = (1 - share) * edges[first] + share * edges[last]
        off = np.abs(edges[first + 1 : last] - line).max(axis=1)
        worst = int(off.argmax())
        if off[worst] > tolerance:
            middle = first + 1 + worst
            kept.add(middle)
            lines += [(first, middle), (middle, last)]
    return np.array(sorted(kept), dtype=np.int64)
