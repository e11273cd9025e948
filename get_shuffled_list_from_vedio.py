"""Makes the shuffled list of training pairs from videos with labels.

Reads the videos of `environment.train_dataset` and the photographs of
`environment.stills_annotations`, both under `environment.root_dataset`, and writes
`environment.pair_list`, with a summary beside it.
"""

import sys
from collections.abc import Sequence

from src.base.errors import run_script
from src.pairs.list_making import make_pair_list
from src.parameters.parse_arguments import parse_arguments


def main(argv: Sequence[str]) -> None:
    """Writes the list that the parameters ask for and prints its summary."""
    hp, evaluation, run, env, _ = parse_arguments(argv, description=__doc__)
    print(make_pair_list(hp, evaluation, run, env))


if __name__ == "__main__":
    sys.exit(run_script(main, sys.argv[1:]))
