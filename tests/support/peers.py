"""Trackers for a process of their own: they answer, fail, hang or die."""

import os
import signal
import time

import numpy as np

from src.base.errors import UserError
from src.tracking.tracker import TrackResult


class Peer:
    """Finds the frame's mean at `box[0]`, what `init` was given at `box[1]`; fails on demand."""

    description = "a peer"

    def __init__(self, trouble=None, at=1):
        """`trouble`: "told", "hangs", "dies" or "breaks"; `at` which frame, 0 for `init`."""
        if trouble == "not made":
            raise UserError("cannot be made")
        self.trouble, self.at, self.number, self.start = trouble, at, 0, 0.0

    def init(self, frame, box_ltwh):
        self.start, self.number = box_ltwh[0], 0
        self._perhaps_fail()

    def update(self, frame):
        self.number += 1
        self._perhaps_fail()
        box = np.array([frame.mean(), self.start, *frame.shape[1::-1]])
        return TrackResult(box, 0.5, np.zeros((1, 1)), box, lost=self.number == 3)

    def _perhaps_fail(self):
        if self.number != self.at or self.trouble is None:
            return
        if self.trouble == "told":
            raise UserError("its network is of another version")
        if self.trouble == "breaks":
            raise RuntimeError("a mistake of the program")
        if self.trouble == "dies":
            os.kill(os.getpid(), signal.SIGSEGV)
        # as code in a library, which lets no handler of Python run
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
        time.sleep(3600)
