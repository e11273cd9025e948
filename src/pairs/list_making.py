"""The whole list: what each source gives, photographs beside it, shuffled, and its summary."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from src.base.locks import locked
from src.datasets.index_building import make_index
from src.pairs.pair_list import write_pair_rows
from src.pairs.pair_rows import ListedPairs, PairRows
from src.pairs.rules import refuse_overlap
from src.pairs.sharing import SourcePairs, draw_shares
from src.pairs.still_pairs import StillTally, make_still_pairs
from src.pairs.summary import summarise_pairs
from src.parameters.hyperparams import Hyperparams
from src.parameters.models import Environment, Evaluation, Run

# rows that are put together at once
_ROWS = 1 << 14
_LOCK = ".list.lock"


def make_pair_list(hp: Hyperparams, evaluation: Evaluation, run: Run, env: Environment) -> str:
    """Draws the pairs of `environment.train_dataset` and writes `environment.pair_list`.

    Args:
        hp: Annotation filter, gaps, numbers of pairs, shares.
        evaluation: `dataset` and `layout`, whose videos are kept out.
        run: `seed`, `workers`, `cluster`.
        env: The places. Indices of the sources lie beside the list, in `index`.

    Returns:
        The summary, which is also written beside the list.

    Raises:
        UserError: A source, or one of its videos, cannot be used, or another process makes a list
            in this folder.
    """
    advice = "wait until it has ended, or name an environment.pair_list in another folder"
    with locked(Path(env.pair_list).parent / _LOCK, "a list of pairs is being made here", advice):
        return _make_pair_list(hp, evaluation, run, env)


def _make_pair_list(hp: Hyperparams, evaluation: Evaluation, run: Run, env: Environment) -> str:
    """The same without the lock on the folder, which holds the indices of the sources too."""
    root, place = Path(env.root_dataset), Path(env.pair_list).parent / "index"
    indices = [
        make_index(
            place, root / source.path, source.layout or env.train_layout, run, env.on_bad_video
        )
        for source in env.train_dataset
    ]
    for index in indices:
        names = [index.track(target) for target in range(index.n_targets)]
        refuse_overlap(names, root / evaluation.dataset, evaluation.layout, "evaluation.dataset")
        for kept in env.validation_datasets:
            key = "environment.validation_datasets"
            refuse_overlap(names, root / kept, env.validation_layout, key)
    shares = [source.share for source in env.train_dataset]
    sources = draw_shares(indices, shares, hp, run.seed, root)
    stills, still_tally = _draw_stills(env, hp, run.seed, sources)
    parts: list[PairRows] = [*(source.pairs for source in sources), stills]
    summary = summarise_pairs(sources, still_tally, hp.max_frame_gap, run.seed)
    return write_pair_rows(env.pair_list, shuffled_rows(parts, run.seed), summary)


def shuffled_rows(parts: Sequence[PairRows], seed: int) -> Iterator[list]:
    """The rows of all pairs in a random order; few are in memory at a time.

    Args:
        parts: The pairs; the same in the same order and the same seed give the same rows.
        seed: Of the order.

    Yields:
        Rows as `pair_list.COLUMNS`.
    """
    stops = np.cumsum([len(part) for part in parts])
    order = np.random.default_rng(seed).permutation(int(stops[-1]))
    for start in range(0, len(order), _ROWS):
        places = order[start : start + _ROWS]
        owners = np.searchsorted(stops, places, side="right")
        rows: list[list] = [[]] * len(places)
        for owner, part in enumerate(parts):
            chosen = np.flatnonzero(owners == owner)
            first = stops[owner - 1] if owner else 0
            for place, row in zip(chosen, part.rows(places[chosen] - first), strict=True):
                rows[place] = row
        yield from rows


def _draw_stills(
    env: Environment, hp: Hyperparams, seed: int, sources: Sequence[SourcePairs]
) -> tuple[ListedPairs, StillTally | None]:
    """As many pairs from photographs as make `hp.stills_share` of the training pairs."""
    n_train = sum(int((~source.pairs.validates).sum()) for source in sources)
    n_pairs = round(n_train * hp.stills_share / (1 - hp.stills_share))
    annotations = Path(env.root_dataset, env.stills_annotations)
    if not (n_pairs and env.stills_annotations and annotations.is_file()):
        return ListedPairs([]), None
    pairs, tally = make_still_pairs(annotations, n_pairs, hp, seed, env.root_dataset)
    return ListedPairs(pairs), tally
