"""Training pairs from the photographs of an index: each box with itself."""

from pathlib import Path

import numpy as np

from src.datasets.index import Index
from src.pairs.pair_rows import IndexedPairs
from src.pairs.rules import count_left_out, seeded_rng
from src.pairs.still_pairs import StillTally
from src.pairs.video_pairs import judge_rows
from src.parameters.hyperparams import Hyperparams


def draw_photograph_pairs(
    index: Index, n_pairs: int | None, hp: Hyperparams, seed: int, root: str | Path
) -> tuple[IndexedPairs, StillTally]:
    """Draws boxes evenly over their labels; a box comes again only after all others.

    Args:
        index: The photographs.
        n_pairs: How many to draw; None: each usable box once.
        hp: The annotation filter.
        seed: Seed of all choices.
        root: Folder that the paths in the list are relative to.

    Returns:
        The pairs, all for training, and what was left out.
    """
    judged, readable = judge_rows(index, hp), _readable(index)
    usable = np.flatnonzero((judged == 0) & readable)
    order = usable[_in_turn(_labels(index, usable), seeded_rng(seed, f"stills {index.path.name}"))]
    n_pairs = len(order) if n_pairs is None or not len(order) else n_pairs
    rows = np.resize(order, n_pairs)
    pairs = IndexedPairs(index, root, _owners(index, rows), rows, rows, np.zeros(n_pairs, bool))
    left_out = count_left_out(judged[readable])
    left_out["in unreadable photographs"] = int((~readable).sum())
    return pairs, StillTally(len(judged), +left_out, n_pairs, min(n_pairs, len(order)))


def _owners(index: Index, rows: np.ndarray) -> np.ndarray:
    """The target of each row, int32 [rows]."""
    stops = index.columns["target_stop"]
    return np.searchsorted(stops, rows, side="right").astype(np.int32)


def _readable(index: Index) -> np.ndarray:
    """Whether the photograph of each row can be used, bool [rows]."""
    troubles = index.strings["video_trouble"]
    sound = np.array([not troubles[k] for k in range(index.n_videos)], dtype=bool)
    rows = np.arange(len(index.columns["row_frame"]))
    return sound[index.columns["target_video"][_owners(index, rows)]]


def _labels(index: Index, rows: np.ndarray) -> np.ndarray:
    """A number for the label of each row, int64 [rows]."""
    numbers: dict[str, int] = {}
    labels = index.strings["target_label"]
    of_target = np.array(
        [numbers.setdefault(labels[k], len(numbers)) for k in range(len(labels))], dtype=np.int64
    )
    return of_target[_owners(index, rows)]


def _in_turn(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """An order in which each label comes in turn, passing over those that have run out.

    Args:
        labels: int [N].
        rng: Shuffles the boxes of a label, and the labels.

    Returns:
        int64 [N], places in `labels`.
    """
    shuffled = rng.permutation(len(labels))
    by_label = shuffled[np.argsort(labels[shuffled], kind="stable")]
    sorted_labels = labels[by_label]
    turn = np.arange(len(labels)) - np.searchsorted(sorted_labels, sorted_labels, side="left")
    place_of_label = rng.permutation(int(labels.max(initial=0)) + 1)
    return by_label[np.lexsort((place_of_label[sorted_labels], turn))]
