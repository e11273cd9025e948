"""Videos at an address: films on a server, and live streams of network cameras, read by PyAV."""

import re
import threading
import time
from collections.abc import Callable
from pathlib import PurePosixPath
from types import ModuleType
from urllib.parse import unquote, urlsplit, urlunsplit

import numpy as np

from src.base.errors import UserError
from src.base.imports import PYAV_ADVICE, load_pyav
from src.video.pyav_source import file_frames, frame_rate, told_length, video_stream
from src.video.sources import Frames, FrameSource

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
# seconds without an answer or a picture after which a stream has ended
_PATIENCE = 10
# these send a whole film at once; all others send as time goes on
_SERVERS_OF_FILES = ("http", "https", "ftp", "sftp")


def is_address(video: str) -> bool:
    """Whether a video is named by an address, such as rtsp://camera/1 or http://host/film.mp4."""
    return _ADDRESS.match(video) is not None and not video.lower().startswith("file://")


def open_stream(address: str, clock: Callable[[], float] = time.monotonic) -> FrameSource:
    """Opens a film or a live stream.

    Args:
        address: Of any kind that FFmpeg opens: rtsp, http, https, rtmp, udp, tcp and others.
        clock: Seconds, rising.

    Returns:
        The source. A film that a web server tells the length of gives all its frames, each at its
        own time. All else is live: whoever asks gets the newest frame, seconds are those since
        the first one, and the name carries date and time. A live stream ends when the server
        ends it or sends nothing for ten seconds. The user and password of the address are not
        part of the place.

    Raises:
        UserError: Nobody answers there, or with something else; or PyAV is missing.
    """
    place, parts = _without_user(address), urlsplit(address)
    av = load_pyav()
    if av is None:
        raise UserError(f"{place}: needs PyAV, which is not installed; {PYAV_ADVICE}")
    try:
        container = av.open(
            address,
            metadata_errors="replace",
            timeout=(_PATIENCE, _PATIENCE),
            options=_options(parts.scheme.lower()),
        )
        stream = video_stream(container)
    except (av.FFmpegError, ValueError) as error:
        raise UserError(
            f"{place}: no video comes from there ({_reason(av, error)}); the address of a running "
            "stream, or of a video file on a server, is right"
        ) from error
    fps = frame_rate(stream)
    frames = file_frames(av, container, stream, fps)
    is_film = parts.scheme.lower() in _SERVERS_OF_FILES and container.duration is not None
    if is_film:
        name = _file_name(PurePosixPath(unquote(parts.path)).stem or parts.hostname)
        return FrameSource(name, place, frames, fps, told_length(stream) or None)
    name = _file_name(parts.hostname or "stream") + time.strftime("_%Y%m%d-%H%M%S")
    return FrameSource(name, place, _newest(frames, clock), fps, live=True)


def _options(scheme: str) -> dict[str, str]:
    """Of FFmpeg: a film goes on after a connection that breaks, and no packet of RTSP is lost."""
    if scheme.startswith("rtsp"):
        return {"rtsp_transport": "tcp"}
    return {"reconnect": "1"} if scheme.startswith("http") else {}


def _without_user(address: str) -> str:
    parts = urlsplit(address)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _file_name(text: str) -> str:
    return re.sub(r"[^\w.-]+", "_", text).lstrip(".") or "stream"


def _reason(av: ModuleType, error: Exception) -> str:
    # this is what FFmpeg calls a time limit
    if isinstance(error, av.ExitError):
        return f"nothing for {_PATIENCE} seconds"
    return getattr(error, "strerror", None) or str(error)


class _NewestFrame:
    """Holds the newest frame of a source that does not wait."""

    def __init__(self, frames: Frames, clock: Callable[[], float]):
        """Begins to read at once, so that no old frame is left when the first one is wanted."""
        self._changed = threading.Condition()
        self._moment, self._frame, self._is_new, self._ended = 0.0, None, False, False
        self._reading = threading.Thread(target=self._read, args=(frames, clock), daemon=True)
        self._reading.start()

    def _read(self, frames: Frames, clock: Callable[[], float]) -> None:
        try:
            for _, _, frame in frames:
                with self._changed:
                    if self._ended:
                        return
                    self._moment, self._frame, self._is_new = clock(), frame, True
                    self._changed.notify()
        finally:
            self.end()

    def end(self) -> None:
        """Stops reading; what is there can still be taken."""
        with self._changed:
            self._ended = True
            self._changed.notify()

    def take(self) -> tuple[float, np.ndarray | None] | None:
        """Waits for a frame that was not taken; its time and itself, or None at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_new or self._ended)
            if not self._is_new:
                return None
            self._is_new = False
            return self._moment, self._frame


def _newest(frames: Frames, clock: Callable[[], float]) -> Frames:
    return _taken(_NewestFrame(frames, clock))


def _taken(newest: _NewestFrame) -> Frames:
    index, begin = 0, None
    try:
        while (item := newest.take()) is not None:
            moment, frame = item
            begin = moment if begin is None else begin
            yield index, moment - begin, frame
            index += 1
    finally:
        newest.end()
