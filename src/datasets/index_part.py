"""Columns of an index as bytes, filled video by video."""

import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from src.datasets.frame_size import first_frame_size
from src.datasets.index import COLUMNS
from src.datasets.labels import LabelledVideo, as_frame_files

_OFFSET = np.dtype(np.int64).itemsize


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
        """Appends a video of the data set at `path`; its first frame is looked at.

        One without frames is one of a document that could not be read; it says why.
        """
        if not len(video.frames):
            self.add_wrong(video.name, "; ".join(video.left_out) or f"{video.name}: no frames")
            return
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
