"""MOTChallenge's `gt.txt` as columns of numbers, with the lines that are wrong named."""

import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np

from src.base.errors import UserError

_WIDTHS = (9, 10)
_COLUMNS = (
    "9 numbers (frame, id, left, top, width, height, flag, class, visibility), or 10 as in MOT15"
)


class MotRows(NamedTuple):
    """The rows of a file, in its order.

    Attributes:
        frames: int64 [N], frame numbers as in the file.
        tracks: int64 [N], ids.
        boxes_ltwh: float64 [N, 4], pixels as the file counts them.
        flags: float64 [N], 0 where a row is not to be considered.
        classes: int64 [N]; -1: not told.
        visibility: float64 [N], share of the box that is seen; 1 where it is not told.
    """

    frames: np.ndarray
    tracks: np.ndarray
    boxes_ltwh: np.ndarray
    flags: np.ndarray
    classes: np.ndarray
    visibility: np.ndarray


def read_mot_rows(path: Path, named_classes: bool) -> MotRows:
    """Reads a file of rows.

    Args:
        path: The file; numbers separated by commas, 9 or 10 a row.
        named_classes: Whether a file beside it names the classes, so that rows of 10 tell them too;
            else these are MOT15's, with places in the world instead.

    Returns:
        The columns; empty ones for an empty file.

    Raises:
        UserError: The file is missing, or a line is wrong; names the line.
    """
    table = _read_table(path)
    _check_numbers(table, path)
    whole = table[:, [0, 1]].astype(np.int64)
    if table.shape[1] == 9 or named_classes:
        classes, visibility = table[:, 7].astype(np.int64), table[:, 8]
    else:
        classes, visibility = np.full(len(table), -1), np.ones(len(table))
    return MotRows(whole[:, 0], whole[:, 1], table[:, 2:6], table[:, 6], classes, visibility)


def row_error(path: Path, row: int, text: str) -> UserError:
    """The error of one row, which names its line.

    Args:
        path: The file.
        row: Index into the columns; lines that are empty have none.
        text: What is wrong, and what would be right.
    """
    lines = [n for n, line in enumerate(_lines(path), 1) if line.strip()]
    return UserError(f"{path}, line {lines[row]}: {text}")


def _read_table(path: Path) -> np.ndarray:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # NumPy's, of a file without a row
            table = np.loadtxt(path, delimiter=",", comments=None, ndmin=2, encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise UserError(f"{path}: there is no such file of labels") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: is not a text file of labels") from error
    except ValueError as error:
        raise _wrong_line(path) from error
    if table.size == 0:
        return np.empty((0, _WIDTHS[0]))
    if table.shape[1] not in _WIDTHS:
        raise row_error(path, 0, f"{table.shape[1]} numbers; {_COLUMNS} are right")
    return table


def _check_numbers(table: np.ndarray, path: Path) -> None:
    wrong = np.flatnonzero(~np.isfinite(table).all(axis=1) | (table[:, :2] % 1 != 0).any(axis=1))
    if wrong.size:
        raise row_error(path, wrong[0], "finite numbers are right, whole ones for frame and id")


def _wrong_line(path: Path) -> UserError:
    """The error of a file that is no table: its first line that has not 9 or 10 numbers."""
    usual = None
    for number, line in enumerate(_lines(path), 1):
        fields = line.split(",")
        if not line.strip():
            continue
        usual = usual or len(fields)
        if len(fields) not in _WIDTHS or len(fields) != usual or not all(map(_is_number, fields)):
            return UserError(f"{path}, line {number}: {_COLUMNS} are right, as many in every line")
    return UserError(f"{path}: is not a table of numbers; {_COLUMNS} are right")


def _is_number(field: str) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8-sig").splitlines()
