"""Puts a training together: records, network, learner, trainer."""

import contextlib
from collections.abc import Sequence
from pathlib import Path

import tensorflow as tf

from src.base.errors import UserError
from src.base.locks import locked
from src.datasets.segments import Segment
from src.evaluating.validation import ValidationTracking
from src.network.siamese import SiameseNetwork, build_network
from src.parameters.design import LEARNING, Design, keys_of
from src.parameters.hyperparams import Hyperparams, LearningHyperparams
from src.parameters.models import Evaluation, Run
from src.parameters.network_arithmetic import total_stride
from src.parameters.parse_arguments import Parameters
from src.pictures.visualization import write_training_crops
from src.records.read_training_dataset import (
    Part,
    reading_errors,
    training_batches,
    validation_batches,
)
from src.records.store import RecordSet
from src.tracking.loading import make_tracker
from src.training.dilation_check import check_dilation
from src.training.filter_learning import FILTER_KEYS
from src.training.lengthening import describe_lengthening
from src.training.precision import refuse_auto, settle_training_precision, stored_precision
from src.training.strategies import check_replicas, deal_batches, is_chief, lost_workers
from src.training.train_step import Learner
from src.training.trainer import Trainer, training_steps
from src.weights.checkpoints import network_settings
from src.weights.finding import start_from

_LOCK = ".training.lock"


def run_training(
    parameters: Parameters,
    records: RecordSet,
    validation: RecordSet | None,
    segments: Sequence[Segment],
    strategy: tf.distribute.Strategy,
) -> None:
    """Trains the design's network on records, or goes on with an interrupted training.

    Args:
        parameters: How to learn, the network, the batch and how long to train; `evaluation` has
            the `dist_threshold` of the validation's scores.
        records: What to learn from.
        validation: What to validate with after every epoch, or None.
        segments: What to track every `run.track_every` epochs; none: the validation loss chooses
            the best network.
        strategy: Which devices share the work; the result is that of one.

    Raises:
        LostWorkerError: Another worker of the cluster is gone.
        UserError: Another process trains in `design.saver_folder`, TensorFlow cannot train the
            network here, checkpoints do not fit the parameters, records cannot be read any more,
            or the training diverged.
    """
    folder = Path(parameters.design.saver_folder)
    advice = "wait until it has ended, or name another design.saver_folder"
    # of a cluster's workers the first alone writes
    alone = locked(folder / _LOCK, "a training runs here already", advice)
    with alone if is_chief(strategy) else contextlib.nullcontext():
        _train(parameters, records, validation, segments, strategy)


def _train(
    parameters: Parameters,
    records: RecordSet,
    validation: RecordSet | None,
    segments: Sequence[Segment],
    strategy: tf.distribute.Strategy,
) -> None:
    """The same without the lock on the folder."""
    hp, evaluation, run, env, design = parameters
    steps_per_epoch, steps = training_steps(design, records.pairs)
    check_replicas(strategy, design.batch_size)
    refuse_auto(run, strategy.cluster_resolver is not None)
    if is_chief(strategy):
        run = settle_training_precision(run, design, hp, stored_precision(design))
    with strategy.scope():
        network = build_network(design, run.seed, run.precision)
        started = start_from(network, env, design)
    check_dilation(network)
    learner = Learner(network, design, hp, steps, strategy, steps_per_epoch)
    settings = _settings(hp, run, design, records)
    judge = _judge(network, design, hp, evaluation, segments) if segments else None
    trainer = Trainer(learner, design, run, settings, steps_per_epoch, steps, judge)
    _tell(trainer, _opening(trainer, records, design, hp, started))
    epochs = -(-steps // steps_per_epoch)

    def read(part: Part | None) -> tf.data.Dataset:
        return training_batches(records, design, hp, run.seed, epochs, trainer.step, part)

    with reading_errors(), lost_workers(strategy):
        if run.debug and trainer.chief:
            _write_first_batch(read(None), learner, design)
        trainer.train(
            iter(deal_batches(strategy, design.batch_size, read)),
            None if validation is None else validation_batches(validation, design, hp),
        )
    _tell(trainer, f"done: {trainer.step} steps; checkpoints and log are in {design.saver_folder}")


def _tell(trainer: Trainer, line: str) -> None:
    """Prints a line, of several processes in one."""
    if trainer.chief:
        print(line, flush=True)


def _judge(
    network: SiameseNetwork,
    design: Design,
    hp: Hyperparams,
    evaluation: Evaluation,
    segments: Sequence[Segment],
) -> ValidationTracking:
    """Scores the network by tracking; weights and arithmetic of the tracker are float32."""
    return ValidationTracking(
        network,
        build_network(design, seed=0),
        lambda copy: make_tracker(copy, design, hp),
        segments,
        evaluation.dist_threshold,
    )


def _settings(hp: Hyperparams, run: Run, design: Design, records: RecordSet) -> dict:
    """All that the trained weights depend on, as `{file: {key: value}}`."""
    learning = design.model_dump(mode="json", include=keys_of(Design, LEARNING))
    keys = set(LearningHyperparams.model_fields)
    keys |= FILTER_KEYS if hp.filter_loss_weight > 0 else set()
    return {
        "design": network_settings(design) | learning,
        "hyperparams": hp.model_dump(mode="json", include=keys),
        "run": {"seed": run.seed, "precision": run.precision},
        "records": {"pairs": records.pairs, "list_sha256": records.list_sha256},
    }


def _opening(
    trainer: Trainer, records: RecordSet, design: Design, hp: Hyperparams, started: str
) -> str:
    """What is about to happen, in a line; another one if the training was made longer."""
    if trainer.step >= trainer.steps:
        return f"this training is complete: {trainer.step} of {trainer.steps} steps"
    verb = f"goes on after step {trainer.step} of" if trainer.resumed else "takes"
    start = "" if trainer.resumed else f"; starts from {started}"
    line = (
        f"training {verb} {trainer.steps} steps of {design.batch_size} pairs; "
        f"{records.pairs} pairs, {trainer.steps_per_epoch} steps an epoch{start}"
    )
    if trainer.steps > trainer.planned:
        line += "\n" + describe_lengthening(hp, trainer.step, trainer.planned, trainer.steps)
    return line


def _write_first_batch(batches: tf.data.Dataset, learner: Learner, design: Design) -> None:
    """Writes what the network sees first, with its labels (`run.debug`)."""
    batch = next(iter(batches), None)
    if batch is None:
        raise UserError("run.debug: no batch is left to show, this training is complete")
    path = Path(design.saver_folder) / "debug" / "first_batch.png"
    write_training_crops(
        path,
        batch["z"].numpy(),
        batch["x"].numpy(),
        learner.targets(batch)["label"].numpy()[..., 0],
        batch["disp_crop"].numpy(),
        batch["target_sz_crop"].numpy(),
        total_stride(design),
    )
    print(f"the first batch is drawn in {path}")
