"""Animated pictures as sources of frames, decoded by Pillow: GIF, WebP, AVIF, APNG, TIFF.

FFmpeg, and with it PyAV 18.1 and OpenCV 5.0, reads no frame of an animated WebP, and of an AVIF
the first one alone.
"""

from pathlib import Path

import numpy as np
from PIL import Image

from src.video.counts import FirstFrameRange
from src.video.images import is_deep
from src.video.sources import USUAL_FPS, Frames, FrameSource, check_video_file, not_a_video

_FORMATS = ("GIF", "WEBP", "AVIF", "PNG", "TIFF")
# a page with less is shown for 0.1 s by the browsers, since old GIFs have 0
_SHORTEST, _USUAL_SECONDS = 0.02, 0.1
_BROKEN = (OSError, SyntaxError, ValueError, Image.DecompressionBombError)


def is_animation(path: Path) -> bool:
    """Whether a file is a GIF, or another animated picture or stack of pages; by its content.

    Args:
        path: An existing file.
    """
    try:
        with Image.open(path, formats=_known_formats()) as image:
            return image.format == "GIF" or getattr(image, "n_frames", 1) > 1
    except _BROKEN:
        return False


def open_animation(path: str | Path) -> FrameSource:
    """Opens an animated picture, for which neither PyAV nor OpenCV is needed.

    Args:
        path: The file.

    Returns:
        The source; fps is that of the first page's time. The pages of a TIFF have no times: 25 of
        them are a second.

    Raises:
        UserError: There is no such file, it is empty or not of these formats.
    """
    path = Path(path)
    check_video_file(path)
    try:
        animation = Image.open(path, formats=_known_formats())
        # WebP and AVIF tell a page's time when it is decoded, not before
        animation.load()
    except _BROKEN as error:
        raise not_a_video(path) from error
    # to count a GIF's pages, all of them are gone through
    n_frames = None if animation.format == "GIF" else animation.n_frames
    fps = 1 / _page_seconds(animation)
    n_bytes = path.stat().st_size
    return FrameSource(path.stem, str(path), _pages(animation), fps, n_frames, n_bytes)


def _known_formats() -> list[str]:
    """Those that this Pillow reads: AVIF is not in every build."""
    Image.init()
    return [name for name in _FORMATS if name in Image.OPEN]


def _pages(animation: Image.Image) -> Frames:
    """The pages as they are shown; a page whose data is damaged is a broken frame."""
    counts = FirstFrameRange(str(animation.filename))
    with animation:
        index, seconds = 0, 0.0
        while True:
            try:
                animation.seek(index)
            except (EOFError, *_BROKEN):
                return
            yield index, seconds, _page(animation, counts)
            seconds += _page_seconds(animation)
            index += 1


def _page(animation: Image.Image, counts: FirstFrameRange) -> np.ndarray | None:
    try:
        if is_deep(animation):
            return counts.to_grey(np.asarray(animation))
        return np.array(animation.convert("RGB"), dtype=np.uint8)
    except _BROKEN:
        return None


def _page_seconds(animation: Image.Image) -> float:
    """How long the page is shown."""
    if animation.format == "TIFF":
        return 1 / USUAL_FPS
    seconds = animation.info.get("duration", 0) / 1000
    return seconds if seconds >= _SHORTEST else _USUAL_SECONDS
