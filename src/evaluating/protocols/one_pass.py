"""Protocols of one pass: OTB's from the first frame on (OPE), and from twenty frames on (TRE)."""

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from src.datasets.segments import start_rule
from src.datasets.video_sequence import VideoSequence
from src.evaluating.metrics import average_tre
from src.evaluating.score_lines import (
    Outcome,
    Verdict,
    joined,
    score_columns,
    speeds,
    total_lines,
)
from src.geometry.region_to_bbox import is_absent
from src.parameters.models import Evaluation

# splitSeqTRE.m of tracker_benchmark, and its callers
SEGMENTS = 20
MIN_FRAMES = 20


def tre_starts(sequence: VideoSequence, _evaluation: Evaluation) -> tuple[int, ...]:
    """Twenty start frames, spread over the frames that may start a track.

    Those are the frames with at least 20 frames to the end, themselves included, in which the
    target is visible and its box does not begin left of or above the frame. Of n of them, the
    1 + floor(k n / 19)-th start a track for k = 0 ... 18, and the last does. The frames that OTB
    leaves out besides by its lists in `initOmit/` are not known here.

    Args:
        sequence: The video.

    Returns:
        Indices, rising, no one twice: fewer than 20 where fewer than 19 frames may start a track;
        (0,) where none may.
    """
    usable = _usable_frames(sequence)
    if usable.size == 0:
        return (0,)
    places = [
        1 + k * usable.size // (SEGMENTS - 1)
        for k in range(SEGMENTS - 1)
        if k * usable.size <= (usable.size - 1) * (SEGMENTS - 1)
    ]
    return tuple(sorted({int(usable[place - 1]) for place in [*places, usable.size]}))


def _usable_frames(sequence: VideoSequence) -> np.ndarray:
    """Indices of the frames that may start a track."""
    boxes, n_frames = sequence.boxes_ltwh, len(sequence.frames)
    if boxes is None:
        return np.empty(0, dtype=int)
    # OTB asks for positions above 0, counted from 1
    fits = ~is_absent(boxes) & (boxes[:, :2] > -1).all(axis=1)
    return np.flatnonzero(fits[: max(n_frames - MIN_FRAMES + 1, 0)])


def judge_one_pass(outcomes: Sequence[Outcome], evaluation: Evaluation, _dataset: str) -> Verdict:
    """Means per frame and per video, which `performance` has as well.

    Args:
        outcomes: At least one; of a single one its own line tells all.
        evaluation: How tracks start, and `dist_threshold`.

    Returns:
        Lines, and the rule of the starts.
    """
    several = len(outcomes) > 1
    lines = total_lines(outcomes, evaluation.dist_threshold) if several else []
    return Verdict(lines, {"starts": start_rule(evaluation)})


def judge_tre(outcomes: Sequence[Outcome], evaluation: Evaluation, dataset: str) -> Verdict:
    """The mean over videos, each of which is the mean over all frames of its tracks.

    Args:
        outcomes: At least one.
        evaluation: `dist_threshold`.
        dataset: Name of the data set.

    Returns:
        Lines and scores; those are None where no video has ground truth.
    """
    speed = speeds([outcome.track for outcome in outcomes])
    scored = [outcome for outcome in outcomes if outcome.scores]
    if not scored:
        line = joined(
            f"-- TRE on {dataset}: no ground truth, no scores", *score_columns(None, speed)
        )
        return Verdict([line], {"scores": None})
    videos = [outcome.video for outcome in scored]
    mean = average_tre([outcome.scores for outcome in scored], videos)
    columns = score_columns(mean, speed, f" ({evaluation.dist_threshold:g} px)")
    lines = [
        f"-- TRE on {dataset} ({len(set(videos))} videos, {len(scored)} tracks, {mean.frames} "
        "frames; mean over the frames of a video, then over videos) --",
        " -- " + joined(*columns),
    ]
    return Verdict(lines, {"scores": asdict(mean)})
