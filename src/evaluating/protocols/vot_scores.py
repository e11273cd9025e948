"""Accuracy, robustness and expected average overlap of VOT's supervised experiment, VOT-like.

As `vot/analysis/supervised.py` of the VOT toolkit, but overlaps are those of continuous upright
boxes, where VOT counts pixels of (rotated) regions. Frames without target are left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from src.geometry.region_to_bbox import clip_box_ltwh, is_absent, rect_iou, visible_share

# what a frame is, by VOT's codes; VOT writes a box for what is TRACKED here
SKIPPED, STARTED, FAILED, TRACKED = 0, 1, 2, 3
# skip_initialize and burnin of the toolkit's stacks vot2013 to vot2018
SKIPPED_FRAMES = 5
BURN_IN = 10


@dataclass(frozen=True)
class Fragment:
    """A track from one start to its failure or to the end of the video.

    Attributes:
        overlaps: float [L], of the frames from the start on, without that of the failure.
        failed: Whether it ended in a failure.
    """

    overlaps: np.ndarray
    failed: bool


def frame_overlaps(boxes: ArrayLike, truth: ArrayLike, frame_size: tuple[int, int]) -> np.ndarray:
    """Overlaps inside the frame.

    Args:
        boxes: float [..., 4] ltwh, NaN where there is none.
        truth: float [..., 4] ltwh, NaN where the target is absent.
        frame_size: (width, height), pixels.

    Returns:
        float64 [...], 0 to 1; 0 for a box of NaN, NaN where nothing of the target is in the frame.
    """
    overlap = rect_iou(clip_box_ltwh(boxes, frame_size), clip_box_ltwh(truth, frame_size))
    visible = visible_share(truth, frame_size) > 0
    return np.where(visible, np.nan_to_num(overlap), np.nan)


def frame_codes(boxes: np.ndarray, overlaps: np.ndarray) -> np.ndarray:
    """Tells what each frame of a run with resets is.

    Args:
        boxes: float [N, 4] ltwh, NaN where the tracker did not run.
        overlaps: float [N], as `frame_overlaps` gives them.

    Returns:
        int64 [N]: `SKIPPED`, `STARTED`, `FAILED` or `TRACKED`.
    """
    ran = ~is_absent(boxes)
    before = np.concatenate([[False], ran[:-1]])
    failed = ran & before & (overlaps <= 0)
    return np.select([~ran, ~before, failed], [SKIPPED, STARTED, FAILED], TRACKED)


def accuracy(overlaps: np.ndarray, codes: np.ndarray, burn_in: int = BURN_IN) -> float:
    """Mean overlap of the boxes, without the first frames after each start.

    Args:
        overlaps: float [N], NaN where the target is not visible.
        codes: int [N].
        burn_in: Frames that do not count, the start frame included.

    Returns:
        0 to 1; NaN if no frame counts.
    """
    counts = (codes == TRACKED) & ~np.isnan(overlaps)
    for start in np.flatnonzero(codes == STARTED):
        counts[start : start + burn_in] = False
    return float(np.mean(overlaps[counts])) if counts.any() else float("nan")


def failures(codes: np.ndarray) -> int:
    """Number of failures, from codes int [N]."""
    return int((codes == FAILED).sum())


def fragments(overlaps: np.ndarray, codes: np.ndarray) -> list[Fragment]:
    """Cuts a run at its starts and failures.

    Args:
        overlaps: float [N], NaN where the target is not visible.
        codes: int [N].

    Returns:
        One for each start, in turn.
    """
    found = []
    for start in np.flatnonzero(codes == STARTED):
        after = codes[start + 1 :]
        ends = np.flatnonzero((after == FAILED) | (after == STARTED))
        stop = start + 1 + (ends[0] if ends.size else len(after))
        part = overlaps[start:stop]
        failed = stop < len(codes) and codes[stop] == FAILED
        found.append(Fragment(part[~np.isnan(part)], bool(failed)))
    return found


def eao_curve(runs: Sequence[Fragment]) -> np.ndarray:
    """Expected average overlap by the length of a track.

    A fragment that failed goes on with zeros; one that reached the end of its video counts up to
    there.

    Args:
        runs: At least one.

    Returns:
        float64 [L], L the length of the longest: place n holds the mean over fragments of the mean
        overlap of frames 1 to n after the start; place 0 that of the start frames.
    """
    length = max(len(run.overlaps) for run in runs)
    padded, counts = np.zeros((len(runs), length)), np.zeros((len(runs), length), dtype=bool)
    for row, run in enumerate(runs):
        padded[row, : len(run.overlaps)] = run.overlaps
        counts[row, : length if run.failed else len(run.overlaps)] = True
    means = padded.copy()
    means[:, 1:] = np.cumsum(padded[:, 1:], axis=1) / np.arange(1, length)
    return (means * counts).sum(axis=0) / counts.sum(axis=0)


def eao(curve: np.ndarray, low: int, high: int) -> float:
    """Mean of the curve from place `low` to place `high`, both included.

    Args:
        curve: float [L], as `eao_curve` gives it.
        low: At least 0.
        high: Places behind the end of the curve do not count.

    Returns:
        0 to 1; NaN where the curve ends before `low`.
    """
    part = curve[low : high + 1]
    return float(part.mean()) if part.size else float("nan")
