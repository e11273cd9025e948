"""Folders of frames: names of image files, in the order of time."""

import os
from collections.abc import Sequence
from pathlib import Path

from src.base.errors import UserError
from src.datasets.natural_order import natural_key
from src.video.images import IMAGE_KINDS, is_image_name


def frame_names(folder: Path, suffix: str = "") -> list[str]:
    """Lists the frames of a folder; opens none.

    Args:
        folder: Holds the frames themselves, not in sub-folders.
        suffix: Of the frames, such as ".jpg"; empty: of any image.

    Returns:
        File names in natural order.

    Raises:
        UserError: There is no such folder, or no image in it.
    """
    try:
        listed = os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UserError(f"{folder}: there is no such folder of frames") from error
    names = [name for name in listed if is_image_name(name) and name.endswith(suffix)]
    if not names:
        kind = suffix or IMAGE_KINDS
        raise UserError(f"{folder}: holds no frames; {kind} files are right")
    return sorted(names, key=natural_key)


def rows_by_stem(folder: Path, names: Sequence[str]) -> dict[str, int]:
    """Index of each frame by its file name without the suffix.

    Args:
        folder: Of the frames, to be named.
        names: Its frames.

    Raises:
        UserError: Two files have one name but for the suffix.
    """
    rows: dict[str, int] = {}
    for row, name in enumerate(names):
        before = rows.setdefault(os.path.splitext(name)[0], row)
        if before != row:
            raise UserError(f"{folder}: holds {names[before]} and {name}; one of them is right")
    return rows


def sub_folders(folder: Path) -> list[str]:
    """Names of the folders in a folder, in natural order; hidden ones are no part of a data set.

    Args:
        folder: Any path; what is no folder has no sub-folders.
    """
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if entry.is_dir() and entry.name[0] != "."]
    except (FileNotFoundError, NotADirectoryError):
        return []
    return sorted(names, key=natural_key)
