"""Trials of a search: tracked, kept in a file, and told."""

import contextlib
import fcntl
import io
import json
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from src.base.errors import UserError
from src.base.settings import differences, refuse_others
from src.datasets.segments import Segment
from src.evaluating.following import track_and_score
from src.evaluating.metrics import OTB_DISTANCE
from src.parameters.design import Design
from src.parameters.hyperparams import Hyperparams
from src.parameters.parse_arguments import Parameters
from src.tracking.opening import exact, open_tracker
from src.tracking.tracker import Tracker
from src.tuning.search import ROUND, Trial, Unit, Values, VideoScore
from src.workers.pieces import kept


class TrialFile:
    """The scores that a file holds; new ones are added to both."""

    def __init__(self, path: Path, file: BinaryIO, settings: dict[str, Any]):
        """Reads the file; the settings go into a new one.

        Args:
            path: Its path.
            file: The same, unbuffered, to read and append.
            settings: All that the scores depend on, for JSON.

        Raises:
            UserError: The file belongs to other settings, or is not such a file.
        """
        self._file = file
        self._scores: dict[tuple, VideoScore] = {}
        settings = json.loads(json.dumps(settings))
        file.seek(0)
        data = file.read()
        # what stands behind the last line's end was cut short when its writer was killed
        whole = data[: data.rfind(b"\n") + 1]
        try:
            lines = [json.loads(line) for line in whole.splitlines()]
            theirs = dict(lines[0]["settings"]) if lines else settings
            for line in lines[1:]:
                score = VideoScore(line["success_auc"], line["precision_20px"])
                self._scores[_key(line["video"], line["values"])] = score
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise UserError(
                f"{path}: is not the file of trials that was written here; remove it or choose "
                "another --out"
            ) from error
        advice = "choose another --out, or remove the file"
        refuse_others(path, differences(theirs, settings), advice)
        file.truncate(len(whole))
        if not lines:
            self._append({"settings": settings})

    def find(self, unit: Unit) -> VideoScore | None:
        """The score of a unit of work, None if it is not finished."""
        return self._scores.get(_key(unit.video, unit.values))

    def add(self, unit: Unit, score: VideoScore) -> None:
        """Keeps the score of a finished unit of work."""
        self._append(unit._asdict() | score._asdict())
        self._scores[_key(unit.video, unit.values)] = score

    def _append(self, line: dict[str, Any]) -> None:
        self._file.write(json.dumps(line).encode() + b"\n")


