"""Small videos of all kinds, written by PyAV."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

SIZE = (64, 48)
ONE, CLOCK = 1 << 16, 1 << 30
CODECS = {".ts": "mpeg2video", ".webm": "libvpx-vp9"}


def marked(level: int, size: tuple[int, int] = SIZE) -> np.ndarray:
    """uint8 [H, W, 3] RGB: red as bright as `level`, with a white mark at the upper left."""
    pixels = np.full((size[1], size[0], 3), (level, 90, 30), np.uint8)
    pixels[:16, :16] = 255
    return pixels


def write_film(
    path: Path,
    n_frames: int = 8,
    codec: str | None = None,
    options: dict[str, str] | None = None,
    matrix: tuple[int, ...] | None = None,
    times: list[int] | None = None,
    **settings: Any,
) -> Path:
    """Writes frames of the red levels 20, 40, 60 ..., 25 a second.

    Args:
        path: Its suffix chooses the container, and the codec where none is named.
        n_frames: How many.
        codec: As FFmpeg calls it.
        options: Of the codec.
        matrix: Display matrix, nine whole numbers.
        times: Of the frames, milliseconds; none: evenly.
        settings: Of PyAV's `open`.
    """
    with av.open(str(path), "w", **settings) as film:
        stream = film.add_stream(codec or CODECS.get(path.suffix, "libx264"), rate=25)
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        stream.options = {"crf": "10", "preset": "ultrafast"} if options is None else options
        if matrix:
            stream.set_display_matrix(matrix)
        if times:
            stream.codec_context.time_base = Fraction(1, 1000)
        for number in range(n_frames):
            frame = av.VideoFrame.from_ndarray(marked(20 * number + 20), format="rgb24")
            if times:
                frame.pts, frame.time_base = times[number], stream.codec_context.time_base
            film.mux(stream.encode(frame))
        film.mux(stream.encode())
    return path
