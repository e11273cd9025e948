"""Tracks that other programs wrote: text files in the layouts of the got10k toolkit and of OTB.

| layout                      | boxes                   | times                   |
|-----------------------------|-------------------------|-------------------------|
| OTB, got10k's OTB and UAV   | `<video>.txt`           | `times/<video>_time.txt`|
| got10k's GOT-10k and VOT    | `<video>/<video>_001.txt`| `<video>/<video>_time.txt`|

Of several repetitions (`_001`, `_002` …) the first counts.
"""

import re
from pathlib import Path

import numpy as np

from src.base.errors import UserError
from src.evaluating.results import Track
from src.geometry.region_to_bbox import region_to_box_ltwh

_SEPARATORS = re.compile(r"[\s,;]+")
_BOX_FILES = ("{0}.txt", "{0}/{0}_001.txt", "{0}/{0}.txt")
_TIME_FILES = ("times/{0}_time.txt", "{0}/{0}_time.txt", "{0}_time.txt")


def has_track(folder: Path, video: str) -> bool:
    """Whether a folder of another program holds a track of a video."""
    return _first_file(folder, _BOX_FILES, video) is not None


def read_foreign_track(
    folder: Path, video: str, n_frames: int, start: int, first_index: int
) -> Track:
    """Reads one track of another program.

    Args:
        folder: Of the tracker; `has_track` of it.
        video: Name of the video.
        n_frames: Number of its frames.
        start: Index of the frame the tracker was started on; rows before it are left out.
        first_index: What the files call the first pixel, 0 or 1.

    Returns:
        The track; without a file of times all seconds are NaN, and so are confidences.

    Raises:
        UserError: A file is no table of boxes or times, or has not one row a frame.
    """
    boxes = _read_boxes(_first_file(folder, _BOX_FILES, video), n_frames, first_index)
    times, seconds = _first_file(folder, _TIME_FILES, video), np.full(n_frames, np.nan)
    if times is not None:
        seconds = _read_rows(times, n_frames)[:, 0]
    boxes[:start], seconds[:start] = np.nan, np.nan
    unknown = np.full(n_frames, np.nan)
    return Track(boxes, seconds, unknown, unknown)


def _read_boxes(path: Path, n_frames: int, first_index: int) -> np.ndarray:
    """Boxes of a track, float64 [N, 4] ltwh from 0; unlike ground truth they may have no extent."""
    rows = _read_rows(path, n_frames)
    if rows.shape[1] not in (4, 8):
        raise UserError(
            f"{path}: {rows.shape[1]} numbers a row; 4 (left, top, width, height) or 8 (the "
            "corners of a polygon) are right"
        )
    boxes_ltwh = region_to_box_ltwh(rows)
    boxes_ltwh[:, :2] -= first_index
    return boxes_ltwh


def _read_rows(path: Path, n_frames: int) -> np.ndarray:
    """Numbers of a text file, float64 [n_frames, any]; empty lines at its end are no rows."""
    try:
        lines = path.read_text(encoding="utf-8-sig").rstrip().splitlines()
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: is not a text file of boxes or times") from error
    if len(lines) != n_frames:
        raise UserError(
            f"{path}: {len(lines)} rows for {n_frames} frames; one row a frame is right"
        )
    rows = [_numbers(path, *numbered) for numbered in enumerate(lines, 1)]
    for number, row in enumerate(rows, 1):
        if len(row) != len(rows[0]):
            raise UserError(
                f"{path}, row {number}: {len(row)} numbers, but {len(rows[0])} in row 1"
            )
    return np.array(rows)


def _numbers(path: Path, number: int, line: str) -> list[float]:
    try:
        return [float(field) for field in _SEPARATORS.split(line) if field]
    except ValueError as error:
        raise UserError(f"{path}, row {number}: {line.strip()!r} are not numbers") from error


def _first_file(folder: Path, patterns: tuple[str, ...], video: str) -> Path | None:
    """The first of the places where a file of a video may lie."""
    paths = (folder / pattern.format(video) for pattern in patterns)
    return next((path for path in paths if path.is_file()), None)
