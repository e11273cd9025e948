"""The benchmarks' protocols, one row each: how tracks start, run, and are scored and written."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from src.base.errors import UserError
from src.evaluating.evaluation import Runner, ScoreTrack, score_one_pass
from src.evaluating.following import track_video
from src.evaluating.metrics import Scores, average_tre
from src.evaluating.protocols.got10k import got10k_columns, judge_got10k, write_got10k
from src.evaluating.protocols.one_pass import tre_starts
from src.evaluating.protocols.vot import judge_vot, track_with_resets, vot_columns, write_vot
from src.evaluating.results import Track
from src.evaluating.score_lines import Case, Verdict, joined, score_columns, speeds, total_lines
from src.parameters.models import Environment, Evaluation
from src.video.segments import Segment, StartRule, one_pass_starts, plan_segments, start_rule
from src.video.sequences import VideoSequence


def _first_frame(sequence: VideoSequence, evaluation: Evaluation) -> tuple[int, ...]:
    """One track, from the first frame."""
    del sequence, evaluation
    return (0,)


def _no_scores(track: Track, segment: Segment, dist_threshold: float) -> Scores | None:
    """For runs with resets, of which scores of one pass would be wrong."""
    del track, segment, dist_threshold


def _anything(segment: Segment) -> None:
    """Takes every segment."""
    del segment


def _starts_at_once(segment: Segment) -> None:
    if segment.start != 0:
        raise UserError(
            f"{segment.name}: the target is absent from the first frame; evaluation.protocol "
            "got10k needs its box there"
        )


def _has_truth(segment: Segment) -> None:
    if segment.sequence.boxes_ltwh is None:
        raise UserError(
            f"{segment.name}: the video has no ground truth for each frame; evaluation.protocol "
            "vot starts failed tracks anew from it, ope and got10k do without"
        )


def _no_columns(case: Case) -> None:
    """For tracks whose line has the columns of `Scores`."""
    del case


def _no_files(folder: Path, cases: Sequence[Case], whole: bool) -> list[Path]:
    """For protocols whose results are the files that every track has."""
    del folder, cases, whole
    return []


def _judge_one_pass(cases: Sequence[Case], evaluation: Evaluation, dataset: str) -> Verdict:
    """Means per frame and per video, which `performance` has as well."""
    del dataset
    outcomes = [case.outcome for case in cases]
    lines = total_lines(outcomes, evaluation.dist_threshold) if len(outcomes) > 1 else []
    return Verdict(lines, {"starts": start_rule(evaluation)})


def _judge_tre(cases: Sequence[Case], evaluation: Evaluation, dataset: str) -> Verdict:
    """The mean over videos, each of which is the mean over all frames of its tracks."""
    speed = speeds([case.outcome.track for case in cases])
    scored = [case.outcome for case in cases if case.outcome.scores]
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


@dataclass(frozen=True)
class Protocol:
    """One row.

    Attributes:
        starts: Start frames of a video.
        check: Refuses a segment that the protocol cannot deal with, by a UserError.
        run: From tracker, segment and keyword `observer` to the track.
        score_track: Scores of one track that `performance` tells.
        columns: Columns of a track's line; None: those of its `Scores`.
        judge: From all tracks, `evaluation` and the data set's name to lines and scores.
        write: Writes the protocol's own files, from the result folder, all tracks, and whether
            they are all of the data set; returns what to name to the user.
        one_pass: Whether a track runs from its start to the end, as a report shows it.
    """

    starts: StartRule
    check: Callable[[Segment], None]
    run: Runner
    score_track: ScoreTrack
    columns: Callable[[Case], list[str] | None]
    judge: Callable[[Sequence[Case], Evaluation, str], Verdict]
    write: Callable[[Path, Sequence[Case], bool], list[Path]]
    one_pass: bool


ONE_PASS = "ope"
PROTOCOLS = {
    ONE_PASS: Protocol(
        starts=one_pass_starts,
        check=_anything,
        run=track_video,
        score_track=score_one_pass,
        columns=_no_columns,
        judge=_judge_one_pass,
        write=_no_files,
        one_pass=True,
    ),
    "tre": Protocol(
        starts=tre_starts,
        check=_anything,
        run=track_video,
        score_track=score_one_pass,
        columns=_no_columns,
        judge=_judge_tre,
        write=_no_files,
        one_pass=True,
    ),
    "got10k": Protocol(
        starts=_first_frame,
        check=_starts_at_once,
        run=track_video,
        score_track=score_one_pass,
        columns=got10k_columns,
        judge=judge_got10k,
        write=write_got10k,
        one_pass=True,
    ),
    "vot": Protocol(
        starts=_first_frame,
        check=_has_truth,
        run=track_with_resets,
        score_track=_no_scores,
        columns=vot_columns,
        judge=judge_vot,
        write=write_vot,
        one_pass=False,
    ),
}


def plan_protocol(env: Environment, evaluation: Evaluation) -> list[Segment]:
    """Finds the videos and decides where tracks start; decodes no image.

    Args:
        env: Holds `root_dataset`.
        evaluation: Names protocol and videos.

    Returns:
        At least one segment for each video, in the order of the videos.

    Raises:
        UserError: A video is wrong or not fit for the protocol, or a key contradicts it.
    """
    row = PROTOCOLS[evaluation.protocol]
    if evaluation.protocol != ONE_PASS:
        _refuse_other_rules(evaluation)
    segments = plan_segments(env, evaluation, row.starts)
    for segment in segments:
        row.check(segment)
    return segments


def protocol_run(evaluation: Evaluation) -> Runner:
    """How the protocol runs a segment.

    Args:
        evaluation: `protocol` and, for one pass, `stop_on_failure`.

    Returns:
        From tracker, segment and keyword `observer` to the track.
    """
    run = PROTOCOLS[evaluation.protocol].run
    if evaluation.stop_on_failure:
        return functools.partial(run, stop_on_failure=True)
    return run


def _refuse_other_rules(evaluation: Evaluation) -> None:
    """Keys that decide on starts and ends are for one-pass runs alone."""
    wrong = [
        key for key, value in start_rule(evaluation).items() if (key, value) != ("start_frame", 0)
    ]
    wrong += ["stop_on_failure"] if evaluation.stop_on_failure else []
    if wrong:
        raise UserError(
            f"evaluation.{wrong[0]} {getattr(evaluation, wrong[0])}: evaluation.protocol "
            f"{evaluation.protocol} decides itself where tracks start and end; n_subseq 1, "
            "start_frame 0 and stop_on_failure 0 are right"
        )
