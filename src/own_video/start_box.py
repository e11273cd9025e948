"""On which frame and box the track of one's own video starts."""

import json
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from src.base.errors import UserError
from src.geometry.region_to_bbox import visible_share
from src.pictures.windows import draw_region
from src.video.sources import FrameSource

OPTION = "--region"


@dataclass(frozen=True)
class Start:
    """The first frame of a track.

    Attributes:
        index: Of the frame, in the video.
        seconds: Its time in the video.
        frame: uint8 [H, W, 3], RGB.
        box_ltwh: float64 [4], frame pixels counted from 0.
        read_seconds: What reading this frame took.
    """

    index: int
    seconds: float
    frame: np.ndarray
    box_ltwh: np.ndarray
    read_seconds: float


def expand_region(argv: Sequence[str]) -> list[str]:
    """Turns `--region x,y,w,h` into the `--set` that overrides `evaluation.region`.

    Args:
        argv: Command-line arguments without the program's name.

    Returns:
        The arguments for `parse_arguments`; the region stands last, so that it wins.

    Raises:
        UserError: The region is not four numbers with a width and a height above 0.
    """
    rest, region = [], None
    words = iter(argv)
    for word in words:
        name, equals, value = word.partition("=")
        if name == OPTION:
            region = _parse_region(value if equals else next(words, ""))
        else:
            rest.append(word)
    return rest if region is None else [*rest, "--set", f"evaluation.region={json.dumps(region)}"]


def find_start(source: FrameSource, start_frame: int, region: Sequence[float] | None) -> Start:
    """Reads up to the first whole frame from the start frame on, and finds its box.

    Args:
        source: Of which no frame was taken yet.
        start_frame: Index of the frame to start on, from 0; a broken one moves on to the next.
        region: x, y, width, height in frame pixels; None: drawn with the mouse.

    Returns:
        The start.

    Raises:
        UserError: There is no such frame, or no box inside it.
    """
    last, begin = -1, time.perf_counter()
    for index, seconds, frame in source.frames:
        last = index
        if index >= start_frame and frame is not None:
            read_seconds = time.perf_counter() - begin
            box = _drawn(frame, source.name) if region is None else np.array(region, np.float64)
            _check_inside(box, frame, source.name)
            return Start(index, seconds, frame, box, read_seconds)
        begin = time.perf_counter()
    if last < start_frame and last >= 0:
        raise UserError(
            f"evaluation.start_frame {start_frame}: {source.place} has {last + 1} frames; "
            f"0 to {last} is right"
        )
    raise UserError(f"{source.place}: has no frame that can be read, so there is nothing to track")


def _parse_region(text: str) -> list[float]:
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != 4 or not all(map(math.isfinite, numbers)) or min(numbers[2:]) <= 0:
        raise UserError(
            f"{OPTION} {text}: must be x,y,w,h: four numbers, pixels counted from 0, with a width "
            f"and a height above 0, e.g. {OPTION} 120,80,64,48"
        )
    return numbers


def _drawn(frame: np.ndarray, name: str) -> np.ndarray:
    box = draw_region(frame, name)
    if box is None:
        raise UserError(
            f"{name}: no box of the target was given or drawn; without a display give "
            f"{OPTION} x,y,w,h (or evaluation.region)"
        )
    return box


def _check_inside(box_ltwh: np.ndarray, frame: np.ndarray, name: str) -> None:
    height, width = frame.shape[:2]
    if not visible_share(box_ltwh, (width, height)) > 0:
        raise UserError(
            f"{name}: the start box {box_ltwh.tolist()} (x, y, width, height) lies outside the "
            f"frame of {width} x {height} pixels; give another {OPTION} or evaluation.region"
        )
