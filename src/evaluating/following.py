"""The one loop over frames: a tracker follows a target, and its steps are timed.

The tracker is handed in (`src.tracking.tracker.Tracker`), so that any object with `init` and
`update` can be evaluated. `src.evaluating.evaluation` writes what it does to files, and scores
these.
"""

import contextlib
import math
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np

from src.base.progress import progress
from src.datasets.segments import Segment
from src.datasets.video_sequence import VideoSequence
from src.evaluating.metrics import Scores, score
from src.evaluating.results import Track
from src.geometry.region_to_bbox import is_absent, rect_iou
from src.tracking.tracker import Tracker, TrackResult
from src.video.images import read_image
from src.video.sources import read_ahead


class NextFrame(NamedTuple):
    """A frame that is to be tracked.

    Attributes:
        index: Of the frame in the video, from 0.
        frame: uint8 [H, W, 3] RGB; None: the tracker does not see it.
        start_box_ltwh: float [4], frame pixels: the tracker starts here; None: it goes on.
        moment: Seconds from the video's begin; NaN where nobody asks for them.
    """

    index: int
    frame: np.ndarray | None
    start_box_ltwh: np.ndarray | None = None
    moment: float = math.nan


class TrackStep(NamedTuple):
    """What a tracker did with a frame.

    Attributes:
        index: Of the frame in the video, from 0.
        frame: uint8 [H, W, 3] RGB; None: the tracker did not see it.
        result: What `update` found; None where the tracker started or did not see the frame.
        seconds: Time of `init` or `update`; NaN without a frame.
        read_seconds: Time that the tracker waited for the frame.
        start_box_ltwh: As in `NextFrame`.
        moment: As in `NextFrame`.
    """

    index: int
    frame: np.ndarray | None
    result: TrackResult | None
    seconds: float
    read_seconds: float
    start_box_ltwh: np.ndarray | None = None
    moment: float = math.nan

    @property
    def box_ltwh(self) -> np.ndarray:
        """The box found, or else the start box: float [4], frame pixels."""
        return self.start_box_ltwh if self.result is None else self.result.box_ltwh

    @property
    def confidence(self) -> float:
        """That of the result; 1 where the tracker started."""
        return 1.0 if self.result is None else self.result.confidence


class Recorder(Protocol):
    """Makes pictures of a track while it runs."""

    def observe(self, frame_index: int, frame: np.ndarray, result: TrackResult | None) -> None:
        """Takes notice of one update, or None for `init`; called outside the timed part."""

    def finish(self) -> list[Path]:
        """Writes the pictures and names their files."""


def follow(
    tracker: Tracker, frames: Iterable[NextFrame], clock: Callable[[], float] = time.perf_counter
) -> Iterator[TrackStep]:
    """Runs a tracker over frames; `init` and `update` are timed, waiting for frames apart.

    Args:
        tracker: Any tracker.
        frames: Asked for the next frame when the step before it has been dealt with; tell where
            the tracker starts, on the first frame and wherever it is to start anew.
        clock: Seconds, rising.

    Yields:
        A step for each frame.
    """
    coming = iter(frames)
    while True:
        item, read_seconds = timed(clock, next, coming, None)
        if item is None:
            return
        result, seconds = None, math.nan
        if item.frame is not None and item.start_box_ltwh is None:
            result, seconds = timed(clock, tracker.update, item.frame)
        elif item.frame is not None:
            _, seconds = timed(clock, tracker.init, item.frame, item.start_box_ltwh.copy())
        yield TrackStep(
            item.index, item.frame, result, seconds, read_seconds, item.start_box_ltwh, item.moment
        )


@contextlib.contextmanager
def follow_segment(
    tracker: Tracker,
    segment: Segment,
    clock: Callable[[], float] = time.perf_counter,
    read: Callable[[Path], np.ndarray] = read_image,
) -> Iterator[Iterable[TrackStep]]:
    """Runs a tracker from a segment's start on; each frame is read while the one before is tracked.

    Args:
        tracker: Any tracker.
        segment: Where to start, and with which box.
        clock: Seconds, rising.
        read: From a frame's path to uint8 [H, W, 3] RGB.

    Yields:
        A step for each frame up to the video's end. Inside the block, it raises a UserError for a
        frame that cannot be read.
    """
    frames = segment.sequence.frames[segment.start :]
    with read_ahead(map(read, frames)) as coming:
        steps = follow(tracker, _from_start(segment, coming), clock)
        yield progress(steps, total=len(frames), desc=segment.name, unit="frame")


def _from_start(segment: Segment, frames: Iterator[np.ndarray]) -> Iterator[NextFrame]:
    for index, frame in enumerate(frames, segment.start):
        yield NextFrame(index, frame, segment.start_box_ltwh if index == segment.start else None)


def add_step(track: Track, step: TrackStep) -> None:
    """Fills in a track's row of a frame that the tracker saw."""
    track.boxes_ltwh[step.index], track.confidence[step.index] = step.box_ltwh, step.confidence
    track.seconds[step.index], track.read_seconds[step.index] = step.seconds, step.read_seconds


def track_video(
    tracker: Tracker,
    segment: Segment,
    *,
    stop_on_failure: bool = False,
    clock: Callable[[], float] = time.perf_counter,
    read: Callable[[Path], np.ndarray] = read_image,
    observer: Callable[[int, np.ndarray, TrackResult | None], None] | None = None,
) -> Track:
    """Runs a tracker over one segment; see `follow_segment`.

    Args:
        tracker: Any tracker.
        segment: Where to start, and with which box.
        stop_on_failure: Stop after the first frame whose box does not overlap the ground truth;
            the frames behind it get no box and count as failures.
        clock: Seconds, rising.
        read: From a frame's path to uint8 [H, W, 3] RGB.
        observer: Called untimed with frame index, frame and result of every update, and with
            None for the result of `init`.

    Returns:
        The track, with one row for each frame of the whole video.

    Raises:
        UserError: A frame cannot be read.
    """
    track = Track.empty(len(segment.sequence.frames))
    with follow_segment(tracker, segment, clock, read) as steps:
        for step in steps:
            add_step(track, step)
            if observer:
                observer(step.index, step.frame, step.result)
            if stop_on_failure and _has_failed(segment.sequence, step):
                break
    return track


def track_and_score(
    tracker: Tracker, segment: Segment, dist_threshold: float, stop_on_failure: bool = False
) -> Scores:
    """Tracks one segment and scores it from its start on, without writing any file.

    Args:
        tracker: Any tracker.
        segment: Of a video with ground truth.
        dist_threshold: Distance of `Scores.precision`, pixels.
        stop_on_failure: See `track_video`.

    Returns:
        The scores.

    Raises:
        UserError: A frame cannot be read.
    """
    track = track_video(tracker, segment, stop_on_failure=stop_on_failure)
    rest = slice(segment.start, None)
    return score(track.boxes_ltwh[rest], segment.sequence.boxes_ltwh[rest], dist_threshold)


def timed(clock: Callable[[], float], function: Callable, *args: object) -> tuple[Any, float]:
    """Calls a function.

    Args:
        clock: Seconds, rising.
        function: What to call.
        *args: Its arguments.

    Returns:
        What it returned, and the seconds it took.
    """
    begin = clock()
    value = function(*args)
    return value, clock() - begin


def _has_failed(sequence: VideoSequence, step: TrackStep) -> bool:
    truth = None if sequence.boxes_ltwh is None else sequence.boxes_ltwh[step.index]
    if truth is None or is_absent(truth):
        return False
    return not rect_iou(step.box_ltwh, truth) > 0
