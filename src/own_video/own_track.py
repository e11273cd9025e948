"""The loop over the frames of one's own video, and how it ends."""

import contextlib
import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from src.base.errors import Terminated
from src.base.progress import progress
from src.own_video.results import CLOSED, ENDED, ENDED_EARLY, INTERRUPTED, FrameRows
from src.own_video.start_box import Start
from src.pictures.films import AnnotatedVideo, annotate
from src.pictures.windows import LiveWindow
from src.tracking.tracker import Tracker, TrackResult
from src.video.sources import Frames, FrameSource, read_ahead


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
            self._init(start)
            bar.update(start.index + 1)
            begin = self.clock()
            for index, seconds, frame in frames:
                if frame is None:
                    self.rows.add(index, seconds)
                else:
                    self._update(index, seconds, frame, self.clock() - begin)
                bar.update()
                if source.live and self.viewers.closed:
                    return True
                begin = self.clock()
        return False

    def _init(self, start: Start) -> None:
        box, begin = start.box_ltwh, self.clock()
        self.tracker.init(start.frame, box.copy())
        times = (self.clock() - begin, start.read_seconds)
        self.rows.add(start.index, start.seconds, box, math.nan, 1.0, 0, *times)
        result = TrackResult(box, math.nan, np.empty((0, 0)), box, 1.0)
        self.viewers.show(start.seconds, start.frame, result, f"frame {start.index}  start")

    def _update(self, index: int, seconds: float, frame: np.ndarray, read_seconds: float) -> None:
        begin = self.clock()
        result = self.tracker.update(frame)
        times = (self.clock() - begin, read_seconds)
        found = (result.box_ltwh, result.score, result.confidence, result.lost)
        self.rows.add(index, seconds, *found, *times)
        self.viewers.show(seconds, frame, result, _caption(index, result))


def _coming(source: FrameSource) -> contextlib.AbstractContextManager[Frames]:
    """The frames of a source, each read while the one before it is tracked."""
    # a camera's frame read ahead would be as old as an update lasts; its newest one is wanted
    return contextlib.nullcontext(source.frames) if source.live else read_ahead(source.frames)


def _caption(index: int, result: TrackResult) -> str:
    """Frame number, confidence (or the score of a tracker without one), and whether it is lost."""
    known = not math.isnan(result.confidence)
    sure = f"confidence {result.confidence:.2f}" if known else f"score {result.score:.3g}"
    return f"frame {index}  {sure}" + ("  lost" if result.lost else "")
