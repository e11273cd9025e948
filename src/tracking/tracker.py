"""What every tracker offers, and the switch to another one for grey videos."""

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np


@dataclass(frozen=True)
class TrackResult:
    """What one `update` found.

    Attributes:
        box_ltwh: float64 [4], frame pixels, 0-based.
        score: Peak of the winning response, a logit; higher means surer.
        response: Array-like float32 [r, r], the windowed response over the search area; turned
            into an array only by who wants it.
        search_box_ltwh: float64 [4], the winning search area, frame pixels.
        confidence: Chance that the box lies on the target, 0...1; NaN where a tracker has none.
        lost: Whether the tracker takes the target for gone; the box is then its last guess.
        evidence: Array-like float32 [k], what the confidence is computed from.
    """

    box_ltwh: np.ndarray
    score: float
    response: np.ndarray
    search_box_ltwh: np.ndarray
    confidence: float = math.nan
    lost: bool = False
    evidence: np.ndarray | None = None


class MultipleTracker(Protocol):
    """A tracker of several targets of one video."""

    def init(self, frame: np.ndarray, boxes_ltwh: np.ndarray) -> None:
        """Starts tracks: `frame` uint8 [H, W, 3] RGB, `boxes_ltwh` float [N, 4], frame pixels."""

    def update(self, frame: np.ndarray) -> list[TrackResult]:
        """Finds the N targets in the next frame."""


class Tracker(Protocol):
    """A tracker of one target; holds all state of the track."""

    def init(self, frame: np.ndarray, box_ltwh: np.ndarray) -> None:
        """Starts a track: `frame` uint8 [H, W, 3] RGB, `box_ltwh` float [4] in frame pixels."""

    def update(self, frame: np.ndarray) -> TrackResult:
        """Finds the target in the next frame, uint8 [H, W, 3] RGB of any size."""


class GreySwitch:
    """Two trackers, of which the first frame picks one; see `src.tracking.tracker.Tracker`.

    Attributes:
        colour: Follows targets in videos with colours.
        grey: Follows targets in videos without.
    """

    def __init__(self, colour: Tracker, grey: Tracker):
        """Joins them."""
        self.colour, self.grey = colour, grey
        self._tracker = colour

    def init(self, frame: np.ndarray, box_ltwh: np.ndarray) -> None:
        """Starts a track with the tracker that suits its first frame; see `Tracker.init`."""
        self._tracker = self.grey if is_grey(frame) else self.colour
        self._tracker.init(frame, box_ltwh)

    def update(self, frame: np.ndarray) -> TrackResult:
        """Follows the target into the next frame; see `Tracker.update`."""
        return self._tracker.update(frame)


def is_grey(frame: np.ndarray) -> bool:
    """Whether a frame, uint8 [H, W, 3], has the same value in all channels everywhere."""
    return bool((frame == frame[..., :1]).all())
