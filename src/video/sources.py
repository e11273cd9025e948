"""Where frames come from: folders of pictures and GIFs, read one frame ahead."""

import contextlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import Image

from src.base.errors import UserError
from src.video.images import read_image

Frames = Iterator[tuple[int, float, np.ndarray | None]]
VIDEO_SUFFIXES = (".mp4", ".avi", ".mov", ".mkv", ".webm", ".gif")
# where a file or camera does not tell; that of PAL video, and of the clips of most benchmarks
USUAL_FPS = 25.0


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
        live: A camera, which ends when somebody ends it.
    """

    name: str
    place: str
    frames: Frames
    fps: float
    n_frames: int | None = None
    n_bytes: int | None = None
    live: bool = False

    def ends_early(self, index: int, seconds: float) -> bool:
        """Whether the last frame came before the end that the source tells.

        Args:
            index: Of the last whole frame.
            seconds: Its time; counts beside the index because some headers hold an estimate.
        """
        if self.n_frames is None:
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


# a page with less is shown for 0.1 s by the browsers, since old GIFs have 0
_SHORTEST, _USUAL_SECONDS = 0.02, 0.1
_BROKEN = (OSError, SyntaxError, ValueError, Image.DecompressionBombError)


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


def open_gif(path: str | Path) -> FrameSource:
    """Opens a GIF animation, for which OpenCV is not needed.

    Args:
        path: The file.

    Returns:
        The source; fps is that of the first page's time.

    Raises:
        UserError: There is no such file, it is empty or not a GIF.
    """
    path = Path(path)
    check_video_file(path)
    try:
        animation = Image.open(path, formats=["GIF"])
    except _BROKEN as error:
        raise not_a_video(path) from error
    frames, fps = _gif_frames(animation), 1 / _page_seconds(animation)
    return FrameSource(path.stem, str(path), frames, fps, None, path.stat().st_size)


def _image_frames(files: Sequence[Path]) -> Frames:
    for index, path in enumerate(files):
        try:
            frame = read_image(path)
        except UserError:
            frame = None
        yield index, index / USUAL_FPS, frame


def _gif_frames(animation: Image.Image) -> Frames:
    """The pages as they are shown; a page whose data is damaged is a broken frame."""
    with animation:
        index, seconds = 0, 0.0
        while True:
            try:
                animation.seek(index)
            except (EOFError, *_BROKEN):
                return
            yield index, seconds, _page(animation)
            seconds += _page_seconds(animation)
            index += 1


def _page(animation: Image.Image) -> np.ndarray | None:
    try:
        return np.array(animation.convert("RGB"), dtype=np.uint8)
    except _BROKEN:
        return None


def _page_seconds(animation: Image.Image) -> float:
    """How long the page is shown."""
    seconds = animation.info.get("duration", 0) / 1000
    return seconds if seconds >= _SHORTEST else _USUAL_SECONDS
