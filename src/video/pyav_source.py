"""Video files as sources of frames, decoded by PyAV.

It is right where OpenCV 5.0.0 is not: that one gives other memory for the pixels of interlaced
video (MPEG-2 in .ts, H.264 of camcorders), no frame of AV1, half a turn for a mirror, and for a
length without an entry in the header the product of time and rate.
"""

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from src.video.counts import FirstFrameRange
from src.video.sources import (
    MAX_FPS,
    USUAL_FPS,
    Frames,
    FrameSource,
    check_video_file,
    not_a_video,
    rising,
)
from src.video.turning import turned


def open_video(av: ModuleType, path: str | Path) -> FrameSource:
    """Opens a video file.

    Args:
        av: PyAV, as `load_pyav` gives it.
        path: A file that FFmpeg decodes. One whose header has no length (mkv, webm, ts, mpg) is
            read through once, undecoded, to count its frames.

    Returns:
        The source, turned and mirrored as the file tells players. Seconds are the time stamps
        since the stream's begin; where these do not rise, a frame follows the one before it by
        1 / fps.

    Raises:
        UserError: There is no such file, it is empty, or not a video that can be decoded.
    """
    path = Path(path)
    check_video_file(path)
    try:
        container = av.open(str(path), metadata_errors="replace")
        stream = video_stream(container)
        fps = frame_rate(stream)
        told = told_length(stream)
        n_frames = told or _count(av, path)
    except (av.FFmpegError, ValueError) as error:
        raise not_a_video(path) from error
    frames = file_frames(av, container, stream, fps)
    n_bytes = path.stat().st_size
    return FrameSource(
        path.stem, str(path), frames, fps, n_frames or None, n_bytes, counted=not told
    )


def video_stream(container: Any) -> Any:
    """The film in a container of PyAV, not the picture of its cover.

    Raises:
        ValueError: There is none.
    """
    stream = container.streams.best("video")
    if stream is None:
        raise ValueError("no stream of pictures")
    return stream


def frame_rate(stream: Any) -> float:
    """Frames a second as a stream tells them, or else usual."""
    fps = float(stream.average_rate or stream.guessed_rate or 0)
    return fps if 0 < fps <= MAX_FPS else USUAL_FPS


def told_length(stream: Any) -> int:
    """Frames by the header, without those that are cut off by its edit list; 0: not told."""
    entries = stream.index_entries
    if len(entries) == stream.frames:
        return sum(not entry.is_discard for entry in entries)
    return stream.frames


def _count(av: ModuleType, path: Path) -> int:
    with av.open(str(path), metadata_errors="replace") as container:
        packets = _packets(av, container, video_stream(container))
        return sum(packet.size > 0 and not packet.is_discard for packet in packets)


def _packets(av: ModuleType, container: Any, stream: Any) -> Iterator[Any]:
    """The parts of a stream, up to where it cannot be read on."""
    try:
        yield from container.demux(stream)
    except av.FFmpegError:
        return


def file_frames(av: ModuleType, container: Any, stream: Any, fps: float) -> Frames:
    """All frames; parts that cannot be decoded are broken frames if a whole one follows them.

    Args:
        av: PyAV.
        container: Is closed at the end.
        stream: Of pictures, in the container.
        fps: Frames a second, where time stamps do not rise.
    """
    counts = FirstFrameRange(str(container.name))
    begin = float((stream.start_time or 0) * stream.time_base)
    index, seconds, failed = 0, -1 / fps, 0
    with container:
        for packet in _packets(av, container, stream):
            try:
                whole = packet.decode()
            except av.FFmpegError:
                failed += 1
                continue
            for frame in whole:
                for _ in range(failed):
                    seconds += 1 / fps
                    yield index, seconds, None
                    index += 1
                failed = 0
                seconds = rising(seconds, None if frame.time is None else frame.time - begin, fps)
                yield index, seconds, _as_shown(frame, counts)
                index += 1


def _as_shown(frame: Any, counts: FirstFrameRange) -> np.ndarray:
    """A frame of PyAV as players show it, uint8 [H, W, 3] RGB, C-contiguous.

    Both fields of an interlaced frame are woven, and pixels that are not square stay as they are.
    """
    channels = frame.format.components
    if len(channels) == 1 and channels[0].bits > 8:
        pixels = counts.to_grey(frame.to_ndarray(format="gray16le"))
    else:
        pixels = frame.to_ndarray(format="rgb24")
    # PyAV's own `frame.rotation` is half a turn for a mirror
    matrices = [data for data in frame.side_data if data.type.name == "DISPLAYMATRIX"]
    if not matrices:
        return pixels
    signs = np.sign(np.frombuffer(bytes(matrices[0]), np.int32).reshape(3, 3)[:2, :2])
    # players leave alone what is no quarter turn
    if sorted(np.abs(signs).ravel().tolist()) != [0, 0, 1, 1] or not np.linalg.det(signs):
        return pixels
    across, down = (tuple(row) for row in signs.tolist())
    return turned(pixels, across, down)
