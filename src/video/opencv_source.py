"""Cameras, and videos where there is no PyAV, as sources of frames, decoded by OpenCV.

A source gives (index, seconds, frame): frames uint8 [H, W, 3] RGB, or None for a frame that is
broken. Index and time go on over broken frames. No frame is kept.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from src.base.errors import UserError
from src.base.imports import PYAV_ADVICE, load_opencv
from src.video.sources import (
    MAX_FPS,
    USUAL_FPS,
    Frames,
    FrameSource,
    check_video_file,
    not_a_video,
    rising,
)

# failed reads in a row after which a video without a known length, or a camera, has ended
_PATIENCE = 10
# the same where the header promises more frames; it may promise anything
_LONG_PATIENCE = 1000
# pictures that a driver may hold ready; they were taken before they are asked for
_BUFFERED = 5
# OpenCV 5.0.0: pixels of interlaced frames are other memory, and a mirror becomes half a turn
_REMARK = (
    "Decoded by OpenCV, which shows interlaced and mirrored videos wrongly and lacks AV1; PyAV is "
    f"right there: {PYAV_ADVICE}"
)


def open_video(path: str | Path) -> FrameSource:
    """Opens a video file.

    Args:
        path: A file that OpenCV decodes.

    Returns:
        The source. Seconds are the file's time stamps; where these do not rise, a frame follows
        the one before it by 1 / fps.

    Raises:
        UserError: There is no such file, it is empty, or not a video that OpenCV decodes; or
            OpenCV is missing.
    """
    path = Path(path)
    check_video_file(path)
    cv2 = load_opencv(str(path))
    capture = cv2.VideoCapture(str(path))
    if not capture.isOpened():
        raise not_a_video(path)
    fps, count = capture.get(cv2.CAP_PROP_FPS), capture.get(cv2.CAP_PROP_FRAME_COUNT)
    fps = fps if 0 < fps <= MAX_FPS else USUAL_FPS
    # a header without length gives 0, or a number below it; NaN fails the comparison too
    n_frames = int(count) if 0 < count < 2**40 and _has_length(path) else None
    frames = _file_frames(cv2, capture, fps, n_frames)
    n_bytes = path.stat().st_size
    return FrameSource(path.stem, str(path), frames, fps, n_frames, n_bytes, remark=_REMARK)


def open_camera(number: int, clock: Callable[[], float] = time.monotonic) -> FrameSource:
    """Opens a camera.

    Args:
        number: Of the camera, from 0.
        clock: Seconds, rising.

    Returns:
        The source; seconds are those since its first frame. Its name carries date and time.

    Raises:
        UserError: There is no such camera or it gives no picture; or OpenCV is missing.
    """
    place = f"camera:{number}"
    cv2 = load_opencv(place)
    capture = cv2.VideoCapture(number)
    if not (capture.isOpened() and capture.read()[0]):
        raise UserError(
            f"{place}: there is no such camera, or it gives no picture (another program may use "
            "it); 0 is the first one"
        )
    fps = capture.get(cv2.CAP_PROP_FPS)
    name = time.strftime(f"camera{number}_%Y%m%d-%H%M%S")
    frames = _camera_frames(cv2, capture, clock)
    return FrameSource(name, place, frames, fps if 0 < fps <= MAX_FPS else USUAL_FPS, live=True)


def _has_length(path: Path) -> bool:
    """Whether a file is an avi, mp4 or mov; for others OpenCV multiplies time by rate."""
    with path.open("rb") as file:
        head = file.read(12)
    return head[:4] == b"RIFF" or head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free")


def _file_frames(cv2: Any, capture: Any, fps: float, n_frames: int | None) -> Frames:
    """All frames; failed reads count as broken frames if a whole one follows them."""
    index, seconds, failed = 0, -1 / fps, 0
    try:
        while failed < _PATIENCE or index + failed < min(n_frames or 0, index + _LONG_PATIENCE):
            whole, frame = capture.read()
            if not whole:
                failed += 1
                continue
            for _ in range(failed):
                seconds += 1 / fps
                yield index, seconds, None
                index += 1
            failed = 0
            seconds = rising(seconds, capture.get(cv2.CAP_PROP_POS_MSEC) / 1000, fps)
            yield index, seconds, to_rgb(frame)
            index += 1
    finally:
        capture.release()


def _camera_frames(cv2: Any, capture: Any, clock: Callable[[], float]) -> Frames:
    """Fresh frames until the camera gives none any more; failed reads count as in a file."""
    try:
        for _ in range(_BUFFERED):
            capture.grab()
        index, begin, failed = 0, None, []
        while len(failed) < _PATIENCE:
            whole, frame = capture.read()
            now = clock()
            begin = now if begin is None else begin
            if not whole:
                failed.append(now - begin)
                continue
            for seconds in failed:
                yield index, seconds, None
                index += 1
            failed.clear()
            yield index, now - begin, to_rgb(frame)
            index += 1
    finally:
        capture.release()


def to_rgb(frame: np.ndarray) -> np.ndarray:
    """OpenCV's uint8 [H, W, 3] BGR, C-contiguous, to RGB and back."""
    return np.ascontiguousarray(frame[..., ::-1])
