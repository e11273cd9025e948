"""Follows a target through a video without TensorFlow: NumPy, Pillow and LiteRT are enough.

VIDEO is a folder of images or a GIF; other video files need PyAV. A line for each frame is
printed: its index, the target's x, y, width and height in pixels counted from 0, the confidence,
and whether the target is lost (1). For programs there are Tracker and MultiTracker, as in src.api.

Example:
    python -m src light data/clips/test/test_001_blur_zoom_dark --region 69.57,41.94,42.13,50.52
"""

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Self

from src.base.errors import UserError
from src.parameters.command_line import run_door
from src.runtime.exports import read_export
from src.runtime.inputs import InputError, parsed_region
from src.runtime.light_tracker import LightTracker
from src.runtime.programs import OneTarget, SeveralTargets
from src.runtime.results import Result

if TYPE_CHECKING:
    from src.video.sources import FrameSource

__all__ = ["MultiTracker", "Result", "Tracker"]

REGION, HEADER = "--region", "frame,x,y,w,h,confidence,lost"


class _Loadable:
    """Loads what a class wraps from an export."""

    _several = False

    @classmethod
    def load(cls, export: str | os.PathLike | None = None, *, threads: int | None = None) -> Self:
        """Reads an export; do it once for many videos.

        Args:
            export: Folder that `python -m src export` wrote; None: the recommended tracker's,
                which comes with the project.
            threads: How many compute; None: as many as there are cores, at most 4.

        Returns:
            A tracker without a target, for one thread at a time.

        Raises:
            UserError: A file is missing or damaged, `threads` is no whole number from 1 on, or
                LiteRT is not installed.
        """
        if threads is not None and (type(threads) is not int or threads < 1):
            raise InputError(f"threads is {threads!r}: a whole number from 1 on is right")
        tracker = LightTracker(read_export(export), threads, cls._several)
        return cls(tracker, tracker.weights)


class Tracker(_Loadable, OneTarget):
    """Follows one target through the frames of a video."""


class MultiTracker(_Loadable, SeveralTargets):
    """Follows several targets through one video, one after the other in each frame."""

    _several = True


def options(parser: argparse.ArgumentParser) -> None:
    """Adds the video and its first box."""
    parser.add_argument("video", type=Path, metavar="VIDEO", help="a folder of images, or a file")
    parser.add_argument(
        REGION,
        metavar="X,Y,W,H",
        help="the target in the first frame, pixels (needed; --region=-5,... where X is below 0)",
    )
    parser.add_argument("--export", type=Path, metavar="FOLDER", help="another export")
    parser.add_argument("--threads", type=int, metavar="N", help="threads that compute")


def main(parameters: None, options: argparse.Namespace) -> None:
    """Tracks and prints."""
    if options.region is None:
        raise UserError(f"{REGION} is missing: x,y,w,h of the target in the first frame is right")
    if options.threads is not None and options.threads < 1:
        raise UserError(f"--threads {options.threads}: a whole number from 1 on is right")
    box, source = parsed_region(REGION, options.region), _opened(options.video)
    tracker = Tracker.load(options.export, threads=options.threads)
    print(HEADER)
    for line in _lines(tracker, source, box):
        print(line, flush=True)


def _opened(video: Path) -> "FrameSource":
    """The frames of a folder or a file."""
    from src.datasets.natural_order import natural_key
    from src.video.images import is_image_name
    from src.video.opening import open_file
    from src.video.sources import open_folder

    if video.is_dir():
        names = [entry.name for entry in os.scandir(video) if is_image_name(entry.name)]
        if not names:
            raise UserError(f"{video}: holds no images; a folder of jpg, png or bmp is right")
        files = [video / name for name in sorted(names, key=natural_key)]
        return open_folder(video.name, files, video)
    return open_file(video)


def _lines(tracker: Tracker, source: "FrameSource", box: list[float]):
    """A line for each frame that can be read."""
    from src.video.sources import read_ahead

    is_started = False
    with read_ahead(source.frames) as frames:
        for index, _, frame in frames:
            if frame is None:
                print(f"frame {index} of {source.place} cannot be read", file=sys.stderr)
                continue
            if is_started:
                found = tracker.update(frame)
                yield _line(index, found.box, found.confidence, found.lost)
            else:
                tracker.init(frame, box)
                is_started = True
                yield _line(index, box, 1.0, False)


def _line(index: int, box_ltwh, confidence: float, lost: bool) -> str:
    """The columns of `HEADER`."""
    numbers = ",".join(f"{value:.2f}" for value in (*box_ltwh, confidence))
    return f"{index},{numbers},{int(lost)}"


if __name__ == "__main__":
    sys.exit(run_door(sys.modules[__name__], sys.argv[1:]))
