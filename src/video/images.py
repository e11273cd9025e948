"""Image files as arrays: whatever a file holds, 8-bit RGB comes out."""

import functools
import os
from pathlib import Path

import numpy as np
from PIL import Image

from src.base.errors import UserError
from src.video.counts import UPPER_BYTE, CountRange, count_range, tell_range
from src.video.orientation import turn_needed, turned_pixels, turned_size

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp")
# for sentences
IMAGE_KINDS = "jpg, png, bmp, tif or webp"

_FORMATS = ("BMP", "JPEG", "PNG", "TIFF", "WEBP")
_UNREADABLE = (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError)


def read_image(path: str | Path) -> np.ndarray:
    """Reads an image file.

    Alpha is dropped. Grey of 16 bits or more is stretched by the range of the first such file in
    the folder, by name (see `counts`); colours of 16 bits keep their upper byte, which is all that
    Pillow gives of them. Of several pages the first one counts. A picture is turned by its EXIF
    orientation unless `environment.exif_orientation` says else. Apart from that the pixels are
    those that `tf.io.decode_jpeg(dct_method="INTEGER_ACCURATE")` gives.

    Args:
        path: A jpg, png, bmp, tif or webp file: RGB, grey, palette, RGBA, one bit or 16 bits a
            channel, or grey of 32 bits or floating-point numbers.

    Returns:
        uint8 [H, W, 3], RGB, C-contiguous.

    Raises:
        UserError: The file is missing, empty, truncated or not an image.
    """
    _check_file(path)
    try:
        with Image.open(path, formats=_FORMATS) as image:
            orientation = turn_needed(image, path)
            image.load()
            if is_deep(image):
                pixels = _folder_range(Path(path).parent).to_grey(np.asarray(image))
            else:
                pixels = np.array(_as_rgb(image), dtype=np.uint8)
            return turned_pixels(pixels, orientation)
    except _UNREADABLE as error:
        raise _unreadable(path) from error


def image_size(path: str | Path) -> tuple[int, int]:
    """Reads the size of an image from its header, without decoding it.

    Args:
        path: An image file, as in `read_image`.

    Returns:
        (width, height), pixels, of what `read_image` gives.

    Raises:
        UserError: The file is missing, empty or does not begin like an image.
    """
    _check_file(path)
    try:
        with Image.open(path, formats=_FORMATS) as image:
            return turned_size(image.size, turn_needed(image, path))
    except _UNREADABLE as error:
        raise _unreadable(path) from error


def is_image_name(name: str) -> bool:
    """Whether a file name has the suffix of an image and is not hidden."""
    return name.lower().endswith(IMAGE_SUFFIXES) and not name.startswith(".")


def is_deep(image: Image.Image) -> bool:
    """Whether Pillow gives a picture as counts of more than 8 bits, or as floating-point ones."""
    return image.mode in ("I", "F") or image.mode.startswith("I;16")


def _as_rgb(image: Image.Image) -> Image.Image:
    # `convert` would copy what is RGB already
    return image if image.mode == "RGB" else image.convert("RGB")


@functools.lru_cache(maxsize=4096)
def _folder_range(folder: Path) -> CountRange:
    """The range of the first picture of more than 8 bits that has one, whoever asks in which order.

    Broken pictures and those of a closed shutter have none.
    """
    for name in sorted(filter(is_image_name, os.listdir(folder))):
        try:
            with Image.open(folder / name, formats=_FORMATS) as image:
                if is_deep(image):
                    image.load()
                    chosen = count_range(np.asarray(image))
                    if chosen != UPPER_BYTE:
                        tell_range(str(folder / name), chosen)
                        return chosen
        except _UNREADABLE:
            continue
    return UPPER_BYTE


def _check_file(path: str | Path) -> None:
    path = Path(path)
    if not path.is_file():
        raise UserError(f"{path}: there is no such image file")
    if path.stat().st_size == 0:
        raise UserError(f"{path}: the image file is empty")


def _unreadable(path: str | Path) -> UserError:
    return UserError(f"{path}: is not a whole {IMAGE_KINDS} image (truncated or another format)")