@contextlib.contextmanager
def open_trials(path: Path, settings: dict[str, Any]) -> Iterator[TrialFile]:
    """Opens or makes a file of trials and keeps other searches out of it.

    Args:
        path: The file.
        settings: All that the scores depend on, for JSON.

    Yields:
        The file.

    Raises:
        UserError: It belongs to other settings, is not such a file, is in use, or cannot be
            written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+b", buffering=0)
    except OSError as error:
        raise UserError(
            f"{path}: trials cannot be written here ({error.strerror}); --out should be in a "
            "folder that can be written"
        ) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UserError(
                f"{path}: another search is writing to it; wait for its end or choose another --out"
            ) from error
        yield TrialFile(path, file, settings)


def _key(video: str, values: Values) -> tuple:
    """Tracks with equal values are equal, whichever trial they belong to."""
    return video, *sorted(values.items())


def trial_line(trial: Trial) -> str:
    """One trial: its scores, then its values."""
    values = ", ".join(f"{name} {value:g}" for name, value in trial.values.items())
    return f"trial {trial.number} -- {_scores(trial.mean)} -- {values}"


def report_lines(start: Trial, best: Trial, near: Sequence[Trial]) -> Iterator[str]:
    """The gain over the starting values, in all and by video, and what it is worth.

    Args:
        start: Trial 0.
        best: The best of all, perhaps the same.
        near: Those of the nearest values.

    Yields:
        Lines.
    """
    gain = best.mean.success_auc - start.mean.success_auc
    yield f"Best: trial {best.number} -- {_scores(best.mean)} -- {gain:+.4f} AUC over trial 0"
    width = max(map(len, ["video", *best.scores]))
    yield f"{'video':{width}}  AUC of 0    best    gain  precision of 0    best"
    for name, (auc, precision) in best.scores.items():
        auc_0, precision_0 = start.scores[name]
        yield (
            f"{name:{width}}  {auc_0:8.4f}  {auc:6.4f} {auc - auc_0:+7.4f}"
            f"  {precision_0:14.4f}  {precision:6.4f}"
        )
    gains = {name: best.scores[name].success_auc - auc for name, (auc, _) in start.scores.items()}
    if len(gains) > 1:
        most = max(gains, key=gains.__getitem__)
        rest = statistics.fmean(gain for name, gain in gains.items() if name != most)
        yield f"Without the video that gained most ({most}): {rest:+.4f} AUC over trial 0"
    if near:
        yield _spread(near)
    yield (
        f"Warning: these videos ({len(best.scores)}) are no test set any more: the values were "
        "chosen by their scores, so judge them on other videos"
    )


def _spread(near: Sequence[Trial]) -> str:
    """The spread of near settings; of one trial there is none."""
    if len(near) < 2:
        return (
            "There are too few trials to tell whether a gain is chance: one trial beside the best "
            f"has no spread; --trials {ROUND + 1} or more is right"
        )
    scores = sorted(trial.mean.success_auc for trial in near)
    return (
        f"The {len(near)} trials nearest to the best: success AUC {scores[0]:.4f} to "
        f"{scores[-1]:.4f}, median {statistics.median(scores):.4f}"
    )


def _scores(score: VideoScore) -> str:
    return f"success AUC {score.success_auc:.4f}, precision at 20 px {score.precision_20px:.4f}"


@dataclass(frozen=True)
class Work:
    """What all units of work have in common.

    Attributes:
        parameters: All of them; `hp` has the starting hyper-parameters.
        weights: The line of `load_on_cpu` about the weights that the search began with.
    """

    parameters: Parameters
    weights: str


def load_on_cpu(parameters: Parameters) -> tuple[Tracker, str]:
    """Loads the tracker that an evaluation would take, on the CPU.

    Args:
        parameters: All of them; devices and precision of `run` do not count.

    Returns:
        The tracker, and one line that names the weights.

    Raises:
        UserError: There are no such weights, or they belong to another design.
    """
    on_cpu = parameters.run.model_copy(update={"gpus": ()})
    return open_tracker(exact(parameters._replace(run=on_cpu)))


def retuned(tracker: Tracker, design: Design, hp: Hyperparams) -> Tracker:
    """A tracker with the networks of another.

    Args:
        tracker: As `load_on_cpu` returns it.
        design: Its design.
        hp: The new one's hyper-parameters.

    Returns:
        The new tracker.
    """
    from src.tracking.loading import make_tracker
    from src.tracking.tracker import GreySwitch

    if isinstance(tracker, GreySwitch):
        return GreySwitch(retuned(tracker.colour, design, hp), retuned(tracker.grey, design, hp))
    return make_tracker(tracker.network, design, hp)


def track_unit(work: Work, segment: Segment, unit: Unit) -> VideoScore:
    """Tracks and scores one video; the same wherever and whenever it is done.

    Args:
        work: What all units of work have in common.
        segment: The video, with ground truth.
        unit: The values; `unit.video` is the segment's name.

    Returns:
        Its scores.

    Raises:
        UserError: A frame cannot be read, or the weights were replaced since the search began.
    """
    tracker = kept(_retune, work, work.parameters.hp.model_copy(update=unit.values))
    # bars of several workers would overwrite each other
    with contextlib.redirect_stderr(io.StringIO()):
        stop = bool(work.parameters.evaluation.stop_on_failure)
        scores = track_and_score(tracker, segment, OTB_DISTANCE, stop)
    return VideoScore(scores.success_auc, scores.precision_20px)


def _load(work: Work) -> Tracker:
    """The worker's networks, in a tracker with the starting hyper-parameters."""
    tracker, weights = load_on_cpu(work.parameters)
    if weights != work.weights:
        raise UserError(
            f"{weights}: the search began with {work.weights}; weights must not be replaced while "
            "it runs, copy them to a design.saver_folder of their own"
        )
    return tracker


def _retune(work: Work, hp: Hyperparams) -> Tracker:
    """The tracker of the trial that the worker is at."""
    return retuned(kept(_load, work), work.parameters.design, hp)
