"""Trains with the given parameters on one device, and on logical ones that stand for GPUs.

python -m tests.support.distributed_driver FOLDER ARGUMENT...: checkpoints go to FOLDER/<devices>.
"""

import sys
from pathlib import Path

import tensorflow as tf

from src.parameters.parse_arguments import parse_arguments
from src.records.store import open_all_records
from src.training.strategies import make_strategy
from src.training.training import run_training

LOGICAL = ("CPU:0", "CPU:1")


def train(arguments: list[str], folder: Path, devices: tuple[str, ...]) -> None:
    """One training, in the folder that is named after the number of its devices."""
    argv = [*arguments, "--set", f"design.saver_folder={folder / str(len(devices))}"]
    parameters = parse_arguments(argv, description="")
    records, validation = open_all_records(parameters.design, parameters.env)
    strategy = make_strategy(devices)
    run_training(parameters, records, validation, [], strategy)


if __name__ == "__main__":
    [cpu] = tf.config.list_physical_devices("CPU")
    tf.config.set_logical_device_configuration(
        cpu, [tf.config.LogicalDeviceConfiguration() for _ in LOGICAL]
    )
    for devices in (LOGICAL[:1], LOGICAL):
        train(sys.argv[2:], Path(sys.argv[1]), devices)
