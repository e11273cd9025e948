"""A video of one's own: which file, folder or camera, and its first box."""

import json
import os
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import numpy as np

from src.base.errors import UserError
from src.datasets.segments import ALL, dataset_folder, dataset_name
from src.datasets.sequences import load_video
from src.geometry.region_to_bbox import visible_share
from src.parameters.models import Environment, Evaluation
from src.pictures.windows import draw_region
from src.runtime.blank_frames import shows_nothing
from src.runtime.inputs import LEAST_INSIDE, guessed_unit, parsed_region
from src.video.opencv_source import open_camera
from src.video.opening import open_file
from src.video.sources import VIDEO_SUFFIXES, FrameSource, open_folder
from src.video.streams import is_address, open_stream

CAMERA, STREAM = "camera", "stream"
_CAMERA = re.compile(rf"({CAMERA}:|/dev/video)?([0-9]{{1,4}})")
# files of a result folder that belong to no video
_TAKEN = ("settings", "performance")


@dataclass(frozen=True)
class OwnSource:
    """A video without ground truth, and where its results go.

    Attributes:
        source: Its frames.
        dataset: Name of the folder among the results.
        folder: Folder that it lies in; "camera" for cameras, "stream" for addresses.
    """

    source: FrameSource
    dataset: str
    folder: Path


def find_own_source(env: Environment, evaluation: Evaluation) -> OwnSource | None:
    """Opens what `evaluation.video` names, if it has no ground truth.

    Args:
        env: Holds `root_dataset`.
        evaluation: Whose `video` is the path of a video file, a camera (`camera:0`,
            `/dev/video0`, or `0` where the data set has no video of that name), the address of a
            film or stream, or a folder of frames.

    Returns:
        The source; None if it names videos with ground truth, all videos, or nothing.

    Raises:
        UserError: The file is no video, the camera is absent, nothing comes from the address, or
            the frames are wrong.
    """
    video, folder = evaluation.video, dataset_folder(env, evaluation)
    if video == ALL:
        return None
    if is_address(video):
        return _checked(OwnSource(open_stream(video), STREAM, Path(STREAM)))
    is_folder = _is_folder(video, folder)
    camera = _camera_number(video, is_folder)
    if camera is not None:
        return OwnSource(open_camera(camera), CAMERA, Path(CAMERA))
    if is_folder:
        return _frames_without_truth(env, evaluation)
    if _is_video_file(video):
        return _video_file(Path(os.path.abspath(_local_path(video))))
    return None


def is_own_video(env: Environment, evaluation: Evaluation) -> bool:
    """Whether `evaluation.video` names a video file, a camera, or frames without ground truth.

    Args:
        env: Holds `root_dataset`.
        evaluation: See `find_own_source`, which also opens it.

    Raises:
        UserError: The frames or their ground truth are wrong.
    """
    video, folder = evaluation.video, dataset_folder(env, evaluation)
    if video == ALL:
        return False
    if is_address(video):
        return True
    is_folder = _is_folder(video, folder)
    if _camera_number(video, is_folder) is not None:
        return True
    if is_folder:
        return _frames_without_truth(env, evaluation) is not None
    return _is_video_file(video)


def _is_folder(video: str, folder: Path) -> bool:
    return Path(video).is_dir() or (folder / Path(video).name).is_dir()


def _camera_number(video: str, is_folder: bool) -> int | None:
    # udev calls one camera by several names, as /dev/v4l/by-id/...
    camera = _CAMERA.fullmatch(os.path.realpath(video) if video.startswith("/dev/") else video)
    return int(camera[2]) if camera and (camera[1] or not is_folder) else None


def _local_path(video: str) -> str:
    return unquote(urlsplit(video).path) if video.lower().startswith("file://") else video


def _is_video_file(video: str) -> bool:
    video = _local_path(video)
    return Path(video).is_file() or video.lower().endswith(VIDEO_SUFFIXES)


def _video_file(path: Path) -> OwnSource:
    return _checked(OwnSource(open_file(path), path.parent.name or "videos", path.parent))


def _checked(own: OwnSource) -> OwnSource:
    """The same, if its name is not that of another file of the results."""
    if own.source.name in _TAKEN:
        raise UserError(
            f"{own.source.place}: {own.source.name}.json is another file of the results; give the "
            "video another name"
        )
    return own


def _frames_without_truth(env: Environment, evaluation: Evaluation) -> OwnSource | None:
    folder = dataset_folder(env, evaluation)
    sequence = load_video(
        folder, Path(evaluation.video).name, evaluation.first_index, evaluation.layout
    )
    if sequence.boxes_ltwh is not None or sequence.first_box_ltwh is not None:
        return None
    place = os.path.abspath(sequence.frames[0].parent)
    source = open_folder(sequence.name, sequence.frames, place)
    return OwnSource(source, dataset_name(env, evaluation), folder)


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
            region = parsed_region(OPTION, value if equals else next(words, ""))
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
        UserError: There is no such frame, it has one colour all over, or no box is inside it.
    """
    last, begin = -1, time.perf_counter()
    for index, seconds, frame in source.frames:
        last = index
        if index >= start_frame and frame is not None:
            read_seconds = time.perf_counter() - begin
            _check_content(frame, index, source)
            box = _drawn(frame, source.name) if region is None else np.array(region, np.float64)
            _check_box(box, frame, source.name)
            return Start(index, seconds, frame, box, read_seconds)
        begin = time.perf_counter()
    if last < start_frame and last >= 0:
        raise UserError(
            f"evaluation.start_frame {start_frame}: {source.place} has {last + 1} frames; "
            f"0 to {last} is right"
        )
    raise UserError(
        f"{source.place}: has no frame that can be read, so there is nothing to track"
        f"{source.advice}"
    )


def _drawn(frame: np.ndarray, name: str) -> np.ndarray:
    box = draw_region(frame, name)
    if box is None:
        raise UserError(
            f"{name}: no box of the target was given or drawn; without a display give "
            f"{OPTION} x,y,w,h (or evaluation.region)"
        )
    return box


def _check_content(frame: np.ndarray, index: int, source: FrameSource) -> None:
    if shows_nothing(frame):
        raise UserError(
            f"{source.place}: frame {index} has one colour all over, so it shows no target; "
            "evaluation.start_frame of the first frame that shows it is right"
            f"{source.advice}"
        )


def _check_box(box_ltwh: np.ndarray, frame: np.ndarray, name: str) -> None:
    height, width = frame.shape[:2]
    if min(box_ltwh[2:]) < 1:
        raise UserError(
            f"{name}: the start box {box_ltwh.tolist()} (x, y, width, height) is less than a pixel "
            f"wide or high; pixels of the frame are right{guessed_unit(box_ltwh, (width, height))}"
        )
    if not visible_share(box_ltwh, (width, height)) >= LEAST_INSIDE:
        raise UserError(
            f"{name}: the start box {box_ltwh.tolist()} (x, y, width, height) lies outside the "
            f"frame of {width} x {height} pixels, or nearly so; give another {OPTION} or "
            "evaluation.region"
        )
