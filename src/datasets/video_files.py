"""The video file that labels speak of: where it lies, and what its frames are called."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from src.base.errors import UserError
from src.datasets.labels import FrameFiles
from src.video.opening import open_file
from src.video.sources import VIDEO_SUFFIXES, not_a_video


class VideoFacts(NamedTuple):
    """What a video file tells of itself.

    Attributes:
        size_wh: (width, height) of its frames as they are shown, pixels.
        fps: Frames a second, as told by the file or else usual.
        n_frames: How many there are, as told by the file; None: unknown.
    """

    size_wh: tuple[int, int]
    fps: float
    n_frames: int | None


def video_facts(path: Path) -> VideoFacts:
    """Reads size, rate and length of a video file; decodes its first whole frame.

    Raises:
        UserError: It is no video, none of its frames can be read, or PyAV and OpenCV are missing.
    """
    source = open_file(path)
    for _, _, frame in source.frames:
        if frame is not None:
            height, width = frame.shape[:2]
            return VideoFacts((width, height), source.fps, source.n_frames)
    raise not_a_video(path)


def decoded_frames(file: Path, n_frames: int) -> FrameFiles:
    """The frames that a video file has once it is decoded, see `decoding.frame_files`.

    Args:
        file: The video.
        n_frames: How many are wanted, from its first on.
    """
    names = [f"{number:08d}.jpg" for number in range(n_frames)]
    return FrameFiles(file.with_name(f"{file.name}.frames"), names)


def videos_beside(labels: Path) -> list[Path]:
    """The video files in the folder of a file of labels, by name."""
    with os.scandir(labels.parent) as entries:
        files = [Path(entry.path) for entry in entries if entry.is_file()]
    return sorted(path for path in files if path.name.lower().endswith(VIDEO_SUFFIXES))


def video_beside(labels: Path, names: Sequence[str]) -> Path:
    """Finds a video file beside its labels.

    Args:
        labels: The file of labels.
        names: What the video may be called, the likeliest first; none: the folder's only video.

    Returns:
        The file.

    Raises:
        UserError: It is not there, or there are several to choose from.
    """
    videos = [path.name for path in videos_beside(labels)]
    if not names and len(videos) == 1:
        return labels.parent / videos[0]
    for name in names:
        if name in videos:
            return labels.parent / name
    wanted = f"the video file {names[0]}" if names else "one video file"
    there = f"there are {len(videos)} others" if videos else "there is none"
    raise UserError(f"{labels}: its frames are missing; {wanted} beside it is right, and {there}")
