"""Photographs whose EXIF orientation turns them."""

from pathlib import Path

import numpy as np
from PIL import Image


def save_turned(path: Path, pixels: np.ndarray, orientation: int | bytes) -> Path:
    """Writes pixels as they are, with an EXIF orientation or with these bytes for EXIF."""
    exif = Image.Exif()
    if isinstance(orientation, int):
        exif[0x0112] = orientation
    options = {"quality": 98, "subsampling": 0} if path.suffix == ".jpg" else {}
    data = orientation if isinstance(orientation, bytes) else exif
    Image.fromarray(pixels).save(path, exif=data, **options)
    return path


# by how many quarter turns to the left, after a mirror or not, a picture is stored
_STORED = {1: (0, 0), 2: (1, 0), 3: (0, 2), 4: (1, 2), 5: (1, 1), 6: (0, 1), 7: (1, 3), 8: (0, 3)}


def save_as_shown(path: Path, pixels: np.ndarray, orientation: int) -> Path:
    """Writes a picture that its EXIF orientation turns into these pixels."""
    mirrored, turns = _STORED[orientation]
    stored = np.rot90(pixels[:, ::-1] if mirrored else pixels, turns)
    return save_turned(path, np.ascontiguousarray(stored), orientation)
