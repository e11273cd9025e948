"""Text files of boxes: one row a frame, in any of the ways the benchmarks write them.

VOT writes masks from 2020 on, `m` and then whole numbers: left, top, width and height of a part of
the frame, pixels counted from 0, and the lengths of runs of its pixels, row by row, outside and
inside the target by turns (`vot/region/io.py` of vot-toolkit 0.9.0). A mask becomes the box that
its pixels just fill.
"""

import re
from itertools import chain
from pathlib import Path

import numpy as np

from src.base.errors import UserError
from src.datasets.labels import absent_row
from src.datasets.masks import box_of_runs
from src.geometry.region_to_bbox import region_to_box_ltwh

_SEPARATORS = re.compile(r"[\s,;]+")
# corners, or what a spreadsheet makes of x, y, width and height where decimals have commas
_PAIRS = re.compile(r"\s*-?\d+,\d+(\s*[;\t]\s*-?\d+,\d+){3}\s*")


def read_boxes(path: str | Path, first_index: int) -> np.ndarray:
    """Reads a file of boxes.

    Numbers have points, and are separated by commas, semicolons, tabs, blanks or a mixture;
    separators at the end of a row, Windows line ends and a byte-order mark do no harm. A row has 4
    numbers (left, top, width, height) or 8 (the corners of a polygon), or is a mask. A row that is
    empty, all NaN or has a width or height that is not above 0 (`0,0,0,0`; DepthTrack writes
    `90,70,1,-1`), or a mask without a pixel, means that the target is absent.

    Args:
        path: The file.
        first_index: What the file calls the first pixel, 0 or 1; the positions, not the sizes,
            are lowered by it.

    Returns:
        float64 [N, 4] ltwh, frame pixels counted from 0; rows of NaN where the target is absent.
        Empty lines at the end of the file are rows too.

    Raises:
        UserError: The file cannot be read, or a row is wrong; names the file and the row.
    """
    text = _read_text(Path(path))
    boxes = _plain_boxes(text)
    if boxes is None:
        lines = enumerate(text.splitlines(), 1)
        rows = [_parse_row(line, f"{path}, row {number}") for number, line in lines]
        boxes = np.array(rows, dtype=np.float64).reshape(-1, 4)
    boxes[~(boxes[:, 2:] > 0).all(axis=1)] = np.nan
    boxes[:, :2] -= first_index
    return boxes


def read_flags(path: str | Path) -> np.ndarray:
    """Reads a file of whole numbers, as GOT-10k's `cover.label` and LaSOT's `out_of_view.txt`.

    Args:
        path: The file: a number a row, or several in a row with commas or blanks between them.

    Returns:
        int64 [N].

    Raises:
        UserError: The file cannot be read, or holds something else than whole numbers.
    """
    flags = []
    for number, line in enumerate(_read_text(Path(path)).split("\n"), 1):
        flags += [_parse_flag(field, f"{path}, row {number}") for field in _fields(line)]
    return np.array(flags, dtype=np.int64)


def read_out_of_view(folder: Path, n_frames: int) -> np.ndarray:
    """Reads GOT-10k's `absence.label` and `cover.label`, those of them that there are.

    Args:
        folder: The video's folder.
        n_frames: Number of frames of the video.

    Returns:
        bool [n_frames]: True where the target is marked as absent or wholly covered.

    Raises:
        UserError: A file is wrong, or does not have one row a frame.
    """
    absent = np.zeros(n_frames, dtype=bool)
    for label, flag_means_absent in (("absence.label", np.bool_), ("cover.label", np.logical_not)):
        path = folder / label
        if not path.is_file():
            continue
        flags = read_flags(path)
        if len(flags) != n_frames:
            raise UserError(
                f"{path}: {len(flags)} rows for {n_frames} frames; one row a frame is right"
            )
        absent |= flag_means_absent(flags)
    return absent


def _fields(line: str) -> list[str]:
    return [field for field in _SEPARATORS.split(line) if field]


def _plain_boxes(text: str) -> np.ndarray | None:
    """What `_parse_row` gives for each line, where all have four finite numbers or all NaN.

    Millions of rows are like this, and read eight times as fast; any other file gives None.
    """
    lines = text.replace(",", " ").replace(";", " ").splitlines()
    rows = [line.split() for line in lines]
    if any(len(row) != 4 for row in rows):
        return None
    try:
        boxes = np.fromiter(map(float, chain.from_iterable(rows)), np.float64).reshape(-1, 4)
    except ValueError:
        return None
    boxes[~boxes.any(axis=1)] = np.nan
    whole = np.isfinite(boxes).all(axis=1) | np.isnan(boxes).all(axis=1)
    return boxes if whole.all() else None


def _parse_row(line: str, where: str) -> np.ndarray:
    """A row as float64 [4] ltwh, not yet counted from 0; NaN for an absent target."""
    if line.lstrip().startswith("m"):
        return _mask_box(_fields(line.replace("m", "", 1)), where)
    if _PAIRS.fullmatch(line):
        raise UserError(
            f"{where}: {line.strip()!r} may be four numbers with decimal commas or eight numbers; "
            "a point in numbers, or one separator between all, is right"
        )
    region = np.array([_parse_number(field, where) for field in _fields(line)])
    if region.size == 0 or np.isnan(region).all():
        return absent_row()
    if region.size not in (4, 8):
        raise UserError(
            f"{where}: {region.size} numbers; 4 (left, top, width, height), 8 (the corners of a "
            "polygon) or a mask (m and its run lengths) are right"
        )
    if not region.any():
        return absent_row()
    if not np.isfinite(region).all():
        raise UserError(
            f"{where}: {line.strip()!r} is not a box; finite numbers are right, or NaN in the "
            "whole row for an absent target"
        )
    return region_to_box_ltwh(region)


def _parse_number(field: str, where: str) -> float:
    try:
        return float(field)
    except ValueError as error:
        raise UserError(f"{where}: {field!r} is not a number") from error


def _parse_flag(field: str, where: str) -> int:
    try:
        return int(field)
    except ValueError as error:
        raise UserError(f"{where}: {field!r} is not a whole number") from error


def _mask_box(fields: list[str], where: str) -> np.ndarray:
    try:
        numbers = np.array(fields, dtype=np.int64)
    except (ValueError, OverflowError) as error:
        raise UserError(f"{where}: a mask of other things than whole numbers") from error
    if numbers.size < 5 or (numbers[2:] < 0).any():
        raise UserError(
            f"{where}: is no mask; m, left, top, width, height and at least one run length are "
            "right, no size or length negative"
        )
    try:
        return box_of_runs(numbers[:4], numbers[4:])
    except ValueError as error:
        raise UserError(f"{where}: a mask with {error}; at most its pixels are right") from error


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise UserError(f"{path}: there is no such file of boxes") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: is not a text file of boxes") from error
