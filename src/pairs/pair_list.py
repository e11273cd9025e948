"""The list of training pairs: a CSV file with a header, and a page that sums it up beside it."""

import csv
import io
import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from src.base.errors import UserError
from src.base.files import atomic_path, atomic_write_text, file_sha256

SPLITS = ("train", "validation")

_SIDE_COLUMNS = ("path", "frame", "x", "y", "w", "h")
COLUMNS = ("split", "video", *(f"{side}_{name}" for side in "zx" for name in _SIDE_COLUMNS))

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Pair:
    """An exemplar and a search image of one target.

    Attributes:
        split: "train" or "validation".
        video: Name of the video; no video is in both splits.
        z_path: Image of the exemplar, relative to `environment.root_dataset`, with slashes.
        z_frame: Its index in the video, from 0.
        z_box_ltwh: The target in it, frame pixels counted from 0.
        x_path: Image to search in.
        x_frame: Its index in the video, from 0.
        x_box_ltwh: The target in it.
    """

    split: str
    video: str
    z_path: str
    z_frame: int
    z_box_ltwh: Box
    x_path: str
    x_frame: int
    x_box_ltwh: Box


def write_pair_list(path: str | Path, pairs: Iterable[Pair], summary_text: str) -> str:
    """Writes pairs as `write_pair_rows` does, which says the rest."""
    return write_pair_rows(path, map(pair_row, pairs), summary_text)


def write_pair_rows(path: str | Path, rows: Iterable[Sequence[object]], summary_text: str) -> str:
    """Writes the list and, as `<stem>_summary.txt` beside it, its summary; each is atomic.

    Args:
        path: The list, `environment.pair_list`.
        rows: As `COLUMNS`, in the order to be written; taken one by one.
        summary_text: What the page says; the SHA-256 of the list is added at its end.

    Returns:
        The whole page.
    """
    path = Path(path)
    with atomic_path(path) as part:
        with open(part, "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(COLUMNS)
            writer.writerows(rows)
        digest = file_sha256(part)
    summary = f"{summary_text.rstrip()}\n\nSHA-256 of {path.name}: {digest}\n"
    atomic_write_text(path.with_name(f"{path.stem}_summary.txt"), summary)
    return summary


def pair_row(pair: Pair) -> list:
    """A pair as `COLUMNS`."""
    z_side = [pair.z_path, pair.z_frame, *map(float, pair.z_box_ltwh)]
    x_side = [pair.x_path, pair.x_frame, *map(float, pair.x_box_ltwh)]
    return [pair.split, pair.video, *z_side, *x_side]


def read_pair_list(path: str | Path) -> list[Pair]:
    """Reads a list of pairs.

    Args:
        path: A file that `write_pair_list` wrote.

    Returns:
        The pairs in their order.

    Raises:
        UserError: The file is missing, is no such list, is empty, has a wrong row (named by its
            number, the header being row 1), or has a video in both splits.
    """
    pairs = [_parse_row(row, f"{path}, row {number}") for number, row in _read_rows(Path(path))]
    if not pairs:
        raise UserError(f"{path}: the list holds no pairs; make it anew")
    _refuse_both_splits(pairs, path)
    return pairs


def read_some_pairs(
    path: str | Path, split: str, start: int, step: int
) -> Iterator[tuple[int, Pair]]:
    """Reads each so-manieth pair of a split; of a long list that is faster than reading it all.

    Args:
        path: A list that `read_pair_list` can read.
        split: "train" or "validation".
        start: Which pair of the split is the first, from 0.
        step: From one to the next.

    Yields:
        The row of a pair, the header being row 1, and the pair.

    Raises:
        UserError: The file is missing, is no such list, or has a wrong row among those wanted.
    """
    rows = (item for item in _read_rows(Path(path)) if item[1][:1] == [split])
    for number, row in itertools.islice(rows, start, None, step):
        yield number, _parse_row(row, f"{path}, row {number}")


def _read_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The rows below the header, with their numbers."""
    try:
        text = path.read_bytes().decode("utf-8", "surrogateescape")
    except FileNotFoundError as error:
        raise UserError(
            f"{path}: there is no list of pairs; run get_shuffled_list_from_vedio.py first, or, "
            "for validation videos alone, name them with environment.validation_datasets"
        ) from error
    rows = csv.reader(io.StringIO(text, newline=""))
    if tuple(next(rows, ())) != COLUMNS:
        raise UserError(f"{path}: is not a list of pairs; its header should be {','.join(COLUMNS)}")
    return enumerate(rows, 2)


def _parse_row(row: Sequence[str], where: str) -> Pair:
    if len(row) != len(COLUMNS):
        raise UserError(f"{where}: {len(row)} fields; {len(COLUMNS)} are right")
    if row[0] not in SPLITS:
        raise UserError(f"{where}: the split is {row[0]!r}; {' or '.join(SPLITS)} is right")
    return Pair(row[0], row[1], *_parse_side(row[2:8], where), *_parse_side(row[8:], where))


def _parse_side(fields: Sequence[str], where: str) -> tuple[str, int, Box]:
    try:
        frame = int(fields[1])
        left, top, width, height = (float(field) for field in fields[2:])
    except ValueError as error:
        raise UserError(f"{where}: {','.join(fields[1:])!r} should be five numbers") from error
    if not (fields[0] and frame >= 0 and width > 0 and height > 0):
        raise UserError(f"{where}: a path, a frame from 0 and a box with an area are right")
    if not all(map(math.isfinite, (left, top, width, height))):
        raise UserError(f"{where}: the box should be finite numbers")
    return fields[0], frame, (left, top, width, height)


def _refuse_both_splits(pairs: Sequence[Pair], path: str | Path) -> None:
    splits: dict[str, str] = {}
    for pair in pairs:
        if splits.setdefault(pair.video, pair.split) != pair.split:
            raise UserError(
                f"{path}: video {pair.video} is in both splits; a video belongs to train or to "
                "validation, never to both"
            )
