"""Films of a track: GIFs, and video files with box and confidence drawn in."""

import contextlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from src.base.files import atomic_path
from src.pictures.drawing import INK, PAPER, PREDICTED, SEARCH, draw_box, draw_caption
from src.video.opencv_source import to_rgb

# H.264 plays everywhere, but pip's OpenCV lacks it; MPEG-4 every build has. VP9, which pip's has
# too, takes 50 times as long as MPEG-4, longer than the tracker itself.
CODECS = ("avc1", "mp4v")
MAX_FPS = 60.0
# time stamps may jump; a picture is not repeated for longer than this
_LONGEST_HOLD = 2.0
_LOST = SEARCH
_LINES_A_FRAME = 30


class AnnotatedVideo:
    """Writes frames at their times: one is repeated or left out where the times are uneven."""

    def __init__(self, writer: Any, fps: float, size: tuple[int, int]) -> None:
        """Begins without frames.

        Args:
            writer: An open `cv2.VideoWriter`.
            fps: Its frames a second.
            size: Its (width, height), pixels; other frames are scaled to it.
        """
        self._writer, self._fps, self._size = writer, fps, size
        self._begin: float | None = None
        self._slot = -1
        self._last: np.ndarray | None = None

    def write(self, seconds: float, picture: np.ndarray) -> None:
        """Writes a frame, after the last one was repeated up to its time.

        Args:
            seconds: Time of the frame, rising.
            picture: uint8 [H, W, 3], RGB, with all that is drawn on it.
        """
        self._begin = seconds if self._begin is None else self._begin
        slot = round((seconds - self._begin) * self._fps)
        if slot <= self._slot:
            return
        pixels = to_rgb(self._fitted(picture))
        for _ in range(min(slot - self._slot - 1, round(_LONGEST_HOLD * self._fps))):
            self._writer.write(self._last)
        self._writer.write(pixels)
        self._slot, self._last = slot, pixels

    def _fitted(self, picture: np.ndarray) -> np.ndarray:
        if (picture.shape[1], picture.shape[0]) == self._size:
            return picture
        return np.asarray(Image.fromarray(picture).resize(self._size, Image.Resampling.BILINEAR))


def annotate(
    frame: np.ndarray, box_ltwh: np.ndarray, caption: str, lost: bool = False
) -> np.ndarray:
    """Draws a track's box on a frame: red, or thin and yellow when the target is lost.

    Args:
        frame: uint8 [H, W, 3], RGB; stays as it is.
        box_ltwh: float [4], frame pixels.
        caption: Stands in the left upper corner, in a size that goes with the frame's.
        lost: Whether the box is but the tracker's last guess.

    Returns:
        uint8 [H, W, 3], RGB.
    """
    image = Image.fromarray(frame)
    draw = ImageDraw.Draw(image)
    size = max(12, image.height // _LINES_A_FRAME)
    line = max(2, size // 6)
    draw_box(draw, box_ltwh, _LOST if lost else PREDICTED, width=line // 2 if lost else line)
    draw.rectangle(
        [0, 0, round(draw.textlength(caption, font_size=size)) + 6, size * 3 // 2], PAPER
    )
    draw_caption(draw, (0, 0), caption, _LOST if lost else INK, size)
    return np.asarray(image)


@contextlib.contextmanager
def annotated_video(
    cv2: Any, path: Path, codec: str, fps: float, size: tuple[int, int]
) -> Iterator[AnnotatedVideo]:
    """Opens an annotated video that appears whole, when the block ends well, or not at all.

    Args:
        cv2: OpenCV.
        path: The mp4 file.
        codec: As `find_codec` gives it.
        fps: Of the source; above `MAX_FPS` frames are left out.
        size: (width, height) of the first frame, pixels.

    Yields:
        Where to write the frames, at least one.
    """
    fps = min(fps, MAX_FPS)
    with atomic_path(path, suffix=".part.mp4") as part:
        writer = cv2.VideoWriter(str(part), cv2.VideoWriter_fourcc(*codec), fps, size)
        try:
            yield AnnotatedVideo(writer, fps, size)
        finally:
            writer.release()


def find_codec(cv2: Any, size: tuple[int, int]) -> str | None:
    """Finds the first of `CODECS` that this build of OpenCV writes, by a video of one frame.

    Args:
        cv2: OpenCV.
        size: (width, height) of the frames, pixels.

    Returns:
        Four letters; None if it writes none of them, as where frames are smaller than 2 pixels.
    """
    with tempfile.TemporaryDirectory() as folder:
        for codec in CODECS:
            path = str(Path(folder) / f"{codec}.mp4")
            writer = cv2.VideoWriter(path, cv2.VideoWriter_fourcc(*codec), 25.0, size)
            writer.write(np.zeros((size[1], size[0], 3), np.uint8))
            writer.release()
            if cv2.VideoCapture(path).read()[0]:
                return codec
    return None


# Half of what GIF allows: noise in the pictures costs bytes, and no reader sees the difference.
COLOURS = 128
_SAMPLES = 8
_SAMPLE_WIDTH = 160
Annotate = Callable[[int, ImageDraw.ImageDraw], None]


def write_gif(
    path: Path,
    count: int,
    picture: Callable[[int], Image.Image],
    annotate: Annotate,
    inks: Sequence[tuple[int, int, int]],
    duration_ms: int,
) -> None:
    """Writes an animation with one palette: `inks`, exact, and the best for the pictures.

    Pictures are made one at a time and reduced to palette indices at once.

    Args:
        path: The file, replaced whole or not at all.
        count: How many pictures, >= 1.
        picture: Number -> RGB picture, all of one size.
        annotate: Draws on picture `number`; its inks are positions in `inks`.
        inks: Colours of the drawings.
        duration_ms: Time a picture is shown.
    """
    palette = _shared_palette(picture, count, inks)

    def pages() -> Iterator[Image.Image]:
        for number in range(count):
            page = picture(number).quantize(palette=palette, dither=Image.Dither.NONE)
            annotate(number, ImageDraw.Draw(page))
            yield page

    rest = pages()
    first = next(rest)
    with atomic_path(path) as part:
        first.save(
            part,
            format="GIF",
            save_all=True,
            append_images=rest,
            duration=duration_ms,
            loop=0,
            optimize=False,
        )


def _shared_palette(
    picture: Callable[[int], Image.Image], count: int, inks: Sequence[tuple[int, int, int]]
) -> Image.Image:
    """A picture whose palette begins with `inks` and goes on with the colours of a few samples."""
    numbers = np.unique(np.linspace(0, count - 1, _SAMPLES).round().astype(int))
    samples = [picture(int(number)) for number in numbers]
    size = (_SAMPLE_WIDTH, max(1, _SAMPLE_WIDTH * samples[0].height // samples[0].width))
    mosaic = np.concatenate(
        [np.asarray(sample.resize(size, Image.Resampling.NEAREST)) for sample in samples]
    )
    colours = Image.fromarray(mosaic).quantize(COLOURS - len(inks), Image.Quantize.MEDIANCUT)
    palette = Image.new("P", (1, 1))
    # Repeating the last ink fills the palette without adding a colour that no picture has.
    values = [v for ink in inks for v in ink] + colours.getpalette()
    palette.putpalette((values + list(inks[-1]) * 256)[: 3 * 256])
    return palette
