"""OpenCV's trackers behind this project's contract, to compare with.

KCF and CSRT are in the package opencv-contrib-python(-headless) alone, MIL and NANO in every one.
MIL draws from the clock: no two of its tracks are the same.
"""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from src.base.errors import UserError
from src.geometry.region_to_bbox import clip_box_ltwh
from src.tracking.tracker import TrackResult


@dataclass(frozen=True)
class Kind:
    """One of OpenCV's trackers.

    Attributes:
        class_name: In `cv2`.
        models: Parameters that name its files, in the order they are given.
        package: What to install where the class is missing.
    """

    class_name: str
    models: tuple[str, ...] = ()
    package: str = "opencv-python-headless"


_CONTRIB = "opencv-contrib-python-headless"
KINDS = {
    "KCF": Kind("TrackerKCF", package=_CONTRIB),
    "CSRT": Kind("TrackerCSRT", package=_CONTRIB),
    "MIL": Kind("TrackerMIL"),
    "NANO": Kind("TrackerNano", ("backbone", "neckhead")),
}


class OpenCVTracker:
    """One of OpenCV's trackers; see `src.tracking.tracker.Tracker`.

    Attributes:
        description: One line that tells tracker, version and models from any others.
    """

    def __init__(self, kind: str, models: Sequence[Path] = ()):
        """Makes sure that a track can be started.

        Args:
            kind: Key of `KINDS`.
            models: Files of its network, one for each of `Kind.models`.

        Raises:
            UserError: There is no such tracker in this OpenCV, or its files are missing or wrong.
        """
        self._cv2, self._kind, self._models = _import_cv2(), _checked_kind(kind), tuple(models)
        _check_models(kind, self._kind, self._models)
        self._tracker = self._make()
        hashes = [_sha256(path) for path in self._models]
        parts = [f"OpenCV {self._cv2.__version__} {self._kind.class_name}", *hashes]
        self.description = ", ".join(parts)
        self._box_ltwh = np.full(4, np.nan)

    def init(self, frame: np.ndarray, box_ltwh: np.ndarray) -> None:
        """Starts a track; see `Tracker.init`.

        OpenCV takes whole numbers inside the frame, so the box is cut and rounded.

        Raises:
            UserError: OpenCV refuses the box.
        """
        self._tracker = self._make()
        box = whole_box(box_ltwh, (frame.shape[1], frame.shape[0]))
        try:
            self._tracker.init(_to_bgr(frame), box)
        except self._cv2.error as error:
            raise UserError(
                f"{self._kind.class_name}: OpenCV cannot start on the box {box} (x, y, width, "
                f"height): {_first_line(error)}"
            ) from error
        self._box_ltwh = np.array(box_ltwh, dtype=np.float64)

    def update(self, frame: np.ndarray) -> TrackResult:
        """Follows the target into the next frame; see `Tracker.update`.

        Returns:
            The box, or where OpenCV finds none, the last one with `lost`.

        Raises:
            UserError: OpenCV fails: in its network, say, or for lack of memory.
        """
        try:
            found, box = self._tracker.update(_to_bgr(frame))
        except self._cv2.error as error:
            if self._kind.models or error.code != self._cv2.Error.StsAssert:
                raise UserError(self._failure(error)) from error
            # its correlation trackers fail an assertion where a box has left the frame
            found, box = False, None
        if found:
            self._box_ltwh = np.array(box, dtype=np.float64)
        score = self._score() if found else math.nan
        nothing = np.zeros((1, 1), np.float32)
        box_ltwh = self._box_ltwh.copy()
        return TrackResult(box_ltwh, score, nothing, box_ltwh, score, lost=not found)

    def _failure(self, error: Exception) -> str:
        """The sentence on an error within a track."""
        files = ", ".join(map(str, self._models))
        advice = f"; {files} may be of another version of this tracker" if files else ""
        return f"{self._kind.class_name}: OpenCV cannot go on: {_first_line(error)}{advice}"

    def _score(self) -> float:
        """The score of a network, 0...1; NaN of the others, for which OpenCV always says 0."""
        return float(self._tracker.getTrackingScore()) if self._kind.models else math.nan

    def _make(self) -> Any:
        """A new tracker: OpenCV's cannot be started twice."""
        tracker_class = getattr(self._cv2, self._kind.class_name, None)
        if tracker_class is None:
            raise UserError(
                f"{self._kind.class_name} is missing in OpenCV {self._cv2.__version__} as it is "
                f"installed; pip install {self._kind.package} in place of it has it"
            )
        if not self._kind.models:
            return tracker_class.create()
        parameters = getattr(self._cv2, f"{self._kind.class_name}_Params")()
        for name, path in zip(self._kind.models, self._models, strict=True):
            setattr(parameters, name, str(path))
        try:
            return tracker_class.create(parameters)
        except self._cv2.error as error:
            files = ", ".join(map(str, self._models))
            raise UserError(
                f"{files}: OpenCV cannot read these as {' and '.join(self._kind.models)} of "
                f"{self._kind.class_name}: {_first_line(error)}"
            ) from error


def whole_box(box_ltwh: np.ndarray, frame_size: tuple[int, int]) -> tuple[int, int, int, int]:
    """The box in whole pixels inside the frame, each side at least 1.

    Args:
        box_ltwh: float [4], frame pixels; at least partly inside.
        frame_size: (width, height), pixels.

    Returns:
        (left, top, width, height).
    """
    left, top, width, height = clip_box_ltwh(box_ltwh, frame_size)
    x0 = min(round(left), frame_size[0] - 1)
    y0 = min(round(top), frame_size[1] - 1)
    x1 = min(max(round(left + width), x0 + 1), frame_size[0])
    y1 = min(max(round(top + height), y0 + 1), frame_size[1])
    return x0, y0, x1 - x0, y1 - y0


def _import_cv2() -> ModuleType:
    try:
        import cv2
    except ImportError as error:
        raise UserError(
            "OpenCV is not installed; pip install opencv-contrib-python-headless is right"
        ) from error
    return cv2


def _checked_kind(kind: str) -> Kind:
    if kind not in KINDS:
        raise UserError(f"--tracker {kind}: {', '.join(KINDS)} are right")
    return KINDS[kind]


def _check_models(name: str, kind: Kind, models: Sequence[Path]) -> None:
    if len(models) != len(kind.models):
        wanted = ", then ".join(kind.models) or "no --network"
        raise UserError(f"--tracker {name}: {len(models)} times --network; {wanted} is right")
    for path in models:
        if not path.is_file():
            raise UserError(f"--network {path}: there is no such file")


def _sha256(path: Path) -> str:
    return f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()[:12]}"


def _to_bgr(frame: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(frame[..., ::-1])


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
