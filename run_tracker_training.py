"""Trains the network on TFRecord shards; writes checkpoints and a log.

Killed and started again with the same parameters, it goes on from its last checkpoint.
"""

import sys
from collections.abc import Sequence

from src.base.errors import run_script
from src.evaluating.validation import plan_validation
from src.parameters.parse_arguments import parse_arguments
from src.records.store import open_all_records


def main(argv: Sequence[str]) -> None:
    """Reads the parameters and trains."""
    parameters = parse_arguments(argv, description=__doc__)
    _, evaluation, run, env, design = parameters
    # before TensorFlow: what is wrong with records and videos is told at once
    records, validation = open_all_records(design, env)
    segments = plan_validation(env, evaluation, run) if run.track_every else []
    from src.base.imports import make_repeatable, use_devices

    devices = use_devices(run.gpus)
    make_repeatable()
    from src.training.strategies import make_strategy
    from src.training.training import run_training

    strategy = make_strategy(devices)
    run_training(parameters, records, validation, segments, strategy)


if __name__ == "__main__":
    sys.exit(run_script(main, sys.argv[1:]))
