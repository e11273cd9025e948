"""Small trees of labelled videos, with a red square for a target in each frame."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

SIZE = (64, 48)


def draw_frames(
    folder: Path, boxes_ltwh: Iterable[Sequence[int] | None], first: int = 1, digits: int = 8
) -> None:
    """Saves frames numbered from `first` on; a box in whole pixels from 0 is filled with red."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, box in enumerate(boxes_ltwh, first):
        image = Image.new("RGB", SIZE, (60, 110, 90))
        if box is not None:
            left, top, width, height = box
            corners = (left, top, left + width - 1, top + height - 1)
            ImageDraw.Draw(image).rectangle(corners, fill=(250, 0, 0))
        image.save(folder / f"{number:0{digits}d}.jpg", quality=95, subsampling=0)


def red_box(frame: Path) -> list[int]:
    """Left, top, width and height of what is red in a frame, pixels counted from 0."""
    pixels = np.asarray(Image.open(frame)).astype(int)
    rows, columns = np.nonzero(pixels[..., 0] - pixels[..., 1] > 120)
    left, top = int(columns.min()), int(rows.min())
    return [left, top, int(columns.max()) - left + 1, int(rows.max()) - top + 1]


def write_lines(path: Path, *lines: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def read_one(source, path: Path, unit: str):
    """The only video of a unit."""
    (video,) = source.read(path, unit)
    return video
