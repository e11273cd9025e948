"""Result files of one video: where each target was, and where it was lost."""

import csv
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from src.base.errors import UserError
from src.datasets.ground_truth import read_boxes
from src.evaluating.results import SETTINGS

USUAL_LABEL = "target"
_SUFFIXES = (".txt", ".csv", ".json")
_BOX = ("x", "y", "w", "h")


@dataclass(frozen=True)
class ResultTrack:
    """What one result file tells of one target.

    Attributes:
        path: The file.
        label: What the target is.
        boxes_ltwh: float64 [N, 4], a row for each frame from the video's first on, frame pixels;
            NaN where the target is lost or there is no box.
        own: What the JSON file of an own video tells besides; empty for other results.
        settings: `settings.json` of the result folder; empty if there is none.
    """

    path: Path
    label: str
    boxes_ltwh: np.ndarray
    own: dict[str, Any]
    settings: dict[str, Any]

    @property
    def video(self) -> str:
        """What tells the video from others: its file or folder, or the name of the results."""
        if "source" in self.own:
            return str(self.own["source"])
        return str(Path(self.settings.get("dataset", "")) / self.path.stem)


def read_results(texts: Sequence[str]) -> list[ResultTrack]:
    """Reads the result files of the targets of one video.

    Args:
        texts: `FILE` or `LABEL=FILE`: the txt file of any track (a box a line), or the txt, csv or
            json file of an own video, which are the same. Without a JSON or CSV file a target is
            lost where its `_confidence.txt` and the bounds in `settings.json` say so.

    Returns:
        A track for each, at least one.

    Raises:
        UserError: None is given, a file is missing or wrong, holds no box, or is of another video
            than the first.
    """
    if not texts:
        raise UserError(
            "no results are named: give one or more files (results/TRACKER/DATASET/VIDEO.txt), or "
            "LABEL=FILE"
        )
    tracks = [_read(*_named(text)) for text in texts]
    for track in tracks[1:]:
        _check_same_video(tracks[0], track)
    return tracks


def _named(text: str) -> tuple[str, Path]:
    label, equals, path = text.partition("=")
    if not equals or Path(text).exists():
        return USUAL_LABEL, Path(text)
    return label or USUAL_LABEL, Path(path)


def _read(label: str, path: Path) -> ResultTrack:
    if path.suffix.lower() not in _SUFFIXES or not path.is_file():
        raise UserError(
            f"{path}: is no result file; a file that is there and ends in .txt, .csv or .json, as "
            "an evaluation writes them, is right"
        )
    own, table = path.with_suffix(".json"), path.with_suffix(".csv")
    settings = _read_json(path.parent / SETTINGS)
    about: dict[str, Any] = {}
    if own.is_file() and own.name != SETTINGS:
        about, boxes = _own_track(own)
    elif path == table:
        boxes = _table(path)
    else:
        boxes = read_boxes(path, first_index=0)
        boxes[_lost(path, settings, len(boxes))] = np.nan
    if np.isnan(boxes).any(axis=1).all():
        raise UserError(f"{path}: holds no box in any frame, or the target is lost in all of them")
    return ResultTrack(path, label, boxes, about, settings)


def _own_track(path: Path) -> tuple[dict[str, Any], np.ndarray]:
    """What the JSON file of an own video tells, and its boxes."""
    about = _read_json(path)
    try:
        rows = [
            (row["frame"], *(row["box"] or [np.nan] * 4), row["lost"] or 0)
            for row in about.pop("track")
        ]
        return about, _by_frame(rows)
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"{path}: is not the JSON file of a track ({error})") from error


def _table(path: Path) -> np.ndarray:
    """The boxes of the CSV file of an own video."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = [
                (int(row["frame"]), *(float(row[key] or "nan") for key in _BOX), row["lost"] == "1")
                for row in csv.DictReader(file)
            ]
        return _by_frame(rows)
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"{path}: is not the CSV file of a track ({error})") from error


def _by_frame(rows: Iterable[Sequence[float]]) -> np.ndarray:
    """Boxes from frame 0 on, of rows of frame, box and whether it is lost."""
    table = np.array(list(rows), dtype=np.float64).reshape(-1, 6)
    boxes = np.full((int(table[:, 0].max(initial=-1)) + 1, 4), np.nan)
    boxes[table[:, 0].astype(int)] = np.where(table[:, 5:] > 0, np.nan, table[:, 1:5])
    return boxes


def _lost(path: Path, settings: dict[str, Any], n_frames: int) -> np.ndarray:
    """Where the tracker took the target for gone, bool [n_frames]: its hysteresis once more."""
    lost = np.zeros(n_frames, dtype=bool)
    confidences = path.with_name(f"{path.stem}_confidence.txt")
    bounds = settings.get("hyperparams", {})
    below, above = (bounds.get(key) for key in ("lost_below", "found_above"))
    if not below or above is None or not confidences.is_file():
        return lost
    try:
        values = [float(line) for line in confidences.read_text(encoding="utf-8").splitlines()]
    except ValueError as error:
        raise UserError(f"{confidences}: {error}; a number a frame is right") from error
    if len(values) != n_frames:
        raise UserError(
            f"{confidences}: {len(values)} rows, but {path.name} has {n_frames}; one a frame is "
            "right in both"
        )
    is_lost = False
    for row, confidence in enumerate(values):
        is_lost = confidence <= above if is_lost else confidence < below
        lost[row] = is_lost
    return lost


def _read_json(path: Path) -> dict[str, Any]:
    """The object of a file; empty where there is none."""
    if not path.is_file():
        return {}
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise UserError(f"{path}: is not the JSON object that was written here") from error


def _check_same_video(first: ResultTrack, other: ResultTrack) -> None:
    """Targets of one video share its file, or at least the number of its frames."""
    if first.own and other.own:
        if first.video != other.video:
            raise UserError(
                f"{other.path}: is a track of {other.video}, but {first.path} of {first.video}; "
                "results of one video are right"
            )
    elif len(first.boxes_ltwh) != len(other.boxes_ltwh):
        raise UserError(
            f"{other.path}: {len(other.boxes_ltwh)} frames, but {len(first.boxes_ltwh)} in "
            f"{first.path}; results of one video are right"
        )


def without_start(name: str) -> str:
    """The video's name of that of a track, which may end in the frame it was started on."""
    return re.sub(r"_\d+$", "", name)
