"""Start frames of OTB's temporal robustness evaluation (TRE)."""

import numpy as np

from src.geometry.region_to_bbox import is_absent
from src.parameters.models import Evaluation
from src.video.sequences import VideoSequence

# splitSeqTRE.m of tracker_benchmark, and its callers
SEGMENTS = 20
MIN_FRAMES = 20


def tre_starts(sequence: VideoSequence, evaluation: Evaluation) -> tuple[int, ...]:
    """Twenty start frames, spread over the frames that may start a track.

    Those are the frames with at least 20 frames to the end, themselves included, in which the
    target is visible and its box does not begin left of or above the frame. Of n of them, the
    1 + floor(k n / 19)-th start a track for k = 0 ... 18, and the last does. The frames that OTB
    leaves out besides by its lists in `initOmit/` are not known here.

    Args:
        sequence: The video.
        evaluation: Not looked at.

    Returns:
        Indices, rising, no one twice: fewer than 20 where fewer than 19 frames may start a track;
        (0,) where none may.
    """
    del evaluation
    usable = _usable_frames(sequence)
    if usable.size == 0:
        return (0,)
    places = [
        1 + k * usable.size // (SEGMENTS - 1)
        for k in range(SEGMENTS - 1)
        if k * usable.size <= (usable.size - 1) * (SEGMENTS - 1)
    ]
    return tuple(sorted({int(usable[place - 1]) for place in [*places, usable.size]}))


def _usable_frames(sequence: VideoSequence) -> np.ndarray:
    """Indices of the frames that may start a track."""
    boxes, n_frames = sequence.boxes_ltwh, len(sequence.frames)
    if boxes is None:
        return np.empty(0, dtype=int)
    # OTB asks for positions above 0, counted from 1
    fits = ~is_absent(boxes) & (boxes[:, :2] > -1).all(axis=1)
    return np.flatnonzero(fits[: max(n_frames - MIN_FRAMES + 1, 0)])
