"""Image files as arrays: whatever a file holds, 8-bit RGB comes out."""

from pathlib import Path

import numpy as np
from PIL import Image

from src.base.errors import UserError
from src.video.orientation import turn_needed, turned_pixels, turned_size

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp")

_FORMATS = ("BMP", "JPEG", "PNG")
_UNREADABLE = (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError)


def read_image(path: str | Path) -> np.ndarray:
    """Reads an image file.

    Alpha is dropped, 16-bit values keep their upper byte. A picture is turned by its EXIF
    orientation unless `environment.exif_orientation` says else. Apart from that the pixels are
    those that `tf.io.decode_jpeg(dct_method="INTEGER_ACCURATE")` gives.

    Args:
        path: A jpg, png or bmp file: RGB, grey, palette, RGBA, one bit or 16 bits a channel.

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


def _as_rgb(image: Image.Image) -> Image.Image:
    # `convert` would copy what is RGB already
    return image if image.mode == "RGB" else _as_eight_bits(image).convert("RGB")


def _as_eight_bits(image: Image.Image) -> Image.Image:
    if image.mode == "I" or image.mode.startswith("I;16"):
        upper = np.clip(np.asarray(image).astype(np.int64) >> 8, 0, 255)
        return Image.fromarray(upper.astype(np.uint8))
    return image


def _check_file(path: str | Path) -> None:
    path = Path(path)
    if not path.is_file():
        raise UserError(f"{path}: there is no such image file")
    if path.stat().st_size == 0:
        raise UserError(f"{path}: the image file is empty")


def _unreadable(path: str | Path) -> UserError:
    return UserError(f"{path}: is not a whole jpg, png or bmp image (truncated or another format)")
