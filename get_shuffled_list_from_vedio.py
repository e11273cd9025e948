"""Makes the shuffled list of training pairs from a folder of videos.

Reads the videos of `environment.train_dataset` and the photographs of
`environment.stills_annotations`, both under `environment.root_dataset`, and writes
`environment.pair_list`, with a summary beside it.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from src.base.errors import run_script
from src.datasets.sequences import list_videos
from src.pairs.list_making import draw_videos, summarise_pairs
from src.pairs.pair_list import Pair, write_pair_list
from src.pairs.rules import refuse_overlap
from src.pairs.still_pairs import StillTally, make_still_pairs
from src.pairs.video_pairs import gather_pairs, shuffle_pairs
from src.parameters.hyperparams import Hyperparams
from src.parameters.models import Environment
from src.parameters.parse_arguments import parse_arguments


def main(argv: Sequence[str]) -> None:
    """Writes the list that the parameters ask for and prints its summary."""
    hp, evaluation, run, env, _ = parse_arguments(argv, description=__doc__)
    root = Path(env.root_dataset)
    folder = root / env.train_dataset
    names = list_videos(folder)
    refuse_overlap(names, root / evaluation.dataset, "evaluation.dataset")
    for kept in env.validation_datasets:
        refuse_overlap(names, root / kept, "environment.validation_datasets")
    pairs, tally = gather_pairs(draw_videos(folder, names, hp, run, root), hp, run.seed)
    still_pairs, still_tally = _draw_stills(env, hp, run.seed, pairs)
    summary = f"Training pairs from {folder}, seed {run.seed}\n\n" + summarise_pairs(
        pairs, tally, still_tally, hp.max_frame_gap
    )
    shuffled = shuffle_pairs(pairs + still_pairs, run.seed)
    print(write_pair_list(env.pair_list, shuffled, summary))


def _draw_stills(
    env: Environment, hp: Hyperparams, seed: int, video_pairs: Sequence[Pair]
) -> tuple[list[Pair], StillTally | None]:
    """As many pairs from photographs as make `hp.stills_share` of the training pairs."""
    n_train = sum(pair.split == "train" for pair in video_pairs)
    n_pairs = round(n_train * hp.stills_share / (1 - hp.stills_share))
    annotations = Path(env.root_dataset, env.stills_annotations)
    if not (n_pairs and env.stills_annotations and annotations.is_file()):
        return [], None
    return make_still_pairs(annotations, n_pairs, hp, seed, env.root_dataset)


if __name__ == "__main__":
    sys.exit(run_script(main, sys.argv[1:]))
