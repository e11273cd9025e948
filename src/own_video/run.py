"""Tracks one's own video: a file, a camera, or frames without ground truth."""

import contextlib
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from src.base.errors import Terminated, UserError, deferred_signals
from src.base.imports import load_opencv
from src.base.progress import progress
from src.evaluating.following import NextFrame, TrackStep, follow
from src.evaluating.results import ResultFolder, track_settings
from src.own_video.results import (
    CLOSED,
    ENDED,
    ENDED_EARLY,
    INTERRUPTED,
    FrameRows,
    annotated_path,
    known_result,
    write_own_track,
)
from src.own_video.source import OwnSource, Start, find_own_source, find_start
from src.parameters.models import Evaluation
from src.parameters.parse_arguments import Parameters
from src.pictures.films import AnnotatedVideo, annotate, annotated_video, find_codec
from src.pictures.windows import LiveWindow, open_live_window
from src.tracking.opening import open_tracker
from src.tracking.tracker import Tracker, TrackResult
from src.video.sources import Frames, FrameSource, read_ahead


def track_own_video(parameters: Parameters, tracker_name: str) -> bool:
    """Tracks what `evaluation.video` names, if that is a video without ground truth.

    Args:
        parameters: All of them.
        tracker_name: What the user is told of the tracker.

    Returns:
        Whether it is one; its files are written then, and their names told.

    Raises:
        UserError: The video, the start, the weights or the result folder are wrong.
        KeyboardInterrupt, Terminated: The run was interrupted; what was tracked is written.
    """
    _, evaluation, _, env, _ = parameters
    own = find_own_source(env, evaluation)
    if own is not None:
        _track(own, parameters, tracker_name)
    return own is not None


def _track(own: OwnSource, parameters: Parameters, tracker_name: str) -> None:
    """Finds the start, loads the tracker, and tracks unless that was done before."""
    hp, evaluation, run, env, design = parameters
    source, start_frame = own.source, evaluation.start_frame
    name = f"{source.name}_{start_frame}" if start_frame else source.name
    results = ResultFolder.create(env.root_results, evaluation.tracker, own.dataset)
    about = _about(source, evaluation)
    known = known_result(results, name, about)
    # a camera's first frame is taken when the tracker is ready: by then the target has moved
    wait = known or source.live
    start = None if wait else find_start(source, start_frame, evaluation.region)
    print(f"Tracker: {tracker_name}", flush=True)
    tracker, weights = open_tracker(parameters)
    print(f"Weights: {weights}")
    settings = track_settings(hp, evaluation, design, weights, own.folder)
    # the start is each video's own, and stands in its file
    results.claim({key: value for key, value in settings.items() if key != "evaluation"})
    if known:
        print(f"Results of this video are there already, nothing was tracked: {known}")
        return
    start = start or find_start(source, start_frame, evaluation.region)
    print(f"Video: {source.place}, {_size(start)[0]} x {_size(start)[1]}, {source.fps:g} fps")
    if source.remark:
        print(source.remark)
    about |= {"weights": weights, "region": start.box_ltwh.tolist()}
    _track_and_write(tracker, source, start, results, name, about, bool(run.visualization))


def _about(source: FrameSource, evaluation: Evaluation) -> dict[str, Any]:
    """What a track depends on beside the settings of its folder."""
    region = evaluation.region
    return {
        "source": source.place,
        "bytes": source.n_bytes,
        "start_frame": evaluation.start_frame,
        "region": None if region is None else list(region),
    }


def _track_and_write(
    tracker: Tracker,
    source: FrameSource,
    start: Start,
    results: ResultFolder,
    name: str,
    about: dict[str, Any],
    visualization: bool,
) -> None:
    rows = FrameRows()
    with contextlib.ExitStack() as stack:
        video = _open_annotated(stack, results, name, source.fps, _size(start))
        viewers = Viewers(video, open_live_window() if visualization else None)
        ended, stop = OwnTrack(tracker, rows, viewers).run(source, start)
        counts = rows.counts()
        about |= {"ended": ended, "fps": source.fps, "size": list(_size(start)), **counts}
        about |= {"annotated": annotated_path(results, name).name if video else None}
        # a second Ctrl-C must not take away what the first one left
        with deferred_signals() as request:
            stack.close()
            files = write_own_track(results, name, about, rows)
            print("\n".join(_report(source, rows, about)), flush=True)
    for kind, file in zip(("Boxes", "Table", "Report"), files, strict=True):
        print(f"{kind}: {file}")
    if video:
        print(f"Annotated video: {annotated_path(results, name)}", flush=True)
    if stop or request.reason:
        raise stop or request.reason


def _open_annotated(
    stack: contextlib.ExitStack,
    results: ResultFolder,
    name: str,
    fps: float,
    size: tuple[int, int],
) -> AnnotatedVideo | None:
    """The annotated video, or None after telling why there is none."""
    try:
        cv2 = load_opencv("No annotated video")
    except UserError as error:
        print(error)
        return None
    codec = find_codec(cv2, size)
    if codec is None:
        print(f"No annotated video: OpenCV writes no mp4 of {size[0]} x {size[1]} pixels here")
        return None
    path = annotated_path(results, name)
    return stack.enter_context(annotated_video(cv2, path, codec, fps, size))


