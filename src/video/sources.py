"""Where frames come from: what every source is, folders of pictures, reading one frame ahead."""

import contextlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from src.base.errors import UserError
from src.video.images import read_image

Frames = Iterator[tuple[int, float, np.ndarray | None]]
VIDEO_SUFFIXES = (
    *(".mp4", ".avi", ".mov", ".mkv", ".webm", ".gif", ".m4v", ".ts", ".mts", ".m2ts", ".mpg"),
    *(".mpeg", ".wmv", ".flv", ".ogv", ".3gp", ".avif"),
)
# where a file or camera does not tell; that of PAL video, and of the clips of most benchmarks
USUAL_FPS = 25.0
# a header that tells more holds a clock's ticks, not frames
MAX_FPS = 1000.0


@dataclass(frozen=True)
class FrameSource:
    """Frames in the order of time, whatever they come from; can be gone through once.

    Attributes:
        name: Of the result files.
        place: File, folder or camera, as the results name it.
        frames: (index from 0, seconds rising, frame uint8 [H, W, 3] RGB or None if broken); any
            thread may ask for the next one, but only one at a time.
        fps: Frames a second, as told by the source or else usual, > 0.
        n_frames: How many there are, as told by the source; None: unknown.
        n_bytes: Size of the file; None: it is none.
        live: A camera or stream, which ends when somebody ends it.
        counted: Whether `n_frames` was counted, since the header tells none.
        remark: A sentence for the user on who decodes this; empty: nothing to tell.
    """

    name: str
    place: str
    frames: Frames
    fps: float
    n_frames: int | None = None
    n_bytes: int | None = None
    live: bool = False
    counted: bool = False
    remark: str = ""

    @property
    def advice(self) -> str:
        """The remark as the end of a sentence on frames that show nothing."""
        return f" ({self.remark})" if self.remark else ""

    def ends_early(self, index: int, seconds: float) -> bool:
        """Whether the last frame came before the end that the source tells.

        Args:
            index: Of the last whole frame.
            seconds: Its time; counts beside the index because some headers hold an estimate.
        """
        if self.n_frames is None or self.counted:
            return False
        return index + 1 < self.n_frames and seconds < (self.n_frames - 1.5) / self.fps


def check_video_file(path: Path) -> None:
    """Refuses what is no file, or empty.

    Raises:
        UserError: There is no such file, or nothing in it.
    """
    if not path.is_file():
        raise UserError(f"{path}: there is no such video file")
    if path.stat().st_size == 0:
        raise UserError(f"{path}: the video file is empty")


def not_a_video(path: Path) -> UserError:
    """What to tell of a file without a readable frame."""
    return UserError(
        f"{path}: is not a video that can be decoded (damaged, cut off, or of an unknown codec); "
        "an mp4 with H.264 is right"
    )


def rising(before: float, stamp: float | None, fps: float) -> float:
    """The time of a frame: its own where that is later than the time before, else 1 / fps later.

    Args:
        before: Seconds of the frame before it; -1 / fps: there is none.
        stamp: Seconds that the file tells; None: none.
        fps: Frames a second.
    """
    return stamp if stamp is not None and stamp > before else before + 1 / fps


Frame = TypeVar("Frame")
_END = object()


@contextlib.contextmanager
def read_ahead(frames: Iterator[Frame]) -> Iterator[Iterator[Frame]]:
    """Reads one frame ahead, in a thread that ends with the block.

    Args:
        frames: Reads a frame when it is asked for the next one; what it raises is raised for this
            frame, not for the one before. Nobody else may ask it inside the block.

    Yields:
        The frames in order; two at most are in memory. The first is read when it is asked for.
    """
    with ThreadPoolExecutor(1) as thread:
        yield _taken(thread, frames)


def _taken(thread: ThreadPoolExecutor, frames: Iterator[Frame]) -> Iterator[Frame]:
    coming = thread.submit(next, frames, _END)
    while (frame := coming.result()) is not _END:
        coming = thread.submit(next, frames, _END)
        yield frame


def open_folder(name: str, files: Sequence[Path], folder: str | Path) -> FrameSource:
    """Takes image files for the frames of a video.

    Args:
        name: Of the video.
        files: The frames in their order; sizes may differ.
        folder: Where they lie, as the results name it.

    Returns:
        The source, of 25 frames a second; images that cannot be read are broken frames.
    """
    return FrameSource(name, str(folder), _image_frames(files), USUAL_FPS, len(files))


def _image_frames(files: Sequence[Path]) -> Frames:
    for index, path in enumerate(files):
        try:
            frame = read_image(path)
        except UserError:
            frame = None
        yield index, index / USUAL_FPS, frame
