"""Scores as lines for the terminal and as one object for `performance.json`."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from src.datasets.segments import Segment
from src.evaluating.metrics import Scores, average_per_frame, average_per_video
from src.evaluating.results import Track


@dataclass(frozen=True)
class Outcome:
    """What was tracked, and what came of it.

    Attributes:
        segment: What was tracked.
        track: Boxes and times.
        scores: None for a video without ground truth, and where the protocol has others.
        pictures: Files with pictures of it.
    """

    segment: Segment
    track: Track
    scores: Scores | None
    pictures: tuple[Path, ...] = ()

    @property
    def name(self) -> str:
        """Name of the result files."""
        return self.segment.name

    @property
    def video(self) -> str:
        """Name of the video."""
        return self.segment.sequence.name


class Verdict(NamedTuple):
    """What a protocol says of all tracks.

    Attributes:
        lines: For the terminal.
        scores: For JSON.
    """

    lines: list[str]
    scores: dict[str, Any]


def speeds(tracks: Sequence[Track]) -> tuple[float, float]:
    """Updates a second over all tracks: all updates divided by all their seconds.

    Args:
        tracks: At least one.

    Returns:
        Speed of `update` alone, and with reading the frames; NaN without updates. The start
        frame counts in neither.
    """
    updates, seconds, read_seconds = map(
        sum, zip(*(track.update_times() for track in tracks), strict=True)
    )
    return _ratio(updates, seconds), _ratio(updates, seconds + read_seconds)


def result_line(index: int, outcome: Outcome, own: Sequence[str] | None = None) -> str:
    """One track's line as SiamFC-tf prints it; behind it the scores of OTB and LaSOT.

    Args:
        index: Number of the track.
        outcome: Of the track.
        own: Columns of a protocol with scores of its own, which stand in place of all others.

    Returns:
        The line.
    """
    columns = score_columns(outcome.scores, speeds([outcome.track]))
    if own is not None:
        columns = [*own, *speed_columns([outcome.track])]
    return joined(str(index), outcome.name, *columns)


def speed_columns(tracks: Sequence[Track]) -> list[str]:
    """Both speeds of at least one track, as columns."""
    return score_columns(None, speeds(tracks))


def joined(*columns: str) -> str:
    """A line of columns."""
    return " -- ".join(columns) + " --"


def total_lines(outcomes: Sequence[Outcome], dist_threshold: float) -> list[str]:
    """Lines with the mean per frame, as in SiamFC-tf, and the mean per video, as in OTB.

    Args:
        outcomes: At least one.
        dist_threshold: Distance of `Scores.precision`, pixels.

    Returns:
        Two lines for each mean, the first with the speed; the speed alone without ground truth.
    """
    speed = speeds([outcome.track for outcome in outcomes])
    distance = f" ({dist_threshold:g} px)"
    scored = [outcome for outcome in outcomes if outcome.scores]
    if not scored:
        return [joined("-- Overall", *score_columns(None, speed))]
    n_videos = len({outcome.video for outcome in scored})
    lines = []
    for rule, mean in _means(scored).items():
        columns = score_columns(mean, speed if rule == "frame" else None, distance)
        lines += [
            f"-- Overall stats (averaged per {rule}) on {n_videos} videos "
            f"({mean.frames} frames, {mean.absent_frames} absent) --",
            " -- " + " -- ".join(columns) + " --",
        ]
    return lines


def performance(outcomes: Sequence[Outcome], **about: Any) -> dict[str, Any]:
    """All scores and speeds of an evaluation.

    Args:
        outcomes: At least one.
        about: What to tell first: weights, parameters.

    Returns:
        For JSON: `about`; `per_frame` and `per_video`, None without ground truth; counts and
        speeds, None without updates; `tracks`, by name.
    """
    means = _means([outcome for outcome in outcomes if outcome.scores])
    tracks = {
        outcome.name: {
            "video": outcome.video,
            "start_frame": outcome.track.start,
            **(asdict(outcome.scores) if outcome.scores else {}),
            **_times([outcome.track]),
        }
        for outcome in outcomes
    }
    return {
        **about,
        "per_frame": asdict(means["frame"]) if means else None,
        "per_video": asdict(means["video"]) if means else None,
        **_times([outcome.track for outcome in outcomes]),
        "tracks": tracks,
    }


def _means(scored: Sequence[Outcome]) -> dict[str, Scores]:
    """Both means, by what each is taken over; none of no scores."""
    if not scored:
        return {}
    scores = [outcome.scores for outcome in scored]
    return {
        "frame": average_per_frame(scores),
        "video": average_per_video(scores, [outcome.video for outcome in scored]),
    }


def score_columns(
    scores: Scores | None, speed: tuple[float, float] | None, distance: str = ""
) -> list[str]:
    """The original's columns, then OTB's success, the speed with reading, and LaSOT's score.

    Args:
        scores: None: no columns for them.
        speed: As `speeds` gives it; None: likewise.
        distance: Says behind `Precision` how far off a hit may be.

    Returns:
        The columns.
    """
    columns, behind = [], []
    if scores:
        columns += [
            f"Precision{distance}: {scores.precision:.2f}",
            f"Precisions AUC: {scores.precision_auc:.2f}",
            f"IOU: {scores.mean_iou:.2f}",
        ]
        behind += [f"Success AUC: {scores.success_auc:.3f}"]
    if speed:
        columns += [f"Speed: {speed[0]:.2f}"]
        behind += [f"Speed with reading: {speed[1]:.2f}"]
    if scores:
        behind += [
            f"Norm. precision at 0.2: {scores.norm_precision:.3f}, "
            f"area: {scores.norm_precision_area:.3f}"
        ]
    return columns + behind


def _times(tracks: Sequence[Track]) -> dict[str, float | None]:
    """Updates and speeds, for JSON."""
    updates = sum(track.update_times()[0] for track in tracks)
    names = ("speed", "speed_with_reading")
    finite = [None if math.isnan(speed) else speed for speed in speeds(tracks)]
    return {"updates": updates, **dict(zip(names, finite, strict=True))}


def _ratio(updates: int, seconds: float) -> float:
    return updates / seconds if seconds > 0 else math.nan
