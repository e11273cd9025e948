"""Several sources, each with its share of the pairs."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from src.base.errors import UserError
from src.datasets.index import Index
from src.pairs.pair_rows import IndexedPairs
from src.pairs.photograph_pairs import draw_photograph_pairs
from src.pairs.rules import seeded_rng
from src.pairs.still_pairs import StillTally
from src.pairs.video_pairs import VideoTally, draw_video_pairs
from src.parameters.hyperparams import Hyperparams


@dataclass(frozen=True)
class SourcePairs:
    """What one source gives.

    Attributes:
        index: Its videos or photographs.
        pairs: Drawn from them.
        videos: What became of its videos; empty for photographs.
        photographs: What became of its photographs; None for videos.
    """

    index: Index
    pairs: IndexedPairs
    videos: VideoTally
    photographs: StillTally | None


def draw_shares(
    indices: Sequence[Index],
    shares: Sequence[float],
    hp: Hyperparams,
    seed: int,
    root: str | Path,
) -> list[SourcePairs]:
    """Draws from each source its share of the pairs.

    There are as many pairs in all as the videos of all sources give by `pairs_per_video`; without
    videos, as many as there are usable boxes in photographs. A source whose share is greater gives
    more of each target, and pairs again after every other; one whose share is smaller gives fewer.
    A single source gives what it has.

    Args:
        indices: The sources.
        shares: One a source, greater than 0; they count by their ratios.
        hp: Annotation filter, `max_frame_gap`, `pairs_per_video`, `validation_share`.
        seed: Seed of all choices.
        root: Folder that the paths in the list are relative to.

    Returns:
        What each source gives.

    Raises:
        UserError: A source gives no pair, or two have videos of one name.
    """
    first = [_draw(index, None, hp, seed, root) for index in indices]
    _refuse_shared_names(first)
    if len(first) == 1:
        return first
    kinds = [source for source in first if source.photographs is None] or first
    total = sum(len(source.pairs) for source in kinds)
    wanted = [round(total * share / sum(shares)) for share in shares]
    return [
        _draw(source.index, n_pairs, hp, seed, root, source)
        for source, n_pairs in zip(first, wanted, strict=True)
    ]


def _draw(
    index: Index,
    n_pairs: int | None,
    hp: Hyperparams,
    seed: int,
    root: str | Path,
    usual: SourcePairs | None = None,
) -> SourcePairs:
    """`n_pairs` pairs, or the usual number; `usual` says what came of that."""
    if index.photographs:
        pairs, stills = draw_photograph_pairs(index, n_pairs, hp, seed, root)
        if not len(pairs):
            raise UserError(f"{index.path}: no box of its photographs can be used for training")
        return SourcePairs(index, pairs, VideoTally(), stills)
    if n_pairs is not None and usual is not None:
        each = -(-n_pairs // len(usual.videos.splits))
        hp = hp.model_copy(update={"pairs_per_video": max(each, 1)})
    pairs, tally = draw_video_pairs(index, hp, seed, root)
    if n_pairs is not None:
        order = seeded_rng(seed, f"share {index.path.name}").permutation(len(pairs))
        pairs = pairs.taken(np.resize(order, n_pairs))
    return SourcePairs(index, pairs, tally, None)


def _refuse_shared_names(sources: Sequence[SourcePairs]) -> None:
    """A name stands for one video, also where several sources are read."""
    owners: dict[str, Path] = {}
    for source in sources:
        names = [*source.videos.splits, *source.videos.left_out_videos]
        if source.photographs is not None:
            names = source.pairs.names()
        for name in names:
            other = owners.setdefault(name, source.index.path)
            if other != source.index.path:
                raise UserError(
                    f"environment.train_dataset: {name} is the name of a video in {other} and of "
                    f"one in {source.index.path}; take it out of one of the two"
                )
