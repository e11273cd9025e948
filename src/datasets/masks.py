"""Masks: which pixels belong to which object, and the boxes that these pixels just fill.

A mask comes as a picture of object numbers (DAVIS, YouTube-VOS) or as run lengths in a row of text
(VOT from 2020 on). Its box has edges at pixel borders: left is the first column with a pixel of the
object, width = last column - first column + 1, and the same for rows, so one pixel has the box
(x, y, 1, 1). (pytracking's `ltr/dataset/vos_base.py` leaves the + 1 out: its boxes are a pixel
smaller.)
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from src.base.errors import UserError
from src.datasets.frame_folders import frame_names
from src.datasets.labels import absent_row

# neither object nor background: davis2017-evaluation's `VOID_LABEL`
VOID = 255


class MaskBoxes(NamedTuple):
    """What the masks of one video tell.

    Attributes:
        size_wh: (width, height) of every mask, pixels.
        numbered: Whether the masks hold numbers of objects; else black and white, one object, 1.
        boxes_ltwh: By number of object, rising: float64 [M, 4], a row a mask, frame pixels counted
            from 0, NaN where the mask shows nothing of it. Only objects that some mask shows.
    """

    size_wh: tuple[int, int]
    numbered: bool
    boxes_ltwh: dict[int, np.ndarray]


def list_masks(folder: Path, frames: Mapping[str, int]) -> tuple[list[Path], np.ndarray]:
    """Lists the masks of a video.

    Args:
        folder: Holds PNG files, each named as its frame.
        frames: Index of each frame by its name without the suffix.

    Returns:
        The files in the order of time, at least one, and the frames they belong to, int32 [M].

    Raises:
        UserError: There is no such folder or no mask in it, or a mask has no frame.
    """
    paths = [folder / name for name in frame_names(folder, ".png")]
    for path in paths:
        if path.stem not in frames:
            raise UserError(f"{path}: there is no frame {path.stem} of this mask")
    return paths, np.array([frames[path.stem] for path in paths], dtype=np.int32)


def mask_evidence(folder: Path) -> list[Path]:
    """The folder of a video's masks and each mask, as one may be painted over; never raises."""
    try:
        return [folder, *(folder / name for name in frame_names(folder, ".png"))]
    except UserError:
        return [folder]


def read_mask_boxes(paths: Sequence[Path]) -> MaskBoxes:
    """Reads the boxes of all objects from the masks of a video.

    Args:
        paths: PNG files, at least one. Palette images hold numbers of objects, 0 for the
            background and 255 for void. Grey ones hold a single object, black and white: 8 bits of
            0 and 255, with or without alpha (DAVIS 2016's bear/00077.png has it), or one bit.

    Returns:
        The boxes.

    Raises:
        UserError: A file is no such mask, or the masks differ in size or in kind; names the file.
    """
    first, numbered = _read_mask(paths[0])
    rows: dict[int, np.ndarray] = {}
    for k, path in enumerate(paths):
        objects, has_numbers = (first, numbered) if k == 0 else _read_mask(path)
        if objects.shape != first.shape:
            raise UserError(
                f"{path}: is {_size(objects)} pixels, {paths[0].name} is {_size(first)}; masks "
                "of one size are right"
            )
        if has_numbers != numbered:
            raise UserError(
                f"{path}: {_kind(has_numbers)}, {paths[0].name} is {_kind(numbered)}; masks of "
                "one kind are right"
            )
        for number, box_ltwh in _boxes_of_objects(objects):
            boxes = rows.setdefault(number, np.full((len(paths), 4), np.nan))
            boxes[k] = box_ltwh
    height, width = first.shape
    return MaskBoxes((width, height), numbered, dict(sorted(rows.items())))


def box_of_runs(region_ltwh: np.ndarray, runs: np.ndarray) -> np.ndarray:
    """The box of a mask that is written as run lengths.

    Args:
        region_ltwh: int64 [4], the part of the frame that the runs tell of, row by row.
        runs: int64 [R], none negative: numbers of pixels, alternately outside and inside the
            object, outside first. Pixels after the last run are outside.

    Returns:
        float64 [4] ltwh, the pixels that the object fills; NaN if it has none.

    Raises:
        ValueError: The runs are longer than the region.
    """
    left, top, width, height = region_ltwh
    stops = np.cumsum(runs)
    if stops.size and stops[-1] > width * height:
        raise ValueError(f"runs of {stops[-1]} pixels in a region of {width} x {height}")
    inside = np.flatnonzero(runs[1::2]) * 2 + 1
    if inside.size == 0:
        return absent_row()
    first, last = (stops - runs)[inside], stops[inside] - 1
    first_row, last_row = first // width, last // width
    # a run that goes on in the next row has filled this one to its end, and that one from its start
    goes_on = last_row > first_row
    first_column = np.where(goes_on, 0, first % width).min()
    last_column = np.where(goes_on, width - 1, last % width).max()
    columns, rows = last_column - first_column + 1, last_row[-1] - first_row[0] + 1
    return np.array([left + first_column, top + first_row[0], columns, rows], dtype=np.float64)


def _read_mask(path: Path) -> tuple[np.ndarray, bool]:
    """Numbers of objects, uint8 [H, W], void taken as background, and whether they are numbered."""
    try:
        with Image.open(path, formats=("PNG",)) as image:
            mode, pixels = image.mode, np.asarray(image)
    except FileNotFoundError as error:
        raise UserError(f"{path}: there is no such mask") from error
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise UserError(f"{path}: is not a whole PNG file") from error
    if mode == "P":
        return np.where(pixels == VOID, 0, pixels).astype(np.uint8), True
    return _black_and_white(pixels, mode, path).astype(np.uint8), False


def _black_and_white(pixels: np.ndarray, mode: str, path: Path) -> np.ndarray:
    """The pixels of a mask without a palette that are white, bool [H, W]."""
    if mode not in ("1", "L", "LA"):
        raise UserError(
            f"{path}: is an image of mode {mode}, so its objects have no numbers; a palette image, "
            "or a grey one that is black and white, is right"
        )
    if mode == "1":
        return pixels
    grey = pixels if mode == "L" else pixels[..., 0]
    other = grey[(grey > 0) & (grey < 255)]
    if other.size:
        raise UserError(
            f"{path}: is a grey image with the value {other[0]}; 0 and 255 alone, or a palette "
            "image of object numbers, are right"
        )
    return grey == 255


def _boxes_of_objects(objects: np.ndarray) -> list[tuple[int, tuple[int, int, int, int]]]:
    """Number and ltwh of each object that a mask shows."""
    from scipy.ndimage import find_objects  # late: 0.3 s that only masks need

    found = []
    for number, place in enumerate(find_objects(objects), 1):
        if place is not None:
            rows, columns = place
            size_wh = columns.stop - columns.start, rows.stop - rows.start
            found.append((number, (columns.start, rows.start, *size_wh)))
    return found


def _size(objects: np.ndarray) -> str:
    return f"{objects.shape[1]} x {objects.shape[0]}"


def _kind(numbered: bool) -> str:
    return "a palette image" if numbered else "black and white"
