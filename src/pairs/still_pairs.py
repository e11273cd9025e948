"""Training pairs from single photographs with boxes: the same picture as exemplar and search."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain, cycle, islice, permutations, zip_longest
from pathlib import Path
from typing import TypeVar

import numpy as np

from src.datasets.photo_csv import Still, read_stills
from src.pairs.pair_list import Pair
from src.pairs.rules import count_left_out, judge_boxes, relative_path, seeded_rng
from src.parameters.hyperparams import Hyperparams

# In these sources a label is one single thing, so that two photographs of it make a pair.
SAME_THING_SOURCES = frozenset({"dreambooth"})

T = TypeVar("T")


@dataclass
class StillTally:
    """What became of the photographs: boxes in the file, boxes left out by reason, pairs made."""

    n_boxes: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    n_pairs: int = 0
    n_distinct: int = 0


def make_still_pairs(
    annotations: Path, n_pairs: int, hp: Hyperparams, seed: int, root: str | Path
) -> tuple[list[Pair], StillTally]:
    """Draws pairs from photographs, evenly over the sources and within them over the labels.

    A pair comes a second time only after every other one was used. Photographs are for training
    only.

    Args:
        annotations: CSV file with the columns of `photo_csv.COLUMNS`; the images lie beside it.
        n_pairs: How many to draw.
        hp: The annotation filter.
        seed: Seed of all choices.
        root: Folder that the paths in the pairs are relative to.

    Returns:
        The pairs, and what was left out.

    Raises:
        UserError: The file is no such list, or a row is wrong.
    """
    stills = read_stills(annotations)
    judged = judge_boxes(
        [still.box_ltwh for still in stills], np.array([s.size for s in stills]).reshape(-1, 2), hp
    )
    usable = [still for still, reason in zip(stills, judged, strict=True) if not reason]
    candidates = _order_evenly(usable, seeded_rng(seed, "stills"))
    chosen = islice(cycle(candidates), n_pairs)
    pairs = [_make_pair(z, x, annotations.parent, root) for z, x in chosen]
    distinct = min(len(candidates), n_pairs)
    return pairs, StillTally(len(stills), count_left_out(judged), len(pairs), distinct)


def _order_evenly(stills: Iterable[Still], rng: np.random.Generator) -> list[tuple[Still, Still]]:
    """All possible pairs, sources in turn, and within a source its labels in turn."""
    groups: dict[str, dict[str, list[Still]]] = defaultdict(lambda: defaultdict(list))
    for still in stills:
        groups[still.source][still.label].append(still)
    by_source = []
    for source in _shuffled(sorted(groups), rng):
        labels = _shuffled(sorted(groups[source]), rng)
        pairs = [_pairs_of_label(source, groups[source][label]) for label in labels]
        by_source.append(_in_turn([_shuffled(of_label, rng) for of_label in pairs]))
    return _in_turn(by_source)


def _pairs_of_label(source: str, stills: Sequence[Still]) -> list[tuple[Still, Still]]:
    if source in SAME_THING_SOURCES:
        across = [(z, x) for z, x in permutations(stills, 2) if z.image != x.image]
        if across:
            return across
    return [(still, still) for still in stills]


def _in_turn(lists: Sequence[Sequence[T]]) -> list[T]:
    """Takes one of each list in turn, passing over those that have run out."""
    end = object()
    return [
        item for item in chain.from_iterable(zip_longest(*lists, fillvalue=end)) if item is not end
    ]


def _shuffled(items: Sequence[T], rng: np.random.Generator) -> list[T]:
    return [items[k] for k in rng.permutation(len(items))]


def _make_pair(z: Still, x: Still, folder: Path, root: str | Path) -> Pair:
    paths = [relative_path(folder / still.image, root) for still in (z, x)]
    name = f"stills/{z.image}#{z.row}"
    return Pair("train", name, paths[0], 0, z.box_ltwh, paths[1], 0, x.box_ltwh)
