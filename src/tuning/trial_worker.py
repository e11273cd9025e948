"""Tracks one video with the values of one trial: what a worker process of the search does."""

import contextlib
import io
from dataclasses import dataclass

from src.base.errors import UserError
from src.evaluating.following import track_and_score
from src.evaluating.metrics import OTB_DISTANCE
from src.parameters.design import Design
from src.parameters.hyperparams import Hyperparams
from src.parameters.models import Environment, Evaluation
from src.tracking.tracker import Tracker
from src.tuning.hyperparameter_search import Unit, VideoScore
from src.video.segments import Segment
from src.workers.pieces import kept


@dataclass(frozen=True)
class Work:
    """What all units of work have in common.

    Attributes:
        hp: Starting hyper-parameters.
        evaluation: `weights` and `stop_on_failure`.
        env: Where pretrained networks lie.
        design: The network.
        weights: The line of `load_on_cpu` about the weights that the search began with.
    """

    hp: Hyperparams
    evaluation: Evaluation
    env: Environment
    design: Design
    weights: str


def load_on_cpu(
    hp: Hyperparams, env: Environment, design: Design, which: str
) -> tuple[Tracker, str]:
    """Loads the tracker that an evaluation would take, on the CPU.

    Args:
        hp: The tracker's hyper-parameters.
        env: Where pretrained networks lie.
        design: The network.
        which: `evaluation.weights`.

    Returns:
        The tracker, and one line that names the weights.

    Raises:
        UserError: There are no such weights, or they belong to another design.
    """
    from src.base.imports import use_devices

    use_devices(())
    from src.tracking.loading import load_tracker

    return load_tracker(hp, env, design, which)


def retuned(tracker: Tracker, design: Design, hp: Hyperparams) -> Tracker:
    """A tracker with the networks of another.

    Args:
        tracker: As `load_on_cpu` returns it.
        design: Its design.
        hp: The new one's hyper-parameters.

    Returns:
        The new tracker.
    """
    from src.tracking.loading import METHODS
    from src.tracking.tracker import GreySwitch

    if isinstance(tracker, GreySwitch):
        return GreySwitch(retuned(tracker.colour, design, hp), retuned(tracker.grey, design, hp))
    return METHODS[design.method].tracker(tracker.network, design, hp)


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
    tracker = kept(_retune, work, work.hp.model_copy(update=unit.values))
    # bars of several workers would overwrite each other
    with contextlib.redirect_stderr(io.StringIO()):
        stop = bool(work.evaluation.stop_on_failure)
        scores = track_and_score(tracker, segment, OTB_DISTANCE, stop)
    return VideoScore(scores.success_auc, scores.precision_20px)


def _load(work: Work) -> Tracker:
    """The worker's networks, in a tracker with the starting hyper-parameters."""
    tracker, weights = load_on_cpu(work.hp, work.env, work.design, work.evaluation.weights)
    if weights != work.weights:
        raise UserError(
            f"{weights}: the search began with {work.weights}; weights must not be replaced while "
            "it runs, copy them to a design.saver_folder of their own"
        )
    return tracker


def _retune(work: Work, hp: Hyperparams) -> Tracker:
    """The tracker of the trial that the worker is at."""
    return retuned(kept(_load, work), work.design, hp)
