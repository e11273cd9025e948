"""The EXIF orientation of photographs, as browsers, labelling tools and OpenCV show them."""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

from src.base.orientation import orientation_applied
from src.video.turning import turned

_TAG = 0x0112
# EXIF 2.32, tag 274: where a step to the right and one downwards lead in the shown picture
_STEPS = {
    2: ((-1, 0), (0, 1)),
    3: ((-1, 0), (0, -1)),
    4: ((1, 0), (0, -1)),
    5: ((0, 1), (1, 0)),
    6: ((0, 1), (-1, 0)),
    7: ((0, -1), (-1, 0)),
    8: ((0, -1), (1, 0)),
}
# for pictures whose labels have their width for its height
TURNED_ADVICE = (
    "; labels of pictures that were not turned by their EXIF orientation need "
    "environment.exif_orientation=ignored"
)
_INVERSE = {6: 8, 8: 6}


def turn_needed(image: Image.Image, path: str | Path) -> int:
    """What is to be done to the pixels that Pillow gives; tells once that pictures are turned.

    Args:
        image: As it was opened, not decoded yet.
        path: Its file.

    Returns:
        An EXIF orientation; 1: nothing.
    """
    orientation = _orientation(image)
    if orientation not in _STEPS:
        return 1
    if orientation_applied():
        _tell(str(path))
    # Pillow 13 turns a TIFF itself, and no other kind of file
    if image.format != "TIFF":
        return orientation if orientation_applied() else 1
    return 1 if orientation_applied() else _INVERSE.get(orientation, orientation)


def turned_size(size_wh: tuple[int, int], orientation: int) -> tuple[int, int]:
    """(width, height) after a turn."""
    return size_wh[::-1] if orientation >= 5 else size_wh


def turned_pixels(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Pixels [H, W, 3] after a turn, C-contiguous; the same ones where there is none."""
    return pixels if orientation == 1 else turned(pixels, *_STEPS[orientation])


def _orientation(image: Image.Image) -> int:
    """The orientation that the header tells; 1 if it tells none or is damaged."""
    if image.format == "TIFF":
        return image.tag_v2.get(_TAG, 1)
    data = image.info.get("exif")
    if not data:
        return 1
    # `Image.getexif` would decode a PNG, and take XMP's word too, which nobody else does
    exif = Image.Exif()
    try:
        exif.load(data)
        return int(exif.get(_TAG, 1))
    except Exception:  # damaged EXIF raises anything, and the picture may be whole
        return 1


_told: list[str] = []


def _tell(path: str) -> None:
    """Once in a process."""
    if not _told:
        _told.append(path)
        print(
            "Pictures with an EXIF orientation are shown turned by it, as labelling tools show "
            f"them (the first is {path}); environment.exif_orientation=ignored takes them as they "
            "are stored",
            file=sys.stderr,
            flush=True,
        )
