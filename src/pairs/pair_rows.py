"""Pairs as columns over an index, and as rows of the list: a million of them are 20 MB."""

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np

from src.datasets.index import Index
from src.pairs.pair_list import Pair, pair_row
from src.pairs.rules import relative_path


class PairRows(Protocol):
    """Some pairs, whatever they are kept in."""

    def __len__(self) -> int:
        """How many there are."""

    def rows(self, places: np.ndarray) -> list[list]:
        """Rows of the list, as `pair_list.COLUMNS`, of the pairs at these places (int64)."""


class ListedPairs(NamedTuple):
    """Pairs that are objects."""

    pairs: Sequence[Pair]

    def __len__(self) -> int:
        """How many there are."""
        return len(self.pairs)

    def rows(self, places: np.ndarray) -> list[list]:
        """As `PairRows` says."""
        return [pair_row(self.pairs[place]) for place in places]


class IndexedPairs:
    """Pairs of boxes of one index.

    Attributes:
        target: int32 [P], the target of each pair.
        z_row: int64 [P], the exemplar among all rows of the index.
        x_row: int64 [P], the search image among them.
        validates: bool [P], whether it belongs to the validation split.
    """

    def __init__(
        self,
        index: Index,
        root: str | Path,
        target: np.ndarray,
        z_row: np.ndarray,
        x_row: np.ndarray,
        validates: np.ndarray,
    ) -> None:
        """Takes the columns.

        Args:
            index: Where the boxes are.
            root: Folder that paths in the list are relative to.
            target: [P].
            z_row: [P].
            x_row: [P].
            validates: [P].
        """
        self.target, self.z_row, self.x_row, self.validates = target, z_row, x_row, validates
        self._index, self._root = index, root

    def __len__(self) -> int:
        """How many there are."""
        return len(self.target)

    def taken(self, places: np.ndarray) -> "IndexedPairs":
        """The pairs at these places, int64 [K], in their order."""
        columns = (self.target, self.z_row, self.x_row, self.validates)
        return IndexedPairs(self._index, self._root, *(column[places] for column in columns))

    def names(self) -> list[str]:
        """The name of every target of the index, as the list has it."""
        return self._names

    def gaps(self) -> np.ndarray:
        """int32 [P], frames between exemplar and search image."""
        frames = self._index.columns["row_frame"]
        return np.abs(frames[self.x_row] - frames[self.z_row])

    def rows(self, places: np.ndarray) -> list[list]:
        """As `PairRows` says."""
        target = self.target[places]
        video = self._index.columns["target_video"][target]
        splits = np.where(self.validates[places], "validation", "train").tolist()
        names = [self._names[k] for k in target.tolist()]
        sides = [self._side(video, rows[places]) for rows in (self.z_row, self.x_row)]
        return [
            [split, name, *z, *x] for split, name, z, x in zip(splits, names, *sides, strict=True)
        ]

    def _side(self, video: np.ndarray, row: np.ndarray) -> list[tuple]:
        """Path, frame and box of one side of each pair."""
        columns, stops = self._index.columns, self._index.columns["video_stop"]
        frame = columns["row_frame"][row]
        first = np.where(video > 0, stops[video - 1], 0)
        files = self._index.strings["frame_name"].take(first + frame)
        folders = [self._folders[k] for k in video.tolist()]
        paths = [folder + file for folder, file in zip(folders, files, strict=True)]
        return list(
            zip(paths, frame.tolist(), *columns["row_box_ltwh"][row].T.tolist(), strict=True)
        )

    @functools.cached_property
    def _folders(self) -> list[str]:
        """What stands before a frame's name, of each video; one string for each folder."""
        relative = functools.cache(lambda folder: _before_names(folder, self._root))
        return [relative(self._index.folder_of(k)) for k in range(self._index.n_videos)]

    @functools.cached_property
    def _names(self) -> list[str]:
        """Each target's name in the list."""
        name = photograph_name if self._index.photographs else Index.track
        return [name(self._index, target) for target in range(self._index.n_targets)]


def photograph_name(index: Index, target: int) -> str:
    """How the list calls a box of a photograph; what reads it knows photographs by `stills/`."""
    video = int(index.columns["target_video"][target])
    return f"stills/{index.strings['video_name'][video]}#{index.strings['target_name'][target]}"


def _before_names(folder: Path, root: str | Path) -> str:
    relative = relative_path(folder, root)
    return "" if relative == "." else f"{relative}/"
