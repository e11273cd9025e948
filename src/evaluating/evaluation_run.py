"""A whole evaluation by a protocol: tracks, here or in worker processes, prints and reports."""

from collections.abc import Iterator, Sequence
from typing import Any

from src.evaluating.evaluation import evaluate, read_outcome, read_track
from src.evaluating.protocols import PROTOCOLS, protocol_run
from src.evaluating.running import Job, Load, load_with_one_thread, recorder_maker, track_segment
from src.evaluating.score_lines import Case, Outcome, performance, result_line
from src.tracking.tracker import Tracker
from src.video.segments import ALL, Segment
from src.workers.executors import open_executor


def print_tracks(
    job: Job, tracker: Tracker, segments: Sequence[Segment], load: Load = load_with_one_thread
) -> list[Case]:
    """Tracks what has no results yet and prints a line for each segment, in their order.

    Args:
        job: What all tracks have in common.
        tracker: Tracks here, unless `run.workers` is 2 or more or `run.cluster` is given.
        segments: What to track.
        load: Loads the tracker of a worker process; a function of a module.

    Returns:
        The segments with what came of them.

    Raises:
        UserError: A frame cannot be read, or a worker died; finished tracks are kept.
    """
    columns, cases = PROTOCOLS[job.evaluation.protocol].columns, []
    outcomes = (
        _in_workers(job, segments, load) if _uses_workers(job) else _here(job, tracker, segments)
    )
    for segment, outcome in zip(segments, outcomes, strict=True):
        case = Case(segment, outcome)
        print(_busy(result_line(len(cases), outcome, columns(case)), job), flush=True)
        cases.append(case)
    return cases


def print_report(job: Job, cases: Sequence[Case], dataset: str, parameters: dict[str, Any]) -> None:
    """Prints what the protocol says of all tracks, and writes its files and the report.

    Args:
        job: What all tracks have in common.
        cases: As `print_tracks` returns them.
        dataset: Name of the data set.
        parameters: All parameters, for the report.
    """
    evaluation, protocol = job.evaluation, PROTOCOLS[job.evaluation.protocol]
    unscored = sum(case.segment.sequence.first_box_ltwh is not None for case in cases)
    if unscored:
        print(f"-- {unscored} videos with the first box alone as ground truth: no scores --")
    lines, scores = protocol.judge(cases, evaluation, dataset)
    for line in lines:
        print(_busy(line, job))
    about = {"name": evaluation.protocol, "dataset": dataset, "workers": job.run.workers}
    outcomes = [case.outcome for case in cases]
    report = performance(
        outcomes, weights=job.weights, parameters=parameters, protocol=about | scores
    )
    for picture in (picture for outcome in outcomes for picture in outcome.pictures):
        print(f"Picture: {picture}")
    for path in protocol.write(job.results.path, cases, evaluation.video == ALL):
        print(f"Results: {path}")
    print(f"Report: {job.results.write_performance(report)}")


def _here(job: Job, tracker: Tracker, segments: Sequence[Segment]) -> Iterator[Outcome]:
    """Tracks in this process."""
    evaluation, make_recorder = job.evaluation, recorder_maker(job, live=True)
    score_track = PROTOCOLS[evaluation.protocol].score_track
    run = protocol_run(evaluation)
    return evaluate(tracker, segments, job.results, evaluation, make_recorder, run, score_track)


def _in_workers(job: Job, segments: Sequence[Segment], load: Load) -> Iterator[Outcome]:
    """Tracks in worker processes."""
    missing = [segment for segment in segments if read_track(job.results, segment) is None]
    score_track = PROTOCOLS[job.evaluation.protocol].score_track
    seen = [segment.sequence.frames[0] for segment in missing[:1]]
    with open_executor(job.run, len(missing), seen, [job.results.path]) as executor:
        futures = {s.name: executor.submit(track_segment, job, load, s) for s in missing}
        for segment in segments:
            future = futures.get(segment.name)
            pictures = future.result() if future else []
            distance = job.evaluation.dist_threshold
            yield read_outcome(job.results, segment, distance, pictures, score_track)


def _busy(line: str, job: Job) -> str:
    """The line; where it tells speeds of busy cores, it says so."""
    if not _uses_workers(job) or "Speed" not in line:
        return line
    workers = "a cluster's" if job.run.cluster else str(job.run.workers)
    return f"{line} speeds of {workers} processes at once, one thread each --"


def _uses_workers(job: Job) -> bool:
    """Whether the tracks are left to other processes."""
    return job.run.workers > 1 or bool(job.run.cluster)
