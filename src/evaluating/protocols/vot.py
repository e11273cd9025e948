"""VOT's protocol: tracks that start anew after failures, and their scores."""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePath
from typing import Any, NamedTuple

import numpy as np

from src.base.files import atomic_write_text
from src.base.progress import progress
from src.datasets.segments import Segment
from src.evaluating.following import NextFrame, TrackStep, add_step, follow
from src.evaluating.protocols.vot_scores import (
    SKIPPED_FRAMES,
    TRACKED,
    Fragment,
    accuracy,
    eao,
    eao_curve,
    failures,
    fragments,
    frame_codes,
    frame_overlaps,
)
from src.evaluating.results import BOX_DECIMALS, Track
from src.evaluating.score_lines import Outcome, Verdict, joined, speed_columns
from src.geometry.region_to_bbox import visible_share
from src.parameters.models import Evaluation
from src.tracking.tracker import Tracker, TrackResult
from src.video.images import image_size, read_image

# the folder that the VOT toolkit calls an experiment
VOT_FOLDER = "vot/baseline"
# VOT2016 and VOT2018 from the toolkit's stacks, VOT2019 from pysot's eao_benchmark.py, which has
# VOT2017, the sequences of VOT2018, too
EAO_FRAMES = {
    "vot2016": (108, 371),
    "vot2017": (100, 356),
    "vot2018": (100, 356),
    "vot2019": (46, 291),
}


class _Run(NamedTuple):
    """One video's run from its first start on."""

    overlaps: np.ndarray
    codes: np.ndarray


def _run(outcome: Outcome) -> _Run:
    sequence, rest = outcome.segment.sequence, slice(outcome.segment.start, None)
    boxes = outcome.track.boxes_ltwh[rest]
    frame_size = image_size(sequence.frames[0])
    overlaps = frame_overlaps(boxes, sequence.boxes_ltwh[rest], frame_size)
    return _Run(overlaps, frame_codes(boxes, overlaps))


def vot_columns(outcome: Outcome) -> list[str]:
    """Scores of one run as columns."""
    run = _run(outcome)
    return [
        f"VOT-like accuracy: {accuracy(*run):.3f}",
        f"Failures: {failures(run.codes)} in {len(run.codes)} frames",
    ]


def judge_vot(outcomes: Sequence[Outcome], evaluation: Evaluation, dataset: str) -> Verdict:
    """Scores all runs; means over videos are weighted by their lengths.

    Args:
        outcomes: At least one, with ground truth.
        evaluation: `eao_frames`.
        dataset: Name of the data set.

    Returns:
        Lines and scores. A video without frames behind the burn-in has no accuracy and is left
        out of the mean.
    """
    runs = {outcome.name: _run(outcome) for outcome in outcomes}
    videos = {name: _scores(run) for name, run in runs.items()}
    lengths = np.array([len(run.codes) for run in runs.values()])
    parts = [part for run in runs.values() for part in fragments(*run)]
    visible = np.array([np.sum(~np.isnan(run.overlaps)) for run in runs.values()])
    (low, high), rule = eao_frames(evaluation, dataset, visible)
    curve = eao_curve(parts)
    total = _total(videos, lengths) | _eao_scores(curve, low, high, parts)
    lines = [
        f"-- VOT-like reset run on {dataset} ({len(outcomes)} videos, {lengths.sum()} frames) --",
        " -- " + joined(*_columns(total), *speed_columns([outcome.track for outcome in outcomes])),
        f"-- VOT-like EAO {_number(total['eao'])}: mean of frames {low} to {high} ({rule}) of a "
        f"curve of {len(curve)} --",
    ]
    return Verdict(lines, total | {"eao_frames": [low, high], "videos": videos})


def eao_frames(
    evaluation: Evaluation, dataset: str, lengths: np.ndarray
) -> tuple[tuple[int, int], str]:
    """Frames that EAO is averaged over.

    Args:
        evaluation: `eao_frames`, which comes first.
        dataset: Name of the data set; one with a part `vot2016` to `vot2019` has that year's.
        lengths: int [V], frames of the videos with the target: their middle half counts for all
            other data sets.

    Returns:
        First and last, counted from the start frame, which is 0; and where they come from.
    """
    if evaluation.eao_frames is not None:
        return evaluation.eao_frames, "evaluation.eao_frames"
    for part in PurePath(dataset.casefold()).parts:
        if part in EAO_FRAMES:
            return EAO_FRAMES[part], f"as in {part}"
    quarter, three_quarters = np.percentile(lengths - 1, [25, 75])
    return (math.floor(quarter), math.ceil(three_quarters)), "the middle half of the lengths"


def write_vot(folder: Path, outcomes: Sequence[Outcome], _whole: bool) -> list[Path]:
    """Writes every run in VOT's text form: 1 start, 2 failure, 0 skipped, else a box.

    Args:
        folder: The result folder.
        outcomes: Whole runs.

    Returns:
        The folder with a folder for each video.
    """
    for outcome in outcomes:
        name, track = outcome.name, outcome.track
        before, first = outcome.segment.start, outcome.segment.sequence.first_index
        boxes = track.boxes_ltwh + np.array([first, first, 0, 0])
        codes = np.concatenate([np.zeros(before, dtype=int), _run(outcome).codes])
        lines = [_line(code, box) for code, box in zip(codes, boxes, strict=True)]
        times = [f"{value:.6f}\n" for value in track.seconds]
        target = folder / VOT_FOLDER / name
        atomic_write_text(target / f"{name}_001.txt", "".join(lines))
        atomic_write_text(target / f"{name}_time.txt", "".join(times))
    return [folder / VOT_FOLDER]


