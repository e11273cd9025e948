"""Tracks grey videos with a network of their own, and any video as if it were grey."""

import numpy as np
from PIL import Image

from src.tracker import Tracker, TrackResult


class GreySwitch:
    """Two trackers, of which the first frame of a track picks one; see `src.tracker.Tracker`.

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


class GreyFrames:
    """A tracker that is shown every frame without its colours; see `src.tracker.Tracker`.

    Attributes:
        tracker: What follows the target.
    """

    def __init__(self, tracker: Tracker):
        """Takes the tracker."""
        self.tracker = tracker

    def init(self, frame: np.ndarray, box_ltwh: np.ndarray) -> None:
        """Starts a track; see `Tracker.init`."""
        self.tracker.init(as_grey(frame), box_ltwh)

    def update(self, frame: np.ndarray) -> TrackResult:
        """Follows the target into the next frame; see `Tracker.update`."""
        return self.tracker.update(as_grey(frame))


def as_grey(frame: np.ndarray) -> np.ndarray:
    """The luminance of a frame, uint8 [H, W, 3], in all three channels (ITU-R 601)."""
    luminance = np.asarray(Image.fromarray(frame).convert("L"))
    return np.repeat(luminance[..., None], 3, axis=2)


def is_grey(frame: np.ndarray) -> bool:
    """Whether a frame, uint8 [H, W, 3], has the same value in all channels everywhere."""
    return bool((frame == frame[..., :1]).all())
