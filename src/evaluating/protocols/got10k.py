"""Average overlap and success rates of GOT-10k, as its toolkit computes them (version 0.1.3)."""

from dataclasses import dataclass

import numpy as np

from src.geometry.region_to_bbox import is_absent, rect_iou

# nbins_iou of ExperimentGOT10k
THRESHOLDS = np.linspace(0.0, 1.0, 101)


@dataclass(frozen=True)
class Got10kScores:
    """Scores of overlaps, all 0 to 1.

    Attributes:
        ao: Mean overlap.
        sr50: Share of overlaps above 0.5.
        sr75: Share of overlaps above 0.75.
        success_curve: 101 shares of overlaps above 0, 0.01 ... 1.
    """

    ao: float
    sr50: float
    sr75: float
    success_curve: tuple[float, ...]


def got10k_overlaps(
    boxes: np.ndarray, truth: np.ndarray, frame_size: tuple[int, int]
) -> np.ndarray:
    """Overlaps of all frames behind the first in which the target is visible.

    Args:
        boxes: float [N, 4] ltwh, frame pixels; NaN where the tracker gave none.
        truth: float [N, 4] ltwh; NaN where GOT-10k's labels say absent or wholly covered.
        frame_size: (width, height), pixels.

    Returns:
        float64 [M], 0 to 1; 0 where there is no box.
    """
    visible = ~is_absent(truth[1:])
    boxes, truth = bounded(boxes[1:][visible], frame_size), bounded(truth[1:][visible], frame_size)
    return np.nan_to_num(rect_iou(boxes, truth))


def bounded(boxes: np.ndarray, frame_size: tuple[int, int]) -> np.ndarray:
    """Limits boxes to the frame as `rect_iou(..., bound)` of GOT-10k's toolkit does.

    A corner left of or above the frame is moved to its border and the size is kept, so that such
    a box is shifted, not cut; what is too large on the right and below is cut.

    Args:
        boxes: float [M, 4] ltwh.
        frame_size: (width, height), pixels.

    Returns:
        float64 [M, 4] ltwh.
    """
    size = np.asarray(frame_size, dtype=np.float64)
    corner = np.clip(boxes[:, :2], 0, size)
    return np.concatenate([corner, np.clip(boxes[:, 2:], 0, size - corner)], axis=1)


def got10k_scores(overlaps: np.ndarray) -> Got10kScores:
    """Scores overlaps, of one sequence or of all of them pooled.

    Args:
        overlaps: float [M], M at least 1.

    Returns:
        The scores.
    """
    curve = np.mean(overlaps[:, None] > THRESHOLDS, axis=0)
    return Got10kScores(
        float(np.mean(overlaps)), float(curve[50]), float(curve[75]), tuple(curve.tolist())
    )
