"""Tracks one video with the values of one trial: what a worker process of the search does."""

import contextlib
import functools
import io
from dataclasses import dataclass
from types import SimpleNamespace

from src.design import Design
from src.errors import UserError
from src.evaluation import track_and_score
from src.hyperparameter_search import Unit, VideoScore
from src.metrics import OTB_DISTANCE
from src.parameters import Environment, Evaluation, Hyperparams
from src.segments import Segment
from src.tracker import Tracker

_worker = SimpleNamespace(work=None)


@dataclass(frozen=True)
class Work:
    """What all units of work have in common.

    Attributes:
        hp: Starting hyper-parameters.
        evaluation: `weights` and `stop_on_failure`.
        env: Where pretrained networks lie.
        design: The network.
        weights: The line of `load_on_cpu` about the weights that the search began with.
        segments: What to track, by the name of the video; with ground truth.
    """

    hp: Hyperparams
    evaluation: Evaluation
    env: Environment
    design: Design
    weights: str
    segments: dict[str, Segment]


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
    from src.devices import use_devices

    use_devices(())
    from src.methods import load_tracker

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
    from src.grey_tracker import GreySwitch
    from src.methods import METHODS

    if isinstance(tracker, GreySwitch):
        return GreySwitch(retuned(tracker.colour, design, hp), retuned(tracker.grey, design, hp))
    return METHODS[design.method].tracker(tracker.network, design, hp)


def start_worker(work: Work) -> None:
    """Prepares a worker process: one thread, so that no score depends on how many there are.

    Args:
        work: What all of its units of work have in common.
    """
    from src.devices import import_tensorflow

    tf = import_tensorflow()
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    _worker.work = work


def track_unit(unit: Unit) -> VideoScore:
    """Tracks and scores one video; the same wherever and whenever it is done.

    Args:
        unit: Which video, with which values.

    Returns:
        Its scores.

    Raises:
        UserError: A frame cannot be read, or the weights were replaced since the search began.
    """
    work, segment = _worker.work, _worker.work.segments[unit.video]
    tracker = _tracker(work.hp.model_copy(update=unit.values))
    # bars of several workers would overwrite each other
    with contextlib.redirect_stderr(io.StringIO()):
        stop = bool(work.evaluation.stop_on_failure)
        scores = track_and_score(tracker, segment, OTB_DISTANCE, stop)
    return VideoScore(scores.success_auc, scores.precision_20px)


@functools.cache
def _loaded() -> Tracker:
    """The worker's networks, loaded once, in a tracker with the starting hyper-parameters."""
    work = _worker.work
    tracker, weights = load_on_cpu(work.hp, work.env, work.design, work.evaluation.weights)
    if weights != work.weights:
        raise UserError(
            f"{weights}: the search began with {work.weights}; weights must not be replaced while "
            "it runs, copy them to a design.saver_folder of their own"
        )
    return tracker


@functools.lru_cache(maxsize=1)
def _tracker(hp: Hyperparams) -> Tracker:
    """The tracker of the trial that the worker is at."""
    return retuned(_loaded(), _worker.work.design, hp)
