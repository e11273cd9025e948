"""GOT-10k's protocol: overlaps, scores and the files of its server."""

import math
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from src.base.files import atomic_path, atomic_write_text
from src.evaluating.results import Track
from src.evaluating.score_lines import Outcome, Verdict, joined, speed_columns
from src.geometry.region_to_bbox import is_absent, rect_iou
from src.parameters.models import Evaluation
from src.video.images import image_size

# nbins_iou of ExperimentGOT10k
THRESHOLDS = np.linspace(0.0, 1.0, 101)


@dataclass(frozen=True)
class Got10kScores:
    """Scores of overlaps, all 0 to 1.

    Attributes:
        ao: Mean overlap.
        sr50: Share of overlaps above 0.5.
        sr75: Share of overlaps above 0.75.
        success_curve: 101 shares of overlaps above 0, 0.01 ... 1.
    """

    ao: float
    sr50: float
    sr75: float
    success_curve: tuple[float, ...]


def got10k_overlaps(
    boxes: np.ndarray, truth: np.ndarray, frame_size: tuple[int, int]
) -> np.ndarray:
    """Overlaps of all frames behind the first in which the target is visible.

    Args:
        boxes: float [N, 4] ltwh, frame pixels; NaN where the tracker gave none.
        truth: float [N, 4] ltwh; NaN where GOT-10k's labels say absent or wholly covered.
        frame_size: (width, height), pixels.

    Returns:
        float64 [M], 0 to 1; 0 where there is no box.
    """
    visible = ~is_absent(truth[1:])
    boxes, truth = bounded(boxes[1:][visible], frame_size), bounded(truth[1:][visible], frame_size)
    return np.nan_to_num(rect_iou(boxes, truth))


def bounded(boxes: np.ndarray, frame_size: tuple[int, int]) -> np.ndarray:
    """Limits boxes to the frame as `rect_iou(..., bound)` of GOT-10k's toolkit does.

    A corner left of or above the frame is moved to its border and the size is kept, so that such
    a box is shifted, not cut; what is too large on the right and below is cut.

    Args:
        boxes: float [M, 4] ltwh.
        frame_size: (width, height), pixels.

    Returns:
        float64 [M, 4] ltwh.
    """
    size = np.asarray(frame_size, dtype=np.float64)
    corner = np.clip(boxes[:, :2], 0, size)
    return np.concatenate([corner, np.clip(boxes[:, 2:], 0, size - corner)], axis=1)


def got10k_scores(overlaps: np.ndarray) -> Got10kScores:
    """Scores overlaps, of one sequence or of all of them pooled.

    Args:
        overlaps: float [M], M at least 1.

    Returns:
        The scores.
    """
    curve = np.mean(overlaps[:, None] > THRESHOLDS, axis=0)
    return Got10kScores(
        float(np.mean(overlaps)), float(curve[50]), float(curve[75]), tuple(curve.tolist())
    )


GOT10K_FOLDER = "got10k"
ARCHIVE = "got10k.zip"
# of every file in the archive, so that equal results are equal archives
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)


def track_overlaps(outcome: Outcome) -> np.ndarray:
    """Overlaps float64 [M] of one track; M is 0 without ground truth."""
    sequence = outcome.segment.sequence
    if sequence.boxes_ltwh is None:
        return np.empty(0)
    frame_size = image_size(sequence.frames[0])
    return got10k_overlaps(outcome.track.boxes_ltwh, sequence.boxes_ltwh, frame_size)


def got10k_columns(outcome: Outcome) -> list[str]:
    """Scores of one track as columns; none without ground truth."""
    overlaps = track_overlaps(outcome)
    return _columns(got10k_scores(overlaps)) if overlaps.size else ["no scores"]


def judge_got10k(outcomes: Sequence[Outcome], _evaluation: Evaluation, dataset: str) -> Verdict:
    """Scores all tracks: overlaps pooled, as GOT-10k's toolkit does, and means of sequences.

    Args:
        outcomes: At least one.
        dataset: Name of the data set, with its split.

    Returns:
        Lines and scores; those are None where no video has ground truth.
    """
    overlaps = {outcome.name: track_overlaps(outcome) for outcome in outcomes}
    overlaps = {name: values for name, values in overlaps.items() if values.size}
    tracks = [outcome.track for outcome in outcomes]
    toolkit = {"fps_of_toolkit": _fps_of_toolkit(tracks)}
    if not overlaps:
        about = f"-- GOT-10k on {dataset}: no ground truth, no scores"
        return Verdict([joined(about, *speed_columns(tracks))], {"pooled": None} | toolkit)
    pooled = got10k_scores(np.concatenate(list(overlaps.values())))
    single = {name: got10k_scores(values) for name, values in overlaps.items()}
    mean = {
        key: float(np.mean([getattr(one, key) for one in single.values()]))
        for key in ("ao", "sr50", "sr75")
    }
    frames = sum(map(len, overlaps.values()))
    lines = [
        f"-- GOT-10k on {dataset} ({len(single)} of {len(outcomes)} videos scored, {frames} frames "
        "pooled) --",
        " -- " + joined(*_columns(pooled), *speed_columns(tracks)),
        joined("-- mean of sequences", *_columns(Got10kScores(**mean, success_curve=()))),
    ]
    videos = {name: asdict(one) for name, one in single.items()}
    scores = {"pooled": asdict(pooled), "mean_of_sequences": mean, "frames": frames}
    return Verdict(lines, scores | toolkit | {"videos": videos})


def write_got10k(folder: Path, outcomes: Sequence[Outcome], whole: bool) -> list[Path]:
    """Writes boxes and times as GOT-10k's toolkit does, and packs them for its server.

    Args:
        folder: The result folder.
        outcomes: Whole tracks.
        whole: Whether they are all of the data set; only then are they packed.

    Returns:
        The archive or, of a part, the folder.
    """
    texts = {}
    for outcome in outcomes:
        name, first = outcome.name, outcome.segment.sequence.first_index
        boxes = outcome.track.boxes_ltwh + np.array([first, first, 0, 0])
        texts[f"{name}/{name}_001.txt"] = _text(boxes, "%.3f")
        texts[f"{name}/{name}_time.txt"] = _text(outcome.track.seconds[:, None], "%.8f")
    for name, text in texts.items():
        atomic_write_text(folder / GOT10K_FOLDER / name, text)
    if not whole:
        return [folder / GOT10K_FOLDER]
    with (
        atomic_path(folder / ARCHIVE) as part,
        zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for name, text in texts.items():
            archive.writestr(zipfile.ZipInfo(name, _ZIP_DATE), text, zipfile.ZIP_DEFLATED)
    return [folder / ARCHIVE]


def _columns(scores: Got10kScores) -> list[str]:
    return [f"AO: {scores.ao:.3f}", f"SR.50: {scores.sr50:.3f}", f"SR.75: {scores.sr75:.3f}"]


def _fps_of_toolkit(tracks: Sequence[Track]) -> float | None:
    """Mean of 1 / seconds over all frames, those of `init` too: more than frames by seconds."""
    seconds = np.concatenate([track.seconds for track in tracks])
    seconds = seconds[seconds > 0]
    speed = float(np.mean(1 / seconds)) if seconds.size else math.nan
    return speed if math.isfinite(speed) else None


def _text(table: np.ndarray, number: str) -> str:
    return "".join(",".join(number % value for value in row) + "\n" for row in table)
