"""Training pairs from videos: which frames may be used, and which two of them make a pair."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

import numpy as np

from src.base.errors import UserError
from src.datasets.sequences import VideoSequence
from src.pairs.pair_list import Pair
from src.pairs.rules import (
    USABLE,
    count_left_out,
    relative_path,
    seeded_rng,
    split_videos,
    why_left_out,
)
from src.parameters.hyperparams import Hyperparams
from src.video.images import image_size


@dataclass
class VideoTally:
    """What became of the videos.

    Attributes:
        splits: Video name to "train" or "validation", of the videos that gave pairs.
        n_frames: Frames of all videos, those left out included.
        left_out_frames: Number of frames by reason; frames of videos left out whole have that
            as their reason.
        left_out_videos: Video name to the reason.
    """

    splits: dict[str, str] = field(default_factory=dict)
    n_frames: int = 0
    left_out_frames: Counter[str] = field(default_factory=Counter)
    left_out_videos: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class VideoPairs:
    """What came of one video.

    Attributes:
        name: Of the video.
        folder: Where its frames lie.
        n_frames: Those left out included.
        pairs: Their split is still open.
        left_out_frames: Number of frames by reason.
        left_out: Why the whole video is left out; empty if it is not.
    """

    name: str
    folder: Path
    n_frames: int
    pairs: Sequence[Pair] = ()
    left_out_frames: Counter[str] = field(default_factory=Counter)
    left_out: str = ""


def make_pairs(
    videos: Iterable[VideoSequence], hp: Hyperparams, seed: int, root: str | Path
) -> tuple[list[Pair], VideoTally]:
    """Draws the pairs of each video and splits the videos, see `draw_video`, `gather_pairs`."""
    return gather_pairs((draw_video(video, hp, seed, root) for video in videos), hp, seed)


def draw_video(video: VideoSequence, hp: Hyperparams, seed: int, root: str | Path) -> VideoPairs:
    """Draws `pairs_per_video` pairs from one video; they do not depend on other videos.

    Args:
        video: Only its first frame is opened, for its size.
        hp: Annotation filter, `max_frame_gap`, `pairs_per_video`.
        seed: Seed of all choices.
        root: Folder that the paths in the pairs are relative to.

    Returns:
        The pairs, or why there are none.
    """
    place = video.frames[0].parent
    try:
        usable, reasons = _usable_frames(video, hp)
        frames = draw_frames(
            usable, hp.max_frame_gap, hp.pairs_per_video, seeded_rng(seed, video.name)
        )
        if not frames:
            raise UserError(f"no two usable frames within max_frame_gap {hp.max_frame_gap}")
    except UserError as reason:
        lost = Counter({"in videos left out": len(video.frames)})
        return VideoPairs(video.name, place, len(video.frames), (), lost, str(reason))
    folder = PurePosixPath(relative_path(place, root))
    pairs = [_make_pair(video, z, x, folder) for z, x in frames]
    return VideoPairs(video.name, place, len(video.frames), pairs, reasons)


def gather_pairs(
    drawn: Iterable[VideoPairs], hp: Hyperparams, seed: int
) -> tuple[list[Pair], VideoTally]:
    """Splits the videos and puts their pairs together; the order of the videos does not matter.

    Args:
        drawn: What came of each video.
        hp: `validation_share`.
        seed: Seed of the split.

    Returns:
        The pairs, ordered by video, and what was left out.

    Raises:
        UserError: No video gives a pair.
    """
    tally = VideoTally()
    used: dict[str, VideoPairs] = {}
    for video in drawn:
        tally.n_frames += video.n_frames
        tally.left_out_frames += video.left_out_frames
        if video.left_out:
            tally.left_out_videos[video.name] = video.left_out
        else:
            used[video.name] = video
    if not used:
        raise UserError(f"no video gives a training pair: {_complaint(tally)}")
    folders = {name: video.folder for name, video in used.items()}
    tally.splits = split_videos(folders, hp.validation_share, seed)
    return [
        replace(pair, split=tally.splits[name])
        for name in sorted(used)
        for pair in used[name].pairs
    ], tally


def draw_frames(
    usable: np.ndarray, max_gap: int, n_pairs: int, rng: np.random.Generator
) -> list[tuple[int, int]]:
    """Draws (exemplar, search) frames of one video, no two pairs alike.

    The exemplar is any usable frame; the gap is uniform over those that exist around it, forwards
    and backwards. A `max_gap` of 1 gives the neighbours (t, t + 1).

    Args:
        usable: int64 [N], indices of the frames that may be used, increasing.
        max_gap: Largest distance between the two frames, >= 1.
        n_pairs: How many to draw; all there are, if there are not more.
        rng: Source of the choices.

    Returns:
        (z, x) frame indices.
    """
    if max_gap == 1:
        first = usable[:-1][np.diff(usable) == 1]
        kept = np.sort(rng.permutation(first)[:n_pairs])
        return [(int(z), int(z) + 1) for z in kept]
    start = np.searchsorted(usable, usable - max_gap, side="left")
    stop = np.searchsorted(usable, usable + max_gap, side="right")
    if (stop - start - 1).sum() <= n_pairs:
        reach = zip(usable, start, stop, strict=True)
        return [(int(z), int(x)) for z, a, b in reach for x in usable[a:b] if x != z]
    having_partners = np.flatnonzero(stop - start > 1)
    drawn: dict[tuple[int, int], None] = {}
    while len(drawn) < n_pairs:
        k = _any_of(having_partners, rng)
        near = usable[start[k] : stop[k]]
        gaps = np.abs(near - usable[k])
        gap = _any_of(np.unique(gaps[gaps > 0]), rng)
        drawn[int(usable[k]), int(_any_of(near[gaps == gap], rng))] = None
    return list(drawn)


def shuffle_pairs(pairs: Sequence[Pair], seed: int) -> list[Pair]:
    """Shuffles pairs; the same pairs in the same order and the same seed give the same list."""
    return [pairs[k] for k in np.random.default_rng(seed).permutation(len(pairs))]


def _usable_frames(video: VideoSequence, hp: Hyperparams) -> tuple[np.ndarray, Counter[str]]:
    """Indices of the frames that may be used, and the reasons against the others."""
    if video.boxes_ltwh is None:
        raise UserError("no ground truth")
    if len(video.frames) < 2:
        raise UserError("only one frame")
    reasons = why_left_out(video.boxes_ltwh, image_size(video.frames[0]), hp)
    counts = count_left_out(reasons)
    usable = np.flatnonzero(reasons == USABLE)
    if len(usable) < 2:
        told = ", ".join(f"{reason} {count}" for reason, count in counts.most_common())
        raise UserError(f"fewer than two usable frames of {len(reasons)} ({told})")
    return usable, counts


def _make_pair(video: VideoSequence, z: int, x: int, folder: PurePosixPath) -> Pair:
    boxes = [tuple(video.boxes_ltwh[k].tolist()) for k in (z, x)]
    paths = [str(folder / video.frames[k].name) for k in (z, x)]
    return Pair("train", video.name, paths[0], z, boxes[0], paths[1], x, boxes[1])


def _complaint(tally: VideoTally) -> str:
    told = [f"{name}: {reason}" for name, reason in sorted(tally.left_out_videos.items())]
    more = f"; and {len(told) - 3} more" if len(told) > 3 else ""
    return "; ".join(told[:3]) + more if told else "there are no videos"


def _any_of(choices: np.ndarray, rng: np.random.Generator) -> np.int64:
    return choices[rng.integers(len(choices))]
