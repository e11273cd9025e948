"""A track and its files, and the settings they depend on."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from src.base.errors import UserError
from src.base.files import atomic_write_text
from src.base.orientation import orientation_setting
from src.base.settings import claim, refuse_others
from src.datasets.segments import start_rule
from src.geometry.region_to_bbox import is_absent
from src.parameters.design import TRACKS, Design, keys_of
from src.parameters.hyperparams import Hyperparams, TrackerHyperparams
from src.parameters.models import Evaluation

SETTINGS = "settings.json"
PERFORMANCE = "performance.json"
BOX_DECIMALS = 4
_BOX_TOLERANCE = 1e-3
_ADVICE = (
    "keep the results and choose another name with --set evaluation.tracker=NAME, or remove them"
)


@dataclass(frozen=True)
class Track:
    """Boxes and times of one run of the tracker, one row for each of the video's N frames.

    Attributes:
        boxes_ltwh: float64 [N, 4], frame pixels; NaN where the tracker did not run.
        seconds: float64 [N], time of `init` or `update`; NaN where the tracker did not run.
        read_seconds: float64 [N], time that the tracker waited for the frame, which is read while
            the one before is tracked; NaN where the tracker did not run.
        confidence: float64 [N], 0...1; NaN where the tracker did not run, or has none.
    """

    boxes_ltwh: np.ndarray
    seconds: np.ndarray
    read_seconds: np.ndarray
    confidence: np.ndarray

    @classmethod
    def empty(cls, n_frames: int) -> "Track":
        """A track of NaN, to be filled in."""
        return cls(np.full((n_frames, 4), np.nan), *(np.full(n_frames, np.nan) for _ in range(3)))

    @property
    def start(self) -> int:
        """Index of the frame the tracker was started on."""
        return int(np.argmin(is_absent(self.boxes_ltwh)))

    def update_times(self) -> tuple[int, float, float]:
        """Number of updates, their seconds, and the seconds of reading their frames.

        A frame that follows one without a box is that of an `init`, which counts in none of them.
        """
        ran = ~np.isnan(self.seconds)
        done = np.flatnonzero(ran[1:] & ran[:-1]) + 1
        seconds, read_seconds = self.seconds[done].sum(), self.read_seconds[done].sum()
        return len(done), float(seconds), float(read_seconds)

    def begins_with(self, start: int, box_ltwh: np.ndarray) -> bool:
        """Whether the track was started on frame `start` with `box_ltwh`."""
        first = self.boxes_ltwh[self.start]
        return self.start == start and np.allclose(first, box_ltwh, rtol=0, atol=_BOX_TOLERANCE)


@dataclass(frozen=True)
class ResultFolder:
    """The result files of one tracker on one data set.

    Attributes:
        path: The folder.
    """

    path: Path

    @classmethod
    def create(cls, root_results: str, tracker: str, dataset: str) -> "ResultFolder":
        """Makes the folder.

        Args:
            root_results: `environment.root_results`.
            tracker: `evaluation.tracker`.
            dataset: Name of the data set, may hold slashes.

        Raises:
            UserError: The folder cannot be made or written to.
        """
        path = Path(root_results) / tracker / dataset
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(
                f"{path}: results cannot be written here ({error.strerror}); environment."
                "root_results must name a folder that is writable or can be made"
            ) from error
        return cls(path)

    def claim(self, settings: dict[str, Any]) -> None:
        """Makes sure that all results in the folder stem from the same settings.

        Args:
            settings: All that boxes depend on, for JSON.

        Raises:
            UserError: The folder holds results of other or unknown settings.
        """
        path = self.path / SETTINGS
        if not (any(self.path.glob("*.txt")) or any(self.path.glob("*.zip"))):
            path.unlink(missing_ok=True)
        elif not path.exists():
            refuse_others(self.path, [f"without {SETTINGS}"], _ADVICE)
        claim(path, settings, _ADVICE)

    def write(self, name: str, track: Track) -> None:
        """Writes the files of one track; the boxes last, so that boxes mean a whole track.

        Args:
            name: Name of the track.
            track: What to write.
        """
        _write_table(self.path / f"{name}_read_time.txt", track.read_seconds[:, None], "%.6f")
        _write_table(self.path / f"{name}_time.txt", track.seconds[:, None], "%.6f")
        _write_table(self.path / f"{name}_confidence.txt", track.confidence[:, None], "%.4f")
        _write_table(self.path / f"{name}.txt", track.boxes_ltwh, f"%.{BOX_DECIMALS}f")

    def read(self, name: str, n_frames: int) -> Track | None:
        """Reads the files of one track.

        Args:
            name: Name of the track.
            n_frames: Number of frames of the video.

        Returns:
            The track, or None if it is not there or not whole.
        """
        boxes = _read_table(self.path / f"{name}.txt", n_frames, 4)
        seconds = _read_table(self.path / f"{name}_time.txt", n_frames, 1)
        read_seconds = _read_table(self.path / f"{name}_read_time.txt", n_frames, 1)
        confidence = _read_table(self.path / f"{name}_confidence.txt", n_frames, 1)
        columns = (seconds, read_seconds, confidence)
        if boxes is None or is_absent(boxes).all() or any(column is None for column in columns):
            return None
        return Track(boxes, *(column[:, 0] for column in columns))

    def write_performance(self, performance: dict[str, Any]) -> Path:
        """Writes the scores; NaN is not JSON and must be None.

        Args:
            performance: The scores, for JSON.

        Returns:
            The file.
        """
        path = self.path / PERFORMANCE
        atomic_write_text(path, json.dumps(performance, indent=2, allow_nan=False) + "\n")
        return path


def _write_table(path: Path, table: np.ndarray, number: str) -> None:
    lines = [",".join(number % value for value in row) + "\n" for row in table]
    atomic_write_text(path, "".join(lines))


def _read_table(path: Path, n_rows: int, n_columns: int) -> np.ndarray | None:
    """Numbers [n_rows, n_columns] of a text file, or None if it does not hold just these."""
    try:
        rows = [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()]
        table = np.array(rows, dtype=np.float64)
    except (FileNotFoundError, ValueError):
        return None
    return table if table.shape == (n_rows, n_columns) else None


def track_settings(
    hp: Hyperparams, evaluation: Evaluation, design: Design, weights: str, dataset: Path
) -> dict[str, Any]:
    """All that the boxes of a result folder depend on.

    Args:
        hp: Of which the tracker's keys count.
        evaluation: How tracks start and stop.
        design: Of which the keys that shape tracks count.
        weights: One line that tells the weights from any others.
        dataset: Folder of the videos.

    Returns:
        Settings for JSON.
    """
    return {
        "dataset": str(dataset),
        "weights": weights,
        "hyperparams": hp.model_dump(mode="json", include=set(TrackerHyperparams.model_fields)),
        "design": design.model_dump(mode="json", include=keys_of(Design, TRACKS)),
        "evaluation": start_rule(evaluation)
        # left out by one-pass runs, so that folders from before the key go on
        | ({} if evaluation.protocol == "ope" else {"protocol": evaluation.protocol})
        | {"stop_on_failure": bool(evaluation.stop_on_failure)}
        | evaluation.model_dump(mode="json", include={"first_index", "region"})
        | ({} if evaluation.layout is None else {"layout": evaluation.layout}),
    } | orientation_setting()
