"""The benchmarks' protocols, one row each: how tracks start, run, and are scored and written."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from src.base.errors import UserError
from src.datasets.segments import Segment, StartRule, one_pass_starts, plan_segments, start_rule
from src.evaluating.evaluation import Runner, ScoreTrack, score_one_pass
from src.evaluating.following import track_video
from src.evaluating.protocols.got10k import got10k_columns, judge_got10k, write_got10k
from src.evaluating.protocols.one_pass import judge_one_pass, judge_tre, tre_starts
from src.evaluating.protocols.vot import judge_vot, track_with_resets, vot_columns, write_vot
from src.evaluating.score_lines import Outcome, Verdict
from src.parameters.models import Environment, Evaluation


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


@dataclass(frozen=True)
class ProtocolRow:
    """One row.

    Attributes:
        starts: Start frames of a video.
        run: From tracker, segment and keyword `observer` to the track.
        judge: From all tracks, `evaluation` and the data set's name to lines and scores.
        one_pass: Whether a track runs from its start to the end, as a report shows it.
        check: Refuses a segment that the protocol cannot deal with, by a UserError; None: it
            takes every segment.
        score_track: Scores of one track that `performance` tells; None: those of one pass would
            be wrong.
        columns: Columns of a track's line; None: those of its `Scores`.
        write: Writes the protocol's own files, from the result folder, all tracks, and whether
            they are all of the data set; returns what to name to the user. None: it has none.
    """

    starts: StartRule
    run: Runner
    judge: Callable[[Sequence[Outcome], Evaluation, str], Verdict]
    one_pass: bool
    check: Callable[[Segment], None] | None = None
    score_track: ScoreTrack | None = score_one_pass
    columns: Callable[[Outcome], list[str]] | None = None
    write: Callable[[Path, Sequence[Outcome], bool], list[Path]] | None = None


ONE_PASS = "ope"
# got10k and vot start on the first frame: `plan_protocol` refuses the keys that say otherwise
PROTOCOLS = {
    ONE_PASS: ProtocolRow(
        starts=one_pass_starts, run=track_video, judge=judge_one_pass, one_pass=True
    ),
    "tre": ProtocolRow(starts=tre_starts, run=track_video, judge=judge_tre, one_pass=True),
    "got10k": ProtocolRow(
        starts=one_pass_starts,
        run=track_video,
        judge=judge_got10k,
        one_pass=True,
        check=_starts_at_once,
        columns=got10k_columns,
        write=write_got10k,
    ),
    "vot": ProtocolRow(
        starts=one_pass_starts,
        run=track_with_resets,
        judge=judge_vot,
        one_pass=False,
        check=_has_truth,
        score_track=None,
        columns=vot_columns,
        write=write_vot,
    ),
}


def plan_protocol(
    env: Environment, evaluation: Evaluation, skipped: dict[str, str] | None = None
) -> list[Segment]:
    """Finds the videos and decides where tracks start; decodes no image.

    Args:
        env: Holds `root_dataset`.
        evaluation: Names protocol and videos.
        skipped: Takes the videos that `evaluation.on_bad_video` leaves out, with the reasons.

    Returns:
        At least one segment for each video, in the order of the videos.

    Raises:
        UserError: A video is wrong or not fit for the protocol, or a key contradicts it.
    """
    row = PROTOCOLS[evaluation.protocol]
    if evaluation.protocol != ONE_PASS:
        _refuse_other_rules(evaluation)
    segments = plan_segments(env, evaluation, row.starts, skipped)
    if row.check:
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
