"""The index of a source: all its boxes as columns on the disk, read where they are needed.

An index is a folder of raw columns and a manifest. Strings lie end to end, with the offsets of
their ends. Nothing in it is a Python object until somebody asks for it, so that millions of boxes
cost no memory.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from src.datasets.labels import track_name

SCHEMA = 1
MANIFEST = "index.json"

# column to its type and number of values a row
COLUMNS: dict[str, tuple[type, int]] = {
    "video_stop": (np.int64, 1),  # frames of all videos up to this one
    "video_size": (np.int32, 2),  # (width, height), pixels; 0 where it is not known
    "target_video": (np.int32, 1),
    "target_stop": (np.int64, 1),  # rows of all targets up to this one
    "row_frame": (np.int32, 1),  # in its video, from 0
    "row_box_ltwh": (np.float64, 4),
    "row_flags": (np.uint8, 1),
}
STRINGS = (
    "video_name",
    "video_folder",  # of its frames, relative to the data set's path
    "video_film",
    "video_trouble",  # why it cannot be used; empty: it can
    "frame_name",
    "target_name",
    "target_label",
)


class Strings(NamedTuple):
    """A column of strings, [N], without an object for each.

    Attributes:
        stops: int64 [N], where each ends among the bytes.
        data: uint8, UTF-8 of all of them end to end.
    """

    stops: np.ndarray
    data: np.ndarray

    def __getitem__(self, k: int) -> str:
        """String k."""
        start = self.stops[k - 1] if k else 0
        return self.data[start : self.stops[k]].tobytes().decode("utf-8", "surrogateescape")

    def take(self, places: np.ndarray) -> list[str]:
        """The strings at these places, int64 [K]."""
        starts = np.where(places > 0, self.stops[places - 1], 0).tolist()
        ends, data = self.stops[places].tolist(), memoryview(self.data)
        return [
            str(data[start:end], "utf-8", "surrogateescape")
            for start, end in zip(starts, ends, strict=True)
        ]

    def __len__(self) -> int:
        """How many there are."""
        return len(self.stops)


class Index(NamedTuple):
    """All videos and boxes of one source; its columns are files that are read where they are used.

    Attributes:
        path: What was indexed, as the user names it.
        title: The source's.
        photographs: Whether its frames are photographs.
        left_out: Sentences on what was passed over.
        n_left_out: How many such records there were; the sentences may be fewer.
        wrong: Sentences on videos that cannot be read.
        columns: By `COLUMNS`, [N] or [N, values].
        strings: By `STRINGS`.
    """

    path: Path
    title: str
    photographs: bool
    left_out: Sequence[str]
    n_left_out: int
    wrong: Sequence[str]
    columns: dict[str, np.ndarray]
    strings: dict[str, Strings]

    @property
    def n_videos(self) -> int:
        """Number of videos, those that cannot be used included."""
        return len(self.columns["video_stop"])

    @property
    def n_targets(self) -> int:
        """Number of targets."""
        return len(self.columns["target_stop"])

    def frames_of(self, video: int) -> range:
        """Places of a video's frames among all frames."""
        stops = self.columns["video_stop"]
        return range(int(stops[video - 1]) if video else 0, int(stops[video]))

    def rows_of(self, target: int) -> slice:
        """Places of a target's boxes among all rows."""
        stops = self.columns["target_stop"]
        return slice(int(stops[target - 1]) if target else 0, int(stops[target]))

    def targets_of_videos(self) -> tuple[np.ndarray, np.ndarray]:
        """First target of each video and the one after its last: two int64 [videos]."""
        videos = np.arange(self.n_videos)
        owners = self.columns["target_video"]
        return np.searchsorted(owners, videos, "left"), np.searchsorted(owners, videos, "right")

    def track(self, target: int) -> str:
        """Name of a target's track."""
        video = int(self.columns["target_video"][target])
        return track_name(self.strings["video_name"][video], self.strings["target_name"][target])

    def folder_of(self, video: int) -> Path:
        """Where a video's frames lie."""
        return self.path / self.strings["video_folder"][video]


def open_index(folder: Path, path: Path) -> Index:
    """Opens an index; its columns stay on the disk.

    Args:
        folder: The index.
        path: What was indexed.
    """
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    columns = {
        name: _mapped(folder / name, dtype, width) for name, (dtype, width) in COLUMNS.items()
    }
    strings = {
        name: Strings(
            _mapped(folder / f"{name}_stop", np.int64, 1), _mapped(folder / name, np.uint8, 1)
        )
        for name in STRINGS
    }
    return Index(
        path,
        manifest["title"],
        manifest["photographs"],
        manifest["left_out"],
        manifest["n_left_out"],
        manifest["wrong"],
        columns,
        strings,
    )


def _mapped(file: Path, dtype: type, width: int) -> np.ndarray:
    shape = (-1,) if width == 1 else (-1, width)
    if file.stat().st_size == 0:  # which cannot be mapped
        return np.empty((0,) if width == 1 else (0, width), dtype)
    # a plain view: indexing np.memmap itself is slow
    return np.asarray(np.memmap(file, dtype, mode="r")).reshape(shape)
