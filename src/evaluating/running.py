"""A whole evaluation, here or in workers."""

import contextlib
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from src.base.errors import UserError
from src.datasets.segments import ALL, Segment
from src.evaluating.evaluation import (
    MakeRecorder,
    evaluate,
    outcome_of,
    read_track,
    track_to_files,
)
from src.evaluating.protocols import PROTOCOLS, protocol_run
from src.evaluating.results import ResultFolder
from src.evaluating.score_lines import Outcome, performance, result_line
from src.parameters.models import Evaluation, Run
from src.parameters.parse_arguments import Parameters
from src.tracking.opening import LITERT, open_light, open_tracker
from src.tracking.tracker import Tracker
from src.workers.executors import open_executor
from src.workers.pieces import kept


@dataclass(frozen=True)
class EvaluationJob:
    """What all tracks of an evaluation have in common.

    Attributes:
        parameters: All of them, with a settled precision.
        weights: The line of `open_tracker` about the weights of this evaluation.
        results: The folder of the results, claimed.
    """

    parameters: Parameters
    weights: str
    results: ResultFolder

    @property
    def evaluation(self) -> Evaluation:
        """Protocol and weights."""
        return self.parameters.evaluation

    @property
    def run(self) -> Run:
        """`workers`, `cluster`, `gpus`, `visualization`."""
        return self.parameters.run


Load = Callable[[EvaluationJob], tuple[Tracker, str]]


def load_with_one_thread(job: EvaluationJob) -> tuple[Tracker, str]:
    """Loads the tracker in a process that has not computed anything yet; one thread computes.

    Args:
        job: Names the weights.

    Returns:
        The tracker, and one line that names the weights.

    Raises:
        UserError: There are no such weights, or they belong to another design.
    """
    if job.run.runtime == LITERT:
        return open_light(job.parameters, threads=1)
    from src.base.imports import import_tensorflow

    tf = import_tensorflow()
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    return open_tracker(job.parameters)


def recorder_maker(job: EvaluationJob, live: bool) -> MakeRecorder | None:
    """What makes pictures of tracks.

    Args:
        job: `run.visualization` and the design.
        live: Whether a window may show the track while it runs.

    Returns:
        As for `evaluate`; None if no pictures are wanted.
    """
    if not job.run.visualization:
        return None
    from src.pictures.visualization import recorder_factory

    return recorder_factory(job.parameters.design, live)


def track_segment(job: EvaluationJob, load: Load, segment: Segment) -> list[Path]:
    """Tracks one segment and writes its files; the same in whichever worker.

    Args:
        job: What all tracks have in common.
        load: Loads the tracker, once in a process.
        segment: What to track.

    Returns:
        Files with pictures.

    Raises:
        UserError: A frame cannot be read, or the weights were replaced since the parent's look.
    """
    tracker, make_recorder = kept(_load, job, load)
    # bars of several workers would overwrite each other
    with contextlib.redirect_stderr(io.StringIO()):
        run = protocol_run(job.evaluation)
        return track_to_files(tracker, segment, job.results, run, make_recorder)


def _load(job: EvaluationJob, load: Load) -> tuple[Tracker, MakeRecorder | None]:
    """The worker's tracker, and what makes its pictures."""
    tracker, weights = load(job)
    if weights != job.weights:
        raise UserError(
            f"{weights}: the evaluation began with {job.weights}; weights must not be replaced "
            "while it runs, copy them to a design.saver_folder of their own"
        )
    return tracker, recorder_maker(job, live=False)


