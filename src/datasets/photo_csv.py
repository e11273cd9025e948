"""Photographs with boxes in a CSV file, the project's own layout.

A header `image,width,height,label,x,y,w,h,source`, then a row a box; the images lie beside the
file. Pixels are counted from 0, x and y are the left and top edge. A target is a row; none is
absent. `source` says where a photograph is from; the label counts within it.
"""

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from src.base.errors import UserError
from src.datasets.labels import FrameFiles, LabelledVideo, Source, Target

COLUMNS = ("image", "width", "height", "label", "x", "y", "w", "h", "source")


@dataclass(frozen=True)
class Still:
    """One box in one photograph.

    Attributes:
        row: Row of the file, the header being row 1.
        image: File name, beside the annotations.
        size: (width, height), pixels.
        label: What it shows.
        source: Where it is from.
        box_ltwh: Pixels counted from 0.
    """

    row: int
    image: str
    size: tuple[float, float]
    label: str
    source: str
    box_ltwh: tuple[float, float, float, float]


def read_stills(annotations: Path) -> list[Still]:
    """Reads the boxes of the photographs.

    Raises:
        UserError: A column is missing, or a row is wrong; names the file and the row.
    """
    with open(annotations, encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        missing = [column for column in COLUMNS if column not in (rows.fieldnames or ())]
        if missing:
            raise UserError(f"{annotations}: the header lacks {', '.join(missing)}")
        return [_parse(row, n, f"{annotations}, row {n}") for n, row in enumerate(rows, 2)]


def _parse(row: dict[str, str], number: int, where: str) -> Still:
    try:
        size = float(row["width"]), float(row["height"])
        box_ltwh = tuple(float(row[column]) for column in ("x", "y", "w", "h"))
    except (TypeError, ValueError) as error:
        raise UserError(f"{where}: width, height, x, y, w and h should be numbers") from error
    if not (np.isfinite([*size, *box_ltwh]).all() and min(*size, *box_ltwh[2:]) > 0):
        raise UserError(f"{where}: width, height, w and h should be finite and greater than 0")
    return Still(number, row["image"], size, row["label"], row["source"], box_ltwh)


def _recognise(path: Path) -> bool:
    if path.suffix.lower() != ".csv" or not path.is_file():
        return False
    with open(path, encoding="utf-8-sig", errors="replace") as file:
        return set(COLUMNS) <= set(file.readline().strip().split(","))


def _read(path: Path, _unit: str) -> Iterator[LabelledVideo]:
    by_image: dict[str, list[Still]] = defaultdict(list)
    for still in read_stills(path):
        by_image[still.image].append(still)
    for image, stills in by_image.items():
        targets = [_target(still) for still in stills]
        size = tuple(int(side) for side in stills[0].size)
        yield LabelledVideo(image, FrameFiles(path.parent, [image]), targets, size)


def _target(still: Still) -> Target:
    box_ltwh = np.array([still.box_ltwh])
    zero = np.zeros(1, dtype=np.int32)
    return Target(str(still.row), f"{still.source}/{still.label}", zero, box_ltwh, zero)


SOURCE = Source(
    "photographs in a CSV",
    photographs=True,
    first_index=0,
    recognise=_recognise,
    units=lambda path: [path.name],
    read=_read,
    evidence=lambda path, _unit: [path],
)
