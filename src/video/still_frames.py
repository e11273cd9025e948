"""Folders of images and GIF animations as sources of frames, read by Pillow."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from src.base.errors import UserError
from src.video.images import read_image
from src.video.opencv_source import USUAL_FPS, Frames, FrameSource, check_video_file, not_a_video

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
