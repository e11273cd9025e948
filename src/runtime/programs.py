"""Trackers as other programs see them: checked frames and boxes go in, results come out."""

import threading
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from src.runtime.blank_frames import shows_nothing
from src.runtime.inputs import InputError, checked_box_ltwh, checked_frame
from src.runtime.results import Result, TrackResult


class _Wrapped:
    """What both share: they wrap a tracker.

    Attributes:
        weights: One line that names the weights, with a fingerprint; empty if none were loaded.
    """

    def __init__(self, tracker: Any, weights: str = ""):
        """Takes a tracker that is ready; `load` makes one from files.

        Args:
            tracker: Any object with `init` and `update` as in `src.tracking.tracker.Tracker`; for
                several targets as in `src.tracking.tracker.MultipleTracker`.
            weights: One line that names its weights.
        """
        self.weights = weights
        self._tracker = tracker
        self._thread: int | None = None

    def __reduce_ex__(self, protocol: object) -> Any:
        """Copies and pickles are refused: graphs and their threads cannot be copied."""
        raise InputError(
            "a tracker cannot be copied or pickled; load another one (for another process there), "
            "and init it with a frame and a box"
        )

    def _start(self, frame: np.ndarray, box_ltwh: np.ndarray) -> None:
        """Starts a track that belongs to this thread."""
        self._tracker.init(frame, box_ltwh)
        self._thread = threading.get_ident()

    def _go_on(self, frame: object, start: str) -> Any:
        """What the tracker finds; `start` is the call that is missing if it was not started."""
        if self._thread is None:
            raise InputError(f"update was called before init: start {start}")
        if self._thread != threading.get_ident():
            raise InputError(
                "update is called by another thread than init was: one tracker follows one track; "
                "load a tracker for each thread"
            )
        return self._tracker.update(checked_frame(frame))


class OneTarget(_Wrapped):
    """Follows one target through the frames of a video."""

    def init(self, frame: np.ndarray, box: ArrayLike) -> None:
        """Starts a track; any earlier one is forgotten.

        Args:
            frame: uint8 [H, W, 3], RGB, or [H, W], grey. OpenCV's frames are BGR:
                `frame[..., ::-1]` turns them into RGB.
            box: (x, y, width, height) of the target, pixels of the frame, counted from 0.

        Raises:
            UserError: It is also a `ValueError`: the frame is not such an array, or of one colour
                all over; the box is not four finite numbers, has an impossible size (0, say), or
                lies outside the frame.
        """
        frame = _first_frame(frame)
        self._start(frame, checked_box_ltwh(box, frame))

    def update(self, frame: np.ndarray) -> Result:
        """Finds the target in the next frame.

        Args:
            frame: As in `init`; its size may differ.

        Returns:
            Box, score, confidence, and whether the target is lost.

        Raises:
            UserError: It is also a `ValueError`: no `init` went before, another thread called it,
                or the frame is not such an array.
        """
        return _result(self._go_on(frame, "the track with init(frame, box)"))


class SeveralTargets(_Wrapped):
    """Follows several targets through one video."""

    def init(self, frame: np.ndarray, boxes: ArrayLike) -> None:
        """Starts tracks; any earlier ones are forgotten.

        Args:
            frame: As in `OneTarget.init`.
            boxes: At least one target, (x, y, width, height) each.

        Raises:
            UserError: It is also a `ValueError`: as in `OneTarget.init`, or there is no box.
        """
        frame = _first_frame(frame)
        each = list(boxes) if isinstance(boxes, Iterable) else [boxes]
        if any(box is None or np.isscalar(box) for box in each):
            raise InputError(
                f"boxes is {boxes!r}: a list of boxes (x, y, width, height), one for each target, "
                "is right"
            )
        checked = [checked_box_ltwh(box, frame) for box in each]
        if not checked:
            raise InputError("there is no box: MultiTracker.init needs at least one target")
        self._start(frame, np.array(checked))

    def update(self, frame: np.ndarray) -> list[Result]:
        """Finds the targets in the next frame: one result each, in the order of `init`.

        Raises:
            UserError: As in `OneTarget.update`.
        """
        return [_result(found) for found in self._go_on(frame, "with init(frame, boxes)")]


def _first_frame(frame: object) -> np.ndarray:
    """A frame in which a target may be shown."""
    checked = checked_frame(frame)
    if shows_nothing(checked):
        raise InputError(
            "the frame has one colour all over, so it shows no target: start with a frame that does"
        )
    return checked


def _result(found: TrackResult) -> Result:
    box = np.array(found.box_ltwh, dtype=np.float64)
    return Result(box, float(found.score), float(found.confidence), bool(found.lost))