def _report(source: FrameSource, rows: FrameRows, about: dict[str, Any]) -> Iterator[str]:
    """What came of the track, a line each."""
    last = int(rows.table()[-1, 0])
    if about["broken_frames"]:
        yield (
            f"{about['broken_frames']} of {about['frames']} frames could not be read; they were "
            "skipped and have no box"
        )
    if about["blank_frames"]:
        yield (
            f"{about['blank_frames']} of {about['frames']} frames show nothing (one colour, a fade "
            "or snow); the target is lost in them, and its box stays"
        )
    if about["ended"] == ENDED_EARLY:
        yield f"The video ends after {last + 1} frames; its header tells {source.n_frames}"
    if source.live and about["ended"] == ENDED:
        yield f"{source.place} gave no more pictures after frame {last}"
    if about["ended"] == INTERRUPTED:
        yield f"Interrupted after frame {last}; what was tracked is kept"
    if about["ended"] == CLOSED:
        yield f"The window was closed after frame {last}"
    if about["updates"]:
        speeds = f"Speed: {about['speed']:.2f} -- Speed with reading: "
        yield f"{about['frames']} frames -- {speeds}{about['speed_with_reading']:.2f} --"


def _size(start: Start) -> tuple[int, int]:
    """(width, height) of the first frame, pixels."""
    return start.frame.shape[1], start.frame.shape[0]


@dataclass(frozen=True)
class Viewers:
    """Who sees the frames of a track; both may be None.

    Attributes:
        video: Writes them with what was found.
        window: Shows them at once.
    """

    video: AnnotatedVideo | None = None
    window: LiveWindow | None = None

    @property
    def closed(self) -> bool:
        """Whether the user closed the window."""
        return self.window is not None and self.window.closed

    def show(self, seconds: float, frame: np.ndarray, result: TrackResult, caption: str) -> None:
        """Shows a frame, uint8 [H, W, 3] RGB, and what was found in it."""
        if self.video is not None:
            picture = annotate(frame, result.box_ltwh, caption, result.lost)
            self.video.write(seconds, picture)
        if self.window is not None:
            self.window.show(frame, result.box_ltwh, None, caption)


_NO_MAP = np.empty((0, 0))


@dataclass(frozen=True)
class OwnTrack:
    """The track of one video while it runs.

    Attributes:
        tracker: Any tracker.
        rows: Takes a row for each frame.
        viewers: See the frames, outside the timed part.
        clock: Seconds, rising.
    """

    tracker: Tracker
    rows: FrameRows
    viewers: Viewers
    clock: Callable[[], float] = time.perf_counter

    def run(self, source: FrameSource, start: Start) -> tuple[str, BaseException | None]:
        """Tracks until the source ends, or somebody ends the run; what was found stays.

        Args:
            source: Of which all frames up to that of `start` were taken.
            start: The first frame and its box.

        Returns:
            How it ended ("end"; "early": before the end that the source tells; "interrupted";
            "closed": by closing the window of a camera), and what is to be raised when all is
            written.

        Raises:
            KeyboardInterrupt, Terminated: Before the tracker started.
        """
        try:
            closed = self._follow(source, start)
        except (KeyboardInterrupt, Terminated) as stop:
            if not self.rows:
                raise
            return INTERRUPTED, stop
        if closed:
            return CLOSED, None
        index, seconds = self.rows.table()[-1, :2]
        return (ENDED_EARLY if source.ends_early(int(index), seconds) else ENDED), None

    def _follow(self, source: FrameSource, start: Start) -> bool:
        """Goes through the frames; whether the window of a camera was closed."""
        bar = progress(total=source.n_frames, desc=source.name, unit="frame")
        with bar, _coming(source) as frames:
            for step in follow(self.tracker, _from_start(start, frames), self.clock):
                self._take(step, start)
                bar.update(step.index + 1 - bar.n)
                if source.live and self.viewers.closed:
                    return True
        return False

    def _take(self, step: TrackStep, start: Start) -> None:
        """Keeps a step and shows it."""
        if step.frame is None:
            self.rows.add(step.index, step.moment)
            return
        result, read_seconds, box = step.result, step.read_seconds, step.box_ltwh
        if result is None:
            result, read_seconds = TrackResult(box, math.nan, _NO_MAP, box, 1.0), start.read_seconds
        found = (box, result.score, result.confidence, result.lost)
        self.rows.add(step.index, step.moment, *found, step.seconds, read_seconds)
        self.viewers.show(step.moment, step.frame, result, _caption(step))


def _from_start(start: Start, frames: Frames) -> Iterator[NextFrame]:
    """The start frame, which is read, and then those behind it."""
    yield NextFrame(start.index, start.frame, start.box_ltwh, start.seconds)
    for index, seconds, frame in frames:
        yield NextFrame(index, frame, moment=seconds)


def _coming(source: FrameSource) -> contextlib.AbstractContextManager[Frames]:
    """The frames of a source, each read while the one before it is tracked."""
    # a camera's frame read ahead would be as old as an update lasts; its newest one is wanted
    return contextlib.nullcontext(source.frames) if source.live else read_ahead(source.frames)


def _caption(step: TrackStep) -> str:
    """Frame number, confidence (or the score of a tracker without one), and whether it is lost."""
    result = step.result
    if result is None:
        return f"frame {step.index}  start"
    known = not math.isnan(result.confidence)
    sure = f"confidence {result.confidence:.2f}" if known else f"score {result.score:.3g}"
    return f"frame {step.index}  {sure}" + ("  lost" if result.lost else "")
