"""Evaluates many segments: tracks those without results, and scores all from their files."""

import functools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from src.datasets.segments import Segment
from src.datasets.video_sequence import VideoSequence
from src.evaluating.following import Recorder, track_video
from src.evaluating.metrics import Scores, score
from src.evaluating.results import ResultFolder, Track
from src.evaluating.score_lines import Outcome
from src.parameters.models import Evaluation
from src.tracking.tracker import Tracker

MakeRecorder = Callable[[Path, str, VideoSequence], Recorder]
# from tracker, segment and keyword `observer` to the track
Runner = Callable[..., Track]
ScoreTrack = Callable[[Track, Segment, float], Scores | None]


def score_one_pass(track: Track, segment: Segment, dist_threshold: float) -> Scores | None:
    """Scores a track from its start to the end of the video.

    Args:
        track: The track.
        segment: What was tracked.
        dist_threshold: Distance of `Scores.precision`, pixels.

    Returns:
        The scores; None for a video without ground truth.
    """
    truth, rest = segment.sequence.boxes_ltwh, slice(segment.start, None)
    return None if truth is None else score(track.boxes_ltwh[rest], truth[rest], dist_threshold)


def evaluate(
    tracker: Tracker,
    segments: Sequence[Segment],
    results: ResultFolder,
    evaluation: Evaluation,
    make_recorder: MakeRecorder | None = None,
    run: Runner | None = None,
    score_track: ScoreTrack | None = score_one_pass,
) -> Iterator[Outcome]:
    """Tracks the segments that have no results yet, and scores all from their result files.

    Args:
        tracker: Any tracker.
        segments: What to track.
        results: The folder of the results, claimed for the tracker's settings.
        evaluation: `stop_on_failure` and `dist_threshold`.
        make_recorder: Makes a recorder from the result folder, a segment's name and its video.
        run: How a segment is tracked; None: by `track_video` with `stop_on_failure`.
        score_track: How a track is scored; None: it is not.

    Yields:
        The outcome of each segment, as soon as its files are written.

    Raises:
        UserError: A frame cannot be read; the results of finished segments are kept.
    """
    if run is None:
        run = functools.partial(track_video, stop_on_failure=bool(evaluation.stop_on_failure))
    for segment in segments:
        track, pictures = read_track(results, segment), []
        if track is None:
            pictures = track_to_files(tracker, segment, results, run, make_recorder)
            track = read_track(results, segment)
        yield outcome_of(segment, track, pictures, score_track, evaluation.dist_threshold)


def track_to_files(
    tracker: Tracker,
    segment: Segment,
    results: ResultFolder,
    run: Runner,
    make_recorder: MakeRecorder | None,
) -> list[Path]:
    """Tracks one segment and writes its files.

    Args:
        tracker: Any tracker.
        segment: What to track.
        results: The folder of the results.
        run: How it is tracked.
        make_recorder: As for `evaluate`.

    Returns:
        Files with pictures.

    Raises:
        UserError: A frame cannot be read.
    """
    recorder = None
    if make_recorder:
        recorder = make_recorder(results.path, segment.name, segment.sequence)
    track = run(tracker, segment, observer=recorder.observe if recorder else None)
    # before the boxes: a segment that has boxes is not run again
    pictures = recorder.finish() if recorder else []
    results.write(segment.name, track)
    return pictures


def read_track(results: ResultFolder, segment: Segment) -> Track | None:
    """Reads a segment's track.

    Args:
        results: The folder of the results.
        segment: What was tracked.

    Returns:
        The track, or None if its files are not whole or start in another way.
    """
    track = results.read(segment.name, len(segment.sequence.frames))
    if track is None or not track.begins_with(segment.start, segment.start_box_ltwh):
        return None
    return track


def outcome_of(
    segment: Segment,
    track: Track,
    pictures: Sequence[Path],
    score_track: ScoreTrack | None,
    dist_threshold: float,
) -> Outcome:
    """Scores a track.

    Args:
        segment: What was tracked.
        track: From its files, so that all scores are those of the files.
        pictures: Files with pictures of it.
        score_track: How the track is scored; None: it is not.
        dist_threshold: Distance of `Scores.precision`, pixels.

    Returns:
        The outcome.
    """
    scores = score_track(track, segment, dist_threshold) if score_track else None
    return Outcome(segment, track, scores, tuple(pictures))
