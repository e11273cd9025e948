"""Making the index of a source, by many workers, once: it stays until the data change."""

import hashlib
import json
import os
import shutil
import stat
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from src.base.errors import UserError
from src.base.files import atomic_folder
from src.base.orientation import orientation_setting
from src.base.progress import progress
from src.datasets.faults import SKIP, complaint
from src.datasets.index import COLUMNS, MANIFEST, SCHEMA, STRINGS, Index, open_index
from src.datasets.index_part import IndexPart
from src.datasets.labels import Source
from src.datasets.layouts import find_source, source_of
from src.parameters.models import Run
from src.video.images import IMAGE_SUFFIXES
from src.workers.executors import open_executor
from src.workers.pieces import versions

# a second of work or more, so that starting a process pays
UNITS_PER_PIECE = 200
# a source of which more cannot be read is wrong itself
MAX_WRONG = 0.05
_MAX_SENTENCES = 100
# labels of one folder
_MANY = 50


@dataclass(frozen=True)
class IndexPiece:
    """One piece of work: some units of a source.

    Attributes:
        path: What is indexed.
        key: Of its layout, see `layouts.source_of`.
        units: To be read.
    """

    path: Path
    key: str
    units: tuple[str, ...]


def read_piece(piece: IndexPiece) -> IndexPart:
    """Reads a piece's units.

    Args:
        piece: The work.

    Returns:
        Its columns; a unit that is wrong as a whole is a video without frames, with the reason.
    """
    part, source = IndexPart(), source_of(piece.key)
    for unit in piece.units:
        try:
            for video in source.read(piece.path, unit):
                part.add_video(piece.path, video)
        except UserError as error:
            part.add_wrong(unit, str(error))
    return part


def make_index(
    folder: Path, path: Path, layout: str | None, run: Run, on_bad_video: str = "stop"
) -> Index:
    """Opens the index of a source, and makes it first if there is none of these data.

    Args:
        folder: Where indices lie, beside the list of pairs.
        path: The data set.
        layout: A key of `layouts.SOURCES`; None: by the tree.
        run: `workers` and `cluster`, who read the labels.
        on_bad_video: `environment.on_bad_video`.

    Returns:
        The index.

    Raises:
        UserError: The path is no data set, two sources could read it, more than 5 % of it cannot
            be read and are not to be left out (all reasons are told), or a worker cannot do its
            work.
    """
    key, source = find_source(path, layout)
    units = source.units(path)
    place = f"{os.path.abspath(path)}\n{key}"
    stem = f"{path.stem}-{hashlib.sha256(os.fsencode(place)).hexdigest()[:8]}"
    made = folder / f"{stem}-{_state(source, path, units)}"
    if not (made / MANIFEST).is_file():
        with atomic_folder(made) as part:
            write_index(part, source, _parts(IndexPiece(path, key, tuple(units)), run))
        for old in folder.glob(f"{stem}-*"):
            if old != made:
                shutil.rmtree(old, ignore_errors=True)
    index = open_index(made, path)
    if on_bad_video != SKIP and len(index.wrong) > MAX_WRONG * index.n_videos:
        key = "environment.on_bad_video"
        raise UserError(complaint(index.wrong, index.n_videos, key))
    return index


def _state(source: Source, path: Path, units: Sequence[str]) -> str:
    """A fingerprint of the labels, of the frames' folders and of this program."""
    digest = hashlib.sha256(repr((SCHEMA, versions(), orientation_setting())).encode())
    for unit in units:
        digest.update(os.fsencode(f"\n{unit}"))
        for evidence in source.evidence(path, unit):
            digest.update(repr(_seen(evidence)).encode())
    return digest.hexdigest()[:12]


def _seen(evidence: Path) -> list[tuple[str, int, int]]:
    """Names, sizes and times of what is there; of a folder its own time and all but its images.

    A folder of hundreds of labels tells by its own time whether one came, went or was replaced; to
    look at each would take as long as to read it.
    """
    try:
        own = os.stat(evidence)
        seen = [("", own.st_size, own.st_mtime_ns)]
        names = os.listdir(evidence) if stat.S_ISDIR(own.st_mode) else []
        labels = [name for name in names if not name.lower().endswith(IMAGE_SUFFIXES)]
        for name in sorted(labels) if len(labels) <= _MANY else ():
            status = os.stat(evidence / name)
            seen.append((name, status.st_size, status.st_mtime_ns))
    except OSError:
        return [("none", 0, 0)]
    return seen


def write_index(folder: Path, source: Source, parts: Iterable[IndexPart]) -> None:
    """Writes all columns and the manifest.

    Args:
        folder: Empty.
        source: Whose labels they are.
        parts: One after the other; none is kept.
    """
    wrong: list[str] = []
    left_out: list[str] = []
    n_left_out = 0
    with ExitStack() as stack:
        names = [*COLUMNS, *STRINGS, *(f"{name}_stop" for name in STRINGS)]
        files = {name: stack.enter_context(open(folder / name, "wb")) for name in names}
        ends: dict[str, int] = defaultdict(int)
        for part in parts:
            _append(files, part, ends)
            wrong += part.wrong
            n_left_out += len(part.left_out)
            left_out += part.left_out[: _MAX_SENTENCES - len(left_out)]
    manifest = {
        "title": source.title,
        "photographs": source.photographs,
        "left_out": left_out,
        "n_left_out": n_left_out,
        "wrong": wrong,
    }
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")


def _parts(whole: IndexPiece, run: Run) -> Iterator[IndexPart]:
    """The parts in the order of their units, whoever reads them."""
    n_units = len(whole.units)
    here = n_units <= UNITS_PER_PIECE or (run.workers == 1 and not run.cluster)
    size = 1 if here else UNITS_PER_PIECE
    pieces = [
        IndexPiece(whole.path, whole.key, whole.units[start : start + size])
        for start in range(0, n_units, size)
    ]
    with progress(total=n_units, desc="labels", unit="unit") as bar:
        if here:
            for piece in pieces:
                yield read_piece(piece)
                bar.update(len(piece.units))
            return
        with open_executor(run, len(pieces), _some_file(whole)) as executor:
            futures = [executor.submit(read_piece, piece) for piece in pieces]
            for piece, future in zip(pieces, futures, strict=True):
                yield future.result()
                bar.update(len(piece.units))


def _some_file(whole: IndexPiece) -> list[Path]:
    """A file of the data, by which workers are known to see them."""
    for evidence in source_of(whole.key).evidence(whole.path, whole.units[0]):
        places = os.scandir(evidence) if evidence.is_dir() else [evidence]
        for place in places:
            if os.path.isfile(place):
                return [Path(place)]
    return []


# what the stops of a column count, and by that what they go on from
_COUNTED = {"video_stop": "frame_name_stop", "target_stop": "row_frame"}


def _append(files: dict[str, IO[bytes]], part: IndexPart, ends: dict[str, int]) -> None:
    """Puts a part behind the others; `ends` holds how far each column goes, in its own count."""
    before = dict(ends)
    for name, data in part.data.items():
        if name.endswith("_stop") or name == "target_video":
            counted = _COUNTED.get(name, name.removesuffix("_stop"))
            counted = "video_stop" if name == "target_video" else counted
            numbers = np.frombuffer(data, dtype=COLUMNS.get(name, (np.int64, 1))[0])
            files[name].write((numbers + before.get(counted, 0)).astype(numbers.dtype).tobytes())
            ends[name] += len(numbers)
        else:
            files[name].write(data)
            ends[name] += part.count(name) if name in COLUMNS else len(data)