def print_tracks(
    job: EvaluationJob,
    tracker: Tracker,
    segments: Sequence[Segment],
    load: Load = load_with_one_thread,
) -> list[Outcome]:
    """Tracks what has no results yet and prints a line for each segment, in their order.

    Args:
        job: What all tracks have in common.
        tracker: Tracks here, unless `run.workers` is 2 or more or `run.cluster` is given.
        segments: What to track.
        load: Loads the tracker of a worker process; a function of a module.

    Returns:
        What came of the segments.

    Raises:
        UserError: A frame cannot be read, or a worker died; finished tracks are kept.
    """
    columns, outcomes = PROTOCOLS[job.evaluation.protocol].columns, []
    coming = (
        _in_workers(job, segments, load) if _uses_workers(job) else _here(job, tracker, segments)
    )
    for outcome in coming:
        line = result_line(len(outcomes), outcome, columns and columns(outcome))
        print(_busy(line, job), flush=True)
        outcomes.append(outcome)
    return outcomes


def print_report(
    job: EvaluationJob,
    outcomes: Sequence[Outcome],
    dataset: str,
    parameters: dict[str, Any],
    skipped: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Prints what the protocol says of all tracks, and writes its files and the report.

    Args:
        job: What all tracks have in common.
        outcomes: As `print_tracks` returns them.
        dataset: Name of the data set.
        parameters: All parameters, for the report.
        skipped: Videos that were left out, with the reasons.
    """
    evaluation, protocol = job.evaluation, PROTOCOLS[job.evaluation.protocol]
    unscored = sum(one.segment.sequence.first_box_ltwh is not None for one in outcomes)
    if unscored:
        print(f"-- {unscored} videos with the first box alone as ground truth: no scores --")
    if skipped:
        print(f"-- {len(skipped)} videos left out, as they cannot be read --")
    lines, scores = protocol.judge(outcomes, evaluation, dataset)
    for line in lines:
        print(_busy(line, job))
    about = {"name": evaluation.protocol, "dataset": dataset, "workers": job.run.workers}
    report = performance(
        outcomes,
        weights=job.weights,
        parameters=parameters,
        protocol=about | scores,
        skipped=dict(skipped),
    )
    for picture in (picture for outcome in outcomes for picture in outcome.pictures):
        print(f"Picture: {picture}")
    if protocol.write:
        for path in protocol.write(job.results.path, outcomes, evaluation.video == ALL):
            print(f"Results: {path}")
    print(f"Report: {job.results.write_performance(report)}")


def _here(job: EvaluationJob, tracker: Tracker, segments: Sequence[Segment]) -> Iterator[Outcome]:
    """Tracks in this process."""
    evaluation, make_recorder = job.evaluation, recorder_maker(job, live=True)
    score_track = PROTOCOLS[evaluation.protocol].score_track
    run = protocol_run(evaluation)
    return evaluate(tracker, segments, job.results, evaluation, make_recorder, run, score_track)


def _in_workers(job: EvaluationJob, segments: Sequence[Segment], load: Load) -> Iterator[Outcome]:
    """Tracks in worker processes."""
    tracks = {segment.name: read_track(job.results, segment) for segment in segments}
    missing = [segment for segment in segments if tracks[segment.name] is None]
    score_track = PROTOCOLS[job.evaluation.protocol].score_track
    seen = [segment.sequence.frames[0] for segment in missing[:1]]
    with open_executor(job.run, len(missing), seen, [job.results.path]) as executor:
        futures = {s.name: executor.submit(track_segment, job, load, s) for s in missing}
        for segment in segments:
            track, pictures = tracks[segment.name], []
            if track is None:
                pictures = futures[segment.name].result()
                track = read_track(job.results, segment)
            distance = job.evaluation.dist_threshold
            yield outcome_of(segment, track, pictures, score_track, distance)


def _busy(line: str, job: EvaluationJob) -> str:
    """The line; where it tells speeds of busy cores, it says so."""
    if not _uses_workers(job) or "Speed" not in line:
        return line
    workers = "a cluster's" if job.run.cluster else str(job.run.workers)
    return f"{line} speeds of {workers} processes at once, one thread each --"


def _uses_workers(job: EvaluationJob) -> bool:
    """Whether the tracks are left to other processes."""
    return job.run.workers > 1 or bool(job.run.cluster)
