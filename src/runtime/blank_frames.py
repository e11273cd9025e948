"""Frames that show nothing: what a decoder, a camera or a fade gives in place of a picture."""

from dataclasses import replace

import numpy as np

from src.runtime.results import TrackResult

# grey levels between darkest and brightest pixel that compression makes of one colour
_NOISE = 8
# a fade has gone so far when this share of the contrast is left: trackers follow to an eighth
_FADED = 1 / 12
_GRID = 48
# likeness of pixels a 48th of a frame apart: 0.36 and more in 10,287 frames of 150 videos, and
# at most 0.13 in snow, also compressed or of grains of four pixels in 240
_SNOW, _PICTURE = 0.15, 0.35


class Scenery:
    """What the first frame of a track tells of how its pictures look."""

    def __init__(self, first: np.ndarray):
        """Looks at the frame in which targets are shown: uint8 [H, W, 3]."""
        sampled = _sampled(first)
        self._faded = max(_NOISE, _FADED * np.ptp(sampled))
        # a target may be shown amid noise, which tells nothing then
        self._knows_snow = _likeness(sampled) >= _PICTURE

    def is_seen_in(self, frame: np.ndarray) -> bool:
        """Whether a frame may show a target; one of one colour, faded or of snow shows none.

        Args:
            frame: uint8 [H, W, 3].
        """
        if _is_flat(frame, self._faded):
            return False
        return not self._knows_snow or _likeness(_sampled(frame)) >= _SNOW


def shows_nothing(frame: np.ndarray) -> bool:
    """Whether a frame is of one colour.

    Args:
        frame: uint8 [H, W, 3].
    """
    return _is_flat(frame, _NOISE)


def _is_flat(frame: np.ndarray, contrast: float) -> bool:
    """Whether nothing in a frame has more contrast; most are known by a few pixels."""
    return np.ptp(_sampled(frame)) <= contrast and _contrast(frame) <= contrast


def _sampled(frame: np.ndarray) -> np.ndarray:
    """Green of some pixels all over a frame, those of a row behind each other."""
    rows, columns = (max(1, size // _GRID) for size in frame.shape[:2])
    return np.ascontiguousarray(frame[::rows, ::columns, 1])


def _contrast(frame: np.ndarray) -> int:
    """Grey levels between the darkest and the brightest value of any colour."""
    return max(int(np.ptp(frame[..., colour])) for colour in range(3))


def _likeness(sampled: np.ndarray) -> float:
    """Correlation of neighbours; 1 where all are alike."""
    pixels = sampled - sampled.mean(dtype=np.float32)
    spread = _mean_square(pixels)
    if min(pixels.shape) < 2 or spread < 1:
        return 1.0
    down, across = pixels[1:] - pixels[:-1], pixels[:, 1:] - pixels[:, :-1]
    return 1 - (_mean_square(down) + _mean_square(across)) / (4 * spread)


def _mean_square(values: np.ndarray) -> float:
    return float(np.vdot(values, values)) / values.size


def begun(box_ltwh: np.ndarray) -> TrackResult:
    """What is known of a target before the first update: float [4], frame pixels."""
    box = np.asarray(box_ltwh, dtype=np.float64)
    return TrackResult(box, 0.0, np.zeros((1, 1), np.float32), box, 1.0)


def unseen(last: TrackResult) -> TrackResult:
    """The target where it was last seen, in a frame that shows nothing."""
    return replace(last, confidence=0.0, lost=True)