def _line(code: int, box_ltwh: np.ndarray) -> str:
    if code != TRACKED:
        return f"{code}\n"
    return ",".join(f"{value:.{BOX_DECIMALS}f}" for value in box_ltwh) + "\n"


def _scores(run: _Run) -> dict[str, Any]:
    """One run's scores, for JSON."""
    count, n_frames = failures(run.codes), len(run.codes)
    return {
        "accuracy": _or_none(accuracy(*run)),
        "failures": count,
        "failures_per_100_frames": 100 * count / n_frames,
        "frames": n_frames,
    }


def _total(videos: dict[str, dict[str, Any]], lengths: np.ndarray) -> dict[str, Any]:
    """Accuracy and robustness of all runs."""
    known = np.array([one["accuracy"] is not None for one in videos.values()])
    values = [one["accuracy"] for one in videos.values() if one["accuracy"] is not None]
    counts = np.array([one["failures"] for one in videos.values()])
    mean = float(np.average(values, weights=lengths[known])) if values else None
    return {
        "accuracy": mean,
        "robustness": float(np.average(counts, weights=lengths)),
        "failures": int(counts.sum()),
        "failures_per_100_frames": float(100 * counts.sum() / lengths.sum()),
        "frames": int(lengths.sum()),
    }


def _eao_scores(
    curve: np.ndarray, low: int, high: int, parts: Sequence[Fragment]
) -> dict[str, Any]:
    return {
        "eao": _or_none(eao(curve, low, high)),
        "eao_curve": curve.tolist(),
        "fragments": len(parts),
    }


def _columns(total: dict[str, Any]) -> list[str]:
    return [
        f"VOT-like accuracy: {_number(total['accuracy'])}",
        f"Failures: {total['failures']} ({total['robustness']:.3f} a video, weighted by length; "
        f"{total['failures_per_100_frames']:.3f} per 100 frames)",
    ]


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3f}"


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else value


def track_with_resets(
    tracker: Tracker,
    segment: Segment,
    *,
    clock: Callable[[], float] = time.perf_counter,
    read: Callable[[Path], np.ndarray] = read_image,
    observer: Callable[[int, np.ndarray, TrackResult | None], None] | None = None,
) -> Track:
    """Runs a tracker over one segment; a box without overlap is a failure and stops it.

    The tracker starts anew from the ground truth 5 frames after a failure, or on the first
    visible frame behind that. Frames without target are tracked, but are no failures.

    Args:
        tracker: Any tracker.
        segment: Where to start; its video has ground truth.
        clock: Seconds, rising.
        read: From a frame's path to uint8 [H, W, 3] RGB.
        observer: Called untimed with frame index, frame and result of every update, and with
            None for the result of every `init`.

    Returns:
        The track, with one row for each frame of the whole video: the box of a failure is kept,
        frames between it and the next start are NaN.

    Raises:
        UserError: A frame cannot be read.
    """
    track, resets = Track.empty(len(segment.sequence.frames)), _Resets(segment, read)
    for step in follow(tracker, resets.frames(), clock):
        if step.frame is None:
            continue
        add_step(track, step)
        track.boxes_ltwh[step.index] = _finite(step.box_ltwh)
        resets.note(step)
        if observer:
            observer(step.index, step.frame, step.result)
    return track


class _Resets:
    """Decides which frames of a segment the tracker sees, and where it starts anew."""

    def __init__(self, segment: Segment, read: Callable[[Path], np.ndarray]) -> None:
        self._segment, self._read = segment, read
        # no frame before this one starts the tracker; None while it runs
        self._start: int | None = segment.start

    def frames(self) -> Iterator[NextFrame]:
        """The frames that are read; those without target, on which nothing can start, as None."""
        segment, truth = self._segment, self._segment.sequence.boxes_ltwh
        indices = range(segment.start, len(segment.sequence.frames))
        for index in progress(indices, total=len(indices), desc=segment.name, unit="frame"):
            if self._start is not None and index < self._start:
                continue
            frame = self._read(segment.sequence.frames[index])
            if self._start is None:
                yield NextFrame(index, frame)
            else:
                visible = visible_share(truth[index], _size(frame)) > 0
                yield NextFrame(index, frame if visible else None, truth[index])

    def note(self, step: TrackStep) -> None:
        """Takes notice of a frame that the tracker saw."""
        truth = self._segment.sequence.boxes_ltwh[step.index]
        failed = step.result is not None and _has_failed(_finite(step.box_ltwh), truth, step.frame)
        self._start = step.index + SKIPPED_FRAMES if failed else None


def _has_failed(box_ltwh: np.ndarray, truth_ltwh: np.ndarray, frame: np.ndarray) -> bool:
    """Whether the box, as the file will hold it, has no overlap with a visible target."""
    return bool(frame_overlaps(np.round(box_ltwh, BOX_DECIMALS), truth_ltwh, _size(frame)) <= 0)


def _finite(box_ltwh: np.ndarray) -> np.ndarray:
    """The box, or an empty one: rows of NaN are those of frames that were not tracked."""
    return box_ltwh if np.isfinite(box_ltwh).all() else np.zeros(4)


def _size(frame: np.ndarray) -> tuple[int, int]:
    return frame.shape[1], frame.shape[0]
