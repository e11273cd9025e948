"""What every tracker offers, and the switch to another one for grey videos."""

from typing import Protocol

import numpy as np

from src.runtime.results import TrackResult


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
