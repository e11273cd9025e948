"""Tracks one segment: what a worker process of the evaluation does."""

import contextlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from src.base.errors import UserError
from src.evaluating.evaluation import MakeRecorder, track_to_files
from src.evaluating.protocols import protocol_run
from src.evaluating.results import ResultFolder
from src.parameters.design import Design
from src.parameters.hyperparams import Hyperparams
from src.parameters.models import Environment, Evaluation, Run
from src.tracking.tracker import Tracker
from src.video.segments import Segment
from src.workers.pieces import kept


@dataclass(frozen=True)
class Job:
    """What all tracks of an evaluation have in common.

    Attributes:
        hp: The tracker's hyper-parameters.
        evaluation: Protocol and weights.
        run: `workers`, `cluster`, `gpus`, `visualization`.
        env: Where pretrained networks lie.
        design: The network.
        weights: The line of `load_tracker` about the weights of this evaluation.
        results: The folder of the results, claimed.
    """

    hp: Hyperparams
    evaluation: Evaluation
    run: Run
    env: Environment
    design: Design
    weights: str
    results: ResultFolder


Load = Callable[[Job], tuple[Tracker, str]]


def load_with_one_thread(job: Job) -> tuple[Tracker, str]:
    """Loads the tracker in a process that has not computed anything yet; one thread computes.

    Args:
        job: Names the weights.

    Returns:
        The tracker, and one line that names the weights.

    Raises:
        UserError: There are no such weights, or they belong to another design.
    """
    from src.base.imports import import_tensorflow, use_devices

    tf = import_tensorflow()
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    use_devices(job.run.gpus)
    from src.tracking.loading import load_tracker

    precision, which = job.run.tracking_precision, job.evaluation.weights
    return load_tracker(job.hp, job.env, job.design, which, precision=precision)


def recorder_maker(job: Job, live: bool) -> MakeRecorder | None:
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

    return recorder_factory(job.design, live)


def track_segment(job: Job, load: Load, segment: Segment) -> list[Path]:
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


def _load(job: Job, load: Load) -> tuple[Tracker, MakeRecorder | None]:
    """The worker's tracker, and what makes its pictures."""
    tracker, weights = load(job)
    if weights != job.weights:
        raise UserError(
            f"{weights}: the evaluation began with {job.weights}; weights must not be replaced "
            "while it runs, copy them to a design.saver_folder of their own"
        )
    return tracker, recorder_maker(job, live=False)
