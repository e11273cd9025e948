"""Making the index of a source, by many workers, once: it stays until the data change."""

import hashlib
import json
import os
import shutil
import stat
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import numpy as np

from src.base.errors import UserError
from src.base.files import atomic_folder
from src.base.orientation import orientation_setting
from src.base.progress import progress
from src.datasets.frame_size import first_frame_size
from src.datasets.index import COLUMNS, MANIFEST, SCHEMA, STRINGS, Index, open_index
from src.datasets.labels import LabelledVideo, Source, as_frame_files
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
_OFFSET = np.dtype(np.int64).itemsize


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


@dataclass
class IndexPart:
    """What came of a piece: the bytes of every column, as they follow those of other parts.

    Attributes:
        data: Column to its bytes; those of `*_stop` columns count from this part's beginning.
        wrong: Sentences on units that cannot be read.
        left_out: Sentences on records that were passed over.
    """

    data: dict[str, bytearray] = field(default_factory=lambda: defaultdict(bytearray))
    wrong: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def add(self, column: str, values: object) -> None:
        """Appends to a column of numbers."""
        self.data[column] += np.asarray(values, dtype=COLUMNS[column][0]).tobytes()

    def add_strings(self, column: str, texts: Sequence[str]) -> None:
        """Appends to a column of strings."""
        encoded = [text.encode("utf-8", "surrogateescape") for text in texts]
        stops = len(self.data[column]) + np.cumsum([len(text) for text in encoded], dtype=np.int64)
        self.data[column] += b"".join(encoded)
        self.data[f"{column}_stop"] += stops.tobytes()

    def add_video(self, path: Path, video: LabelledVideo) -> None:
        """Appends a video of the data set at `path`; its first frame is looked at."""
        size, trouble = first_frame_size(video)
        number = self.count("video_stop")
        frames = as_frame_files(video.frames)
        folder = os.path.relpath(frames.folder, path)
        self._add_texts(video.name, folder, video.film or video.name, trouble)
        self.add_strings("frame_name", frames.names)
        self._end_video(size)
        for target in video.targets:
            self.add_strings("target_name", [target.name])
            self.add_strings("target_label", [target.label])
            self.add("target_video", number)
            self.add("row_frame", target.rows)
            self.add("row_box_ltwh", target.boxes_ltwh)
            self.add("row_flags", target.flags)
            self.add("target_stop", self.count("row_frame"))
        self.left_out += video.left_out

    def add_wrong(self, unit: str, trouble: str) -> None:
        """Appends a unit that cannot be read, as a video without frames."""
        self.wrong.append(trouble)
        self._add_texts(Path(unit).name, ".", unit, trouble)
        self._end_video((0, 0))

    def _add_texts(self, *texts: str) -> None:
        columns = ("video_name", "video_folder", "video_film", "video_trouble")
        for column, text in zip(columns, texts, strict=True):
            self.add_strings(column, [text])

    def _end_video(self, size_wh: tuple[int, int]) -> None:
        self.add("video_stop", len(self.data["frame_name_stop"]) // _OFFSET)
        self.add("video_size", size_wh)

    def count(self, column: str) -> int:
        """How many rows a column of numbers has."""
        dtype, width = COLUMNS[column]
        return len(self.data[column]) // (np.dtype(dtype).itemsize * width)


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


def make_index(folder: Path, path: Path, layout: str | None, run: Run) -> Index:
    """Opens the index of a source, and makes it first if there is none of these data.

    Args:
        folder: Where indices lie, beside the list of pairs.
        path: The data set.
        layout: A key of `layouts.SOURCES`; None: by the tree.
        run: `workers` and `cluster`, who read the labels.

    Returns:
        The index.

    Raises:
        UserError: The path is no data set, two sources could read it, more than 5 % of it cannot
            be read (the first reason is told), or a worker cannot do its work.
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
    return open_index(made, path)


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

    Raises:
        UserError: More than 5 % of the videos cannot be read; the first reason is told.
    """
    wrong: list[str] = []
    left_out: list[str] = []
    n_left_out, n_videos = 0, 0
    with ExitStack() as stack:
        names = [*COLUMNS, *STRINGS, *(f"{name}_stop" for name in STRINGS)]
        files = {name: stack.enter_context(open(folder / name, "wb")) for name in names}
        ends: dict[str, int] = defaultdict(int)
        for part in parts:
            n_videos += part.count("video_stop")
            _append(files, part, ends)
            wrong += part.wrong
            n_left_out += len(part.left_out)
            left_out += part.left_out[: _MAX_SENTENCES - len(left_out)]
    if len(wrong) > MAX_WRONG * n_videos:
        raise UserError(_complaint(wrong, n_videos))
    manifest = {
        "title": source.title,
        "photographs": source.photographs,
        "left_out": left_out,
        "n_left_out": n_left_out,
    }
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")


def _complaint(wrong: Sequence[str], n_videos: int) -> str:
    if len(wrong) == 1:
        return wrong[0]
    return (
        f"{wrong[0]}; and {len(wrong) - 1} more of {n_videos} videos cannot be read (up to "
        f"{MAX_WRONG:.0%} would be passed over)"
    )


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
