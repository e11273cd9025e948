"""Trackers for the tests of what other programs call: a cheap one, and the released one."""

import contextlib
import functools
import math
import tempfile

import numpy as np

from src.api import Tracker
from src.tracking.tracker import TrackResult


class DriftingTracker:
    """Moves its box by the same odd step every frame, and remembers what it was given."""

    def __init__(self, step=(2.37, 1.61, 0.43, -0.29), confidence=math.nan, lost=False):
        self.step, self.confidence, self.lost = np.array(step), confidence, lost
        self.frames, self.started_on = [], []

    def init(self, frame, box_ltwh):
        self.frames.append(frame)
        self.started_on.append(box_ltwh.tolist())
        self.box_ltwh = box_ltwh

    def update(self, frame):
        self.frames.append(frame)
        self.box_ltwh = self.box_ltwh + self.step
        blank = np.zeros((3, 3), np.float32)
        return TrackResult(
            self.box_ltwh, np.float32(1.5), blank, self.box_ltwh, self.confidence, self.lost
        )


@functools.cache
def released_tracker():
    """`Tracker.load()`, called in a folder that has nothing to do with this repository."""
    with tempfile.TemporaryDirectory() as elsewhere, contextlib.chdir(elsewhere):
        return Tracker.load()
