"""Trackers that know no network, and what they are shown."""

from pathlib import Path

import numpy as np

from src.datasets.segments import Segment
from src.datasets.video_sequence import VideoSequence
from src.tracking.tracker import TrackResult

FRAME = np.zeros((90, 120, 3), np.uint8)


def found(box):
    return TrackResult(np.array(box, np.float64), 1.0, np.zeros((3, 3), np.float32), np.array(box))


class IdentityTracker:
    """Never moves from the start box."""

    def __init__(self):
        self.inits, self.updates = 0, 0

    def init(self, frame, box_ltwh):
        self.inits += 1
        self.box = box_ltwh

    def update(self, frame):
        self.updates += 1
        return found(self.box)


class OracleTracker(IdentityTracker):
    """Knows the ground truth, float [N, 4]; finds its row by the start box."""

    def __init__(self, truth):
        super().__init__()
        self.truth = truth

    def init(self, frame, box_ltwh):
        super().init(frame, box_ltwh)
        self.row = int(np.flatnonzero((self.truth == box_ltwh).all(axis=1))[0])

    def update(self, frame):
        self.row += 1
        self.box = self.truth[self.row]
        return super().update(frame)


class Clock:
    """Each call moves the time on by the next of the steps."""

    def __init__(self, steps):
        self.now, self.steps = 0.0, iter(steps)

    def __call__(self):
        self.now += next(self.steps)
        return self.now


def make_segment(truth, start=0, n_frames=None):
    frames = tuple(Path(f"{k}.jpg") for k in range(len(truth) if truth is not None else n_frames))
    box = np.array([5.0, 5, 20, 20]) if truth is None else truth[start]
    return Segment(VideoSequence("ball", frames, truth), start, box, "ball")


def blank(path):
    return FRAME
