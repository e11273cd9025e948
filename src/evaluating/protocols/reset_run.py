"""Runs a tracker as VOT's supervised experiment does: a failed track is started anew."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from src.base.progress import progress
from src.evaluating.following import timed
from src.evaluating.protocols.vot_scores import SKIPPED_FRAMES, frame_overlaps
from src.evaluating.results import BOX_DECIMALS, Track
from src.geometry.region_to_bbox import visible_share
from src.tracking.tracker import Tracker, TrackResult
from src.video.images import read_image
from src.video.segments import Segment


def track_with_resets(
    tracker: Tracker,
    segment: Segment,
    *,
    clock: Callable[[], float] = time.perf_counter,
    read: Callable[[Path], np.ndarray] = read_image,
    observer: Callable[[int, np.ndarray, TrackResult | None], None] | None = None,
) -> Track:
    """Runs a tracker over one segment; a box without overlap is a failure and stops it.

    The tracker starts anew from the ground truth 5 frames after a failure, or on the first
    visible frame behind that. Frames without target are tracked, but are no failures.

    Args:
        tracker: Any tracker.
        segment: Where to start; its video has ground truth.
        clock: Seconds, rising.
        read: From a frame's path to uint8 [H, W, 3] RGB.
        observer: Called untimed with frame index, frame and result of every update, and with
            None for the result of every `init`.

    Returns:
        The track, with one row for each frame of the whole video: the box of a failure is kept,
        frames between it and the next start are NaN.

    Raises:
        UserError: A frame cannot be read.
    """
    frames, truth = segment.sequence.frames, segment.sequence.boxes_ltwh
    track, running, restart = Track.empty(len(frames)), False, segment.start
    indices = range(segment.start, len(frames))
    for index in progress(indices, total=len(indices), desc=segment.name, unit="frame"):
        if not running and index < restart:
            continue
        frame, read_seconds = timed(clock, read, frames[index])
        if not (running or visible_share(truth[index], _size(frame)) > 0):
            continue
        track.read_seconds[index] = read_seconds
        if running:
            result, track.seconds[index] = timed(clock, tracker.update, frame)
            box, track.confidence[index] = _finite(result.box_ltwh), result.confidence
        else:
            box, track.confidence[index] = truth[index], 1.0
            result, track.seconds[index] = timed(clock, tracker.init, frame, box.copy())
        track.boxes_ltwh[index] = box
        running = not (running and _has_failed(box, truth[index], frame))
        restart = index if running else index + SKIPPED_FRAMES
        if observer:
            observer(index, frame, result)
    return track


def _has_failed(box_ltwh: np.ndarray, truth_ltwh: np.ndarray, frame: np.ndarray) -> bool:
    """Whether the box, as the file will hold it, has no overlap with a visible target."""
    return bool(frame_overlaps(np.round(box_ltwh, BOX_DECIMALS), truth_ltwh, _size(frame)) <= 0)


def _finite(box_ltwh: np.ndarray) -> np.ndarray:
    """The box, or an empty one: rows of NaN are those of frames that were not tracked."""
    return box_ltwh if np.isfinite(box_ltwh).all() else np.zeros(4)


def _size(frame: np.ndarray) -> tuple[int, int]:
    return frame.shape[1], frame.shape[0]
