"""Which frames may be used, on which side of the split a film falls, and the seeds of both."""

import hashlib
import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from src.base.errors import UserError
from src.datasets.sequences import list_videos
from src.geometry.region_to_bbox import is_absent, visible_share
from src.parameters.hyperparams import Hyperparams


def split_videos(kin: Mapping[str, Sequence[str]], share: float, seed: int) -> dict[str, str]:
    """Divides videos into training and validation, whole films at a time.

    Films are ranked by a hash of the seed and their name, and taken for validation in that order
    as long as they do not exceed the share. At least one film (then the smallest) is taken where
    there are two, and one is always left for training. The order of `kin` plays no part.

    Args:
        kin: Video name to what it shares with others of its film, also by way of others: the
            film's name, the folder of the frames.
        share: Share of the videos that is wanted for validation, 0 to 1; 0 takes none.
        seed: Seed of the ranking.

    Returns:
        Video name to "train" or "validation".
    """
    films = _group_by_film(kin)
    ranked = sorted(films, key=lambda film: _rank(seed, min(film)))
    wanted = max(1, round(share * len(kin))) if share > 0 else 0
    chosen: list[str] = []
    for film in ranked[:-1]:
        if len(chosen) + len(film) <= wanted:
            chosen += film
    if wanted and not chosen and len(ranked) > 1:
        chosen = list(min(ranked, key=len))
    validation = set(chosen)
    return {video: "validation" if video in validation else "train" for video in kin}


def refuse_overlap(
    train_videos: Iterable[str], kept_folder: Path, layout: str | None, key: str
) -> None:
    """Refuses to train on videos that are kept for evaluation or validation.

    Args:
        train_videos: Names of the training videos, both splits.
        kept_folder: The data set that is kept; there may be none.
        layout: Its layout; None: by the tree.
        key: Names that folder: `evaluation.dataset` or `environment.validation_datasets`.

    Raises:
        UserError: A name is in both, whatever its case.
    """
    try:
        evaluated = {video.casefold() for video in list_videos(kept_folder, layout)}
    except UserError:
        return
    shared = sorted(video for video in set(train_videos) if video.casefold() in evaluated)
    if shared:
        more = f" and {len(shared) - 5} more" if len(shared) > 5 else ""
        raise UserError(
            f"training videos {', '.join(shared[:5])}{more} are also in {kept_folder} "
            f"({key}); take them out of one of the two"
        )


def _group_by_film(kin: Mapping[str, Sequence[str]]) -> list[Sequence[str]]:
    """Groups videos that share something, also by way of others."""
    group_of: dict[str, set[str]] = {video: {video} for video in kin}
    sharing = defaultdict(list)
    for video, shared in kin.items():
        for name in shared:
            sharing[name].append(video)
    for videos in sharing.values():
        merged = set().union(*(group_of[video] for video in videos))
        group_of.update(dict.fromkeys(merged, merged))
    return [sorted(group) for group in {id(group): group for group in group_of.values()}.values()]


def _rank(seed: int, name: str) -> str:
    return hashlib.sha256(f"{seed}:{name}".encode("utf-8", "surrogateescape")).hexdigest()


USABLE = ""
REASONS = (USABLE, "absent", "outside the frame", "too small", "too large", "too elongated")


def judge_boxes(boxes_ltwh: ArrayLike, frame_sizes: ArrayLike, hp: Hyperparams) -> np.ndarray:
    """Judges boxes by `min_visible`, `min_target_sz`, `max_target_share` and `max_aspect`.

    Args:
        boxes_ltwh: float [N, 4], frame pixels, rows of NaN where the target is absent.
        frame_sizes: (width, height) of the frames, or [N, 2], pixels.
        hp: The limits.

    Returns:
        uint8 [N]: the place among `REASONS` of the first reason that applies, 0 where none does.
    """
    boxes = np.asarray(boxes_ltwh, dtype=np.float64).reshape(-1, 4)
    sizes = np.asarray(frame_sizes, dtype=np.float64)
    shorter, longer = boxes[:, 2:].min(axis=1), boxes[:, 2:].max(axis=1)
    applies = [
        is_absent(boxes),
        visible_share(boxes, sizes) < hp.min_visible,
        shorter < hp.min_target_sz,
        boxes[:, 2:].prod(axis=1) > hp.max_target_share * sizes.prod(axis=-1),
        longer > hp.max_aspect * shorter,
    ]
    return np.select(applies, range(1, len(REASONS)), default=0).astype(np.uint8)


def count_left_out(judged: np.ndarray) -> Counter[str]:
    """Counts the reasons that `judge_boxes` gives, without the usable ones."""
    numbers = np.bincount(judged, minlength=len(REASONS))
    return Counter(
        {reason: int(n) for reason, n in zip(REASONS[1:], numbers[1:], strict=True) if n}
    )


def seeded_rng(seed: int, name: str) -> np.random.Generator:
    """A generator of its own for everything that has a name."""
    digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).digest()
    return np.random.default_rng([seed, int.from_bytes(digest[:8], "big")])


def relative_path(path: Path, root: str | Path) -> str:
    """The path from `root`, with slashes."""
    return Path(os.path.relpath(path, root)).as_posix()
