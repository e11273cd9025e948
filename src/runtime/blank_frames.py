"""Frames that show nothing: what a decoder, a camera or a fade gives in place of a picture."""

from dataclasses import replace

import numpy as np

from src.runtime.results import TrackResult

# grey levels between darkest and brightest pixel that compression makes of one colour
_NOISE = 8
_SAMPLES = 16  # along an axis; NumPy takes long for minima of many short rows


def shows_nothing(frame: np.ndarray) -> bool:
    """Whether a frame is of one colour.

    Args:
        frame: uint8 [H, W, 3].
    """
    steps = [max(1, size // _SAMPLES) for size in frame.shape[:2]]
    # most frames are known by a few pixels
    return _is_flat(frame[:: steps[0], :: steps[1]]) and _is_flat(frame)


def _is_flat(pixels: np.ndarray) -> bool:
    lowest, highest = pixels.min(axis=(0, 1)).astype(int), pixels.max(axis=(0, 1))
    return bool((highest - lowest).max() <= _NOISE)


def begun(box_ltwh: np.ndarray) -> TrackResult:
    """What is known of a target before the first update: float [4], frame pixels."""
    box = np.asarray(box_ltwh, dtype=np.float64)
    return TrackResult(box, 0.0, np.zeros((1, 1), np.float32), box, 1.0)


def unseen(last: TrackResult) -> TrackResult:
    """The target where it was last seen, in a frame that shows nothing."""
    return replace(last, confidence=0.0, lost=True)
