"""Makes TFRecord shards from the list of training pairs.

Reads `environment.pair_list` and its frames in `environment.root_dataset`; writes shards and a
manifest for training and one for validation to `environment.tfrecord_path`. Interrupted and started
again, it goes on where it was.
"""

import sys
from collections.abc import Sequence

from src.base.errors import run_script
from src.parameters.parse_arguments import parse_arguments
from src.records.preparation import prepare_records


def main(argv: Sequence[str]) -> None:
    """Makes the records that the parameters ask for and prints a report."""
    _, _, run, env, design = parse_arguments(argv, description=__doc__)
    print(prepare_records(design, env, run))


if __name__ == "__main__":
    sys.exit(run_script(main, sys.argv[1:]))
