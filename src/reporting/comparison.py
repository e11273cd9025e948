"""Trackers side by side: scores, overlap over time and speed, on the tracks that they share."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from src.base.errors import UserError
from src.datasets.video_sequence import VideoSequence
from src.evaluating.metrics import Scores, average_per_video, overlap_and_error, score
from src.evaluating.results import Track
from src.geometry.region_to_bbox import is_absent
from src.reporting.tracker_results import DataSet, Key, TrackerResults


@dataclass(frozen=True)
class ScoreColumn:
    """A score as a column of the tables.

    Attributes:
        field: Of `Scores`.
        label: Short.
        digits: Decimals.
        meaning: For readers of the page.
    """

    field: str
    label: str
    digits: int
    meaning: str


_COLUMNS = (
    ScoreColumn("success_auc", "AUC", 3, "success, mean over 21 overlap thresholds, at most 0.952"),
    ScoreColumn("precision_20px", "P20", 3, "share of frames with a centre error up to 20 px"),
    ScoreColumn("norm_precision", "norm. P", 3, "the same up to 0.2 of the target's size"),
    ScoreColumn("mean_iou", "IoU %", 1, "mean overlap"),
)
# those that `Scores` has
SCORE_COLUMNS = tuple(
    column for column in _COLUMNS if column.field in {field.name for field in fields(Scores)}
)


@dataclass(frozen=True)
class Speed:
    """Times of updates; NaN where none are known.

    Attributes:
        p50_ms: Median, milliseconds.
        p95_ms: 95th percentile: one update of twenty takes longer.
        fps: Updates a second: all updates divided by all their seconds.
    """

    p50_ms: float
    p95_ms: float
    fps: float


@dataclass(frozen=True)
class Entry:
    """One tracker on one video.

    Attributes:
        track: Boxes, times, confidence.
        scores: None without ground truth.
        iou: float64 [N], 0 to 1, a value a frame; NaN before the start frame, where the target
            is absent, and without ground truth.
        speed: Of its updates.
    """

    track: Track
    scores: Scores | None
    iou: np.ndarray
    speed: Speed


@dataclass(frozen=True)
class Row:
    """One video from one start frame on, with all its tracks.

    Attributes:
        name: The video's, with the start frame if there are several.
        video: Frames and ground truth.
        start: Index of the start frame.
        entries: One a tracker; None where it has no such track.
    """

    name: str
    video: VideoSequence
    start: int
    entries: tuple[Entry | None, ...]


@dataclass(frozen=True)
class Comparison:
    """What a report is about.

    Attributes:
        trackers: In the order they were named.
        rows: In the order of the videos.
        common: The rows that all trackers have.
        means: One a tracker, over `common`, every video weighs the same; None without ground
            truth.
        speeds: One a tracker, over `common`.
    """

    trackers: tuple[TrackerResults, ...]
    rows: tuple[Row, ...]
    common: tuple[Row, ...]
    means: tuple[Scores | None, ...]
    speeds: tuple[Speed, ...]


def compare(trackers: Sequence[TrackerResults], data: DataSet, dist_threshold: float) -> Comparison:
    """Scores all tracks and averages over those that all trackers have.

    Args:
        trackers: At least one, of different names.
        data: The videos.
        dist_threshold: Distance of `Scores.precision`, pixels.

    Returns:
        The comparison.

    Raises:
        UserError: The trackers have no track in common.
    """
    keys = {key for tracker in trackers for key in tracker.tracks}
    starts = Counter(video for video, _ in keys)
    order = {name: place for place, name in enumerate(data.names)}
    ordered = sorted(keys, key=lambda key: (order[key[0]], key[1]))
    rows = tuple(_row(key, starts[key[0]] > 1, trackers, data, dist_threshold) for key in ordered)
    common = tuple(row for row in rows if None not in row.entries)
    if not common:
        names = ", ".join(tracker.name for tracker in trackers)
        raise UserError(
            f"{names}: these trackers have no track in common (same video, same start frame); "
            "results on the same videos are right"
        )
    places = range(len(trackers))
    return Comparison(
        tuple(trackers),
        rows,
        common,
        tuple(_mean([(row, row.entries[place]) for row in common]) for place in places),
        tuple(speed_of([_updates(row, place) for row in common]) for place in places),
    )


def overlap_over_time(track: Track, truth_ltwh: np.ndarray, start: int) -> np.ndarray:
    """The overlaps that the scores are made of, in their frames.

    Args:
        track: Of N frames.
        truth_ltwh: float64 [N, 4], NaN rows where the target is absent.
        start: Index of the start frame, whose overlap is 1 by definition.

    Returns:
        float64 [N]: 0 where the target is visible and the track has no box, NaN before `start`
        and where the target is absent.
    """
    iou = np.full(len(truth_ltwh), np.nan)
    visible = ~is_absent(truth_ltwh)
    visible[:start] = False
    boxes = track.boxes_ltwh.copy()
    boxes[start] = truth_ltwh[start]
    iou[visible] = overlap_and_error(boxes[visible], truth_ltwh[visible])[0]
    return iou


def speed_of(times: Sequence[np.ndarray]) -> Speed:
    """Percentiles and rate of updates.

    Args:
        times: At least one track's seconds a frame behind its start frame, float64; NaN: unknown.

    Returns:
        Over all of them.
    """
    seconds = np.concatenate(times)
    seconds = seconds[np.isfinite(seconds)]
    if not seconds.sum() > 0:
        return Speed(math.nan, math.nan, math.nan)
    p50, p95 = np.percentile(seconds * 1000, [50, 95]).tolist()
    return Speed(p50, p95, float(len(seconds) / seconds.sum()))


def _row(
    key: Key,
    several: bool,
    trackers: Sequence[TrackerResults],
    data: DataSet,
    dist_threshold: float,
) -> Row:
    name, start = key
    video = data.video(name)
    tracks = [tracker.tracks.get(key) for tracker in trackers]
    entries = tuple(track and _entry(track, video, start, dist_threshold) for track in tracks)
    return Row(f"{name} from frame {start}" if several else name, video, start, entries)


def _entry(track: Track, video: VideoSequence, start: int, dist_threshold: float) -> Entry:
    truth, speed = video.boxes_ltwh, speed_of([track.seconds[start + 1 :]])
    if truth is None:
        return Entry(track, None, np.full(len(video.frames), np.nan), speed)
    scores = score(track.boxes_ltwh[start:], truth[start:], dist_threshold)
    return Entry(track, scores, overlap_over_time(track, truth, start), speed)


def _updates(row: Row, place: int) -> np.ndarray:
    """Seconds of the updates of one tracker."""
    return row.entries[place].track.seconds[row.start + 1 :]


def _mean(entries: Sequence[tuple[Row, Entry]]) -> Scores | None:
    """The mean over videos, as in OTB."""
    scored = [(row.video.name, entry.scores) for row, entry in entries if entry.scores]
    if not scored:
        return None
    return average_per_video([scores for _, scores in scored], [name for name, _ in scored])
