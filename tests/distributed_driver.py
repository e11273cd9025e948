"""Trains with the given parameters on one device, and on logical ones that stand for GPUs.

python -m tests.distributed_driver FOLDER ARGUMENT...: checkpoints go to FOLDER/<loss>_<devices>.
"""

import sys
from pathlib import Path

import tensorflow as tf

from src.parse_arguments import parse_arguments
from src.record_store import open_all_records
from src.strategies import make_strategy
from src.training import run_training

LOGICAL = ("CPU:0", "CPU:1")
OTHER_SCALES = {"logistic": "[]", "contrast": "[0.95, 1.05]"}


def train(
    arguments: list[str], folder: Path, loss: str, strategy: tf.distribute.Strategy
) -> None:
    """One training, in the folder that is named after it."""
    changes = (
        f"design.saver_folder={folder / loss}_{strategy.num_replicas_in_sync}",
        f"hyperparams.loss={loss}",
        f"hyperparams.other_scales={OTHER_SCALES[loss]}",
    )
    argv = arguments + [part for change in changes for part in ("--set", change)]
    hp, evaluation, run, env, design = parse_arguments(argv, description="")
    records, validation = open_all_records(design, env)
    run_training(hp, run, env, design, evaluation, records, validation, [], strategy)


if __name__ == "__main__":
    [cpu] = tf.config.list_physical_devices("CPU")
    tf.config.set_logical_device_configuration(
        cpu, [tf.config.LogicalDeviceConfiguration() for _ in LOGICAL]
    )
    # of a kind, TensorFlow bears one in a process
    strategies = [make_strategy(devices) for devices in (LOGICAL[:1], LOGICAL)]
    for loss in OTHER_SCALES:
        for strategy in strategies:
            train(sys.argv[2:], Path(sys.argv[1]), loss, strategy)
