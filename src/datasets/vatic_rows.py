"""Rows of VATIC, a tool in which videos were labelled by many (Vondrick et al., IJCV 2013).

    0 549 310 590 350 1 0 0 0 "ball" "attribute" ...
    track, xmin, ymin, xmax, ymax, frame, lost, occluded, generated, label, attributes

Positions are counted from 0, and xmax and ymax are edges, not the last column and row: in VATIC's
own code (cvondrick/pyvision, `vision/annotations.pyx`) no number is below 0, and a box's width is
xmax - xmin. `lost` says that the target is outside the frame, `generated` that the box was
interpolated (README of cvondrick/vatic).
"""

import math
from pathlib import Path
from typing import NamedTuple

import numpy as np

from src.base.errors import UserError
from src.datasets.labels import INTERPOLATED, OCCLUDED

_N_NUMBERS = 9


class VaticRows(NamedTuple):
    """The rows of a file, in its order.

    Attributes:
        lines: int64 [N], their lines in the file, from 1.
        tracks: int64 [N].
        frames: int64 [N], as the file counts them.
        boxes_ltwh: float64 [N, 4], frame pixels counted from 0; NaN where the target is lost.
        flags: uint8 [N], `OCCLUDED` and `INTERPOLATED`.
        labels: From each track to its first label.
    """

    lines: np.ndarray
    tracks: np.ndarray
    frames: np.ndarray
    boxes_ltwh: np.ndarray
    flags: np.ndarray
    labels: dict[int, str]

    def chosen(self, which: np.ndarray) -> "VaticRows":
        """The rows of a mask, bool [N], or of indices."""
        return VaticRows(*(column[which] for column in self[:-1]), self.labels)


def read_vatic(path: Path) -> VaticRows:
    """Reads a text file of VATIC.

    Args:
        path: The file; empty lines are passed over.

    Raises:
        UserError: The file cannot be read or has no row, or a row is wrong; names the line.
    """
    lines, numbers, labels = [], [], {}
    for line, text in enumerate(_read_text(path).splitlines(), 1):
        if text.strip():
            row, label = _parse_row(text, f"{path}, line {line}")
            lines.append(line)
            numbers.append(row)
            labels.setdefault(int(row[0]), label)
    if not numbers:
        raise UserError(f"{path}: has no labels; a row for each frame and track is right")
    table = np.array(numbers)
    boxes = np.concatenate([table[:, 1:3], table[:, 3:5] - table[:, 1:3]], axis=1)
    boxes[table[:, 6] != 0] = np.nan
    _check_boxes(boxes, lines, path)
    flags = OCCLUDED * (table[:, 7] != 0) + INTERPOLATED * (table[:, 8] != 0)
    tracks, frames = table[:, 0].astype(np.int64), table[:, 5].astype(np.int64)
    return VaticRows(np.array(lines), tracks, frames, boxes, flags.astype(np.uint8), labels)


def _parse_row(text: str, where: str) -> tuple[list[float], str]:
    fields = text.split(maxsplit=_N_NUMBERS)
    try:
        numbers = [float(field) for field in fields[:_N_NUMBERS]]
    except ValueError:
        numbers = []
    if len(fields) <= _N_NUMBERS or not numbers or not all(map(math.isfinite, numbers)):
        raise UserError(
            f"{where}: {text.strip()[:60]!r}; nine numbers (track, xmin, ymin, xmax, ymax, frame, "
            "lost, occluded, generated) and a label in quotes are right"
        )
    rest = fields[_N_NUMBERS]
    return numbers, rest.split('"')[1] if rest.startswith('"') else rest.split()[0]


def _check_boxes(boxes_ltwh: np.ndarray, lines: list[int], path: Path) -> None:
    empty = np.flatnonzero((boxes_ltwh[:, 2:] <= 0).any(axis=1))
    if empty.size:
        width, height = boxes_ltwh[empty[0], 2:]
        raise UserError(
            f"{path}, line {lines[empty[0]]}: a box of width {width:g} and height {height:g}; both "
            "must be greater than 0, or the target marked as lost"
        )


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise UserError(f"{path}: there is no such file of labels") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: is not a text file of labels") from error
