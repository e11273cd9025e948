"""Trains the network on TFRecord shards; writes checkpoints and a log.

Killed and started again with the same parameters, it goes on from its last checkpoint.
"""

import sys
from collections.abc import Sequence

from src.errors import run_script
from src.parse_arguments import parse_arguments


def main(argv: Sequence[str]) -> None:
    """Reads the parameters and trains."""
    hp, _, run, env, design = parse_arguments(argv, description=__doc__)
    from src.devices import use_devices

    use_devices(run.gpus)
    from src.training import run_training

    run_training(hp, run, env, design)


if __name__ == "__main__":
    sys.exit(run_script(main, sys.argv[1:]))
