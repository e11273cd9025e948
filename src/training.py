"""Puts a training together: records, network, learner, trainer."""

from pathlib import Path

import tensorflow as tf

from src.checkpoints import network_settings
from src.errors import UserError
from src.matconvnet import load_matconvnet
from src.methods import METHODS
from src.network_arithmetic import total_stride
from src.parameters import Design, Environment, Hyperparams, LearningHyperparams, Run
from src.read_training_dataset import reading_errors, training_batches, validation_batches
from src.record_store import RecordSet, open_records
from src.siamese import build_network
from src.train_step import Learner
from src.trainer import Trainer, training_steps
from src.visualization import write_training_crops

LENGTH_KEYS = ("batch_size", "num_epochs", "num_steps", "net")


def run_training(hp: Hyperparams, run: Run, env: Environment, design: Design) -> None:
    """Trains the design's network on its records, or goes on with an interrupted training.

    Args:
        hp: How to learn.
        run: Seed, checkpoints, summaries, debug pictures.
        env: Where the records lie.
        design: The network, the batch and how long to train.

    Raises:
        UserError: Records or checkpoints do not fit the parameters, or training diverged.
    """
    records = open_records(design, env, "train")
    steps_per_epoch, steps = training_steps(design, records.pairs)
    validation = _validation(design, hp, env)
    tf.config.experimental.enable_op_determinism()
    network = build_network(design, run.seed)
    if design.net:
        load_matconvnet(network, Path(env.root_pretrained) / design.net)
    learner = Learner(network, METHODS[design.method], design, hp, steps)
    trainer = Trainer(
        learner, design, run, _settings(hp, run, design, records), steps_per_epoch, steps
    )
    print(_opening(trainer, records, design))
    epochs = -(-steps // steps_per_epoch)
    batches = training_batches(records, design, hp, run.seed, epochs, trainer.step)
    with reading_errors():
        if run.debug:
            _write_first_batch(batches, learner, design)
        trainer.train(iter(batches), validation)
    print(f"done: {trainer.step} steps; checkpoints and log are in {design.saver_folder}")


def _validation(design: Design, hp: Hyperparams, env: Environment) -> tf.data.Dataset | None:
    """Batches of the validation records; None when the list has no validation pairs."""
    manifest = Path(env.tfrecord_path) / f"{env.tfrecord_validation}.json"
    if not manifest.exists():
        return None
    return validation_batches(open_records(design, env, "validation"), design, hp)


def _settings(hp: Hyperparams, run: Run, design: Design, records: RecordSet) -> dict:
    """All that the trained weights depend on, as `{file: {key: value}}`."""
    lengths = design.model_dump(mode="json", include=set(LENGTH_KEYS))
    return {
        "design": network_settings(design) | lengths,
        "hyperparams": hp.model_dump(mode="json", include=set(LearningHyperparams.model_fields)),
        "run": {"seed": run.seed},
        "records": {"pairs": records.pairs, "list_sha256": records.list_sha256},
    }


def _opening(trainer: Trainer, records: RecordSet, design: Design) -> str:
    """What is about to happen, in a line."""
    if trainer.step >= trainer.steps:
        return f"this training is complete: {trainer.step} of {trainer.steps} steps"
    verb = f"goes on after step {trainer.step} of" if trainer.resumed else "takes"
    return (
        f"training {verb} {trainer.steps} steps of {design.batch_size} pairs; "
        f"{records.pairs} pairs, {trainer.steps_per_epoch} steps an epoch"
    )


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
