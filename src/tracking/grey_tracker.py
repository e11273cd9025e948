"""Tracks grey videos with a network of their own."""

import numpy as np

from src.tracking.tracker import Tracker, TrackResult


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
