"""Runs a tracker over one segment of a video.

The tracker is handed in (`src.tracking.tracker.Tracker`), so that any object with `init` and
`update` can be evaluated. `evaluation_loop` writes what it does to files, and scores these.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from src.base.progress import progress
from src.evaluating.metrics import Scores, score
from src.evaluating.results import Track
from src.geometry.region_to_bbox import is_absent, rect_iou
from src.tracking.tracker import Tracker, TrackResult
from src.video.images import read_image
from src.video.segments import Segment
from src.video.sequences import VideoSequence
from src.video.sources import read_ahead


class Recorder(Protocol):
    """Makes pictures of a track while it runs."""

    def observe(self, frame_index: int, frame: np.ndarray, result: TrackResult | None) -> None:
        """Takes notice of one update, or None for `init`; called outside the timed part."""

    def finish(self) -> list[Path]:
        """Writes the pictures and names their files."""


def track_video(
    tracker: Tracker,
    segment: Segment,
    *,
    stop_on_failure: bool = False,
    clock: Callable[[], float] = time.perf_counter,
    read: Callable[[Path], np.ndarray] = read_image,
    observer: Callable[[int, np.ndarray, TrackResult | None], None] | None = None,
) -> Track:
    """Runs a tracker over one segment; `init` and `update` are timed, waiting for frames apart.

    Each frame is read while the one before is tracked.

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
    frames, start = segment.sequence.frames, segment.start
    track = Track.empty(len(frames))
    indices = range(start, len(frames))
    with read_ahead(map(read, frames[start:])) as coming:
        for index in progress(indices, total=len(indices), desc=segment.name, unit="frame"):
            frame, track.read_seconds[index] = timed(clock, next, coming)
            if index == start:
                box, track.confidence[index] = segment.start_box_ltwh, 1.0
                result, track.seconds[index] = timed(clock, tracker.init, frame, box.copy())
            else:
                result, track.seconds[index] = timed(clock, tracker.update, frame)
                box, track.confidence[index] = result.box_ltwh, result.confidence
            track.boxes_ltwh[index] = box
            if observer:
                observer(index, frame, result)
            if stop_on_failure and _has_failed(segment.sequence, index, box):
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


def _has_failed(sequence: VideoSequence, index: int, box_ltwh: np.ndarray) -> bool:
    if sequence.boxes_ltwh is None or is_absent(sequence.boxes_ltwh[index]):
        return False
    return not rect_iou(box_ltwh, sequence.boxes_ltwh[index]) > 0
