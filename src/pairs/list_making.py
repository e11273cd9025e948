"""Pairs of all videos, drawn in processes, and the page that sums them up."""

import textwrap
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from src.base.progress import progress
from src.datasets.sequences import load_video
from src.pairs.pair_list import SPLITS, Pair
from src.pairs.still_pairs import StillTally
from src.pairs.video_pairs import VideoPairs, VideoTally, draw_video
from src.parameters.hyperparams import Hyperparams
from src.parameters.models import Run
from src.workers.executors import open_executor

# a second of work or more, so that starting a process pays
VIDEOS_PER_PIECE = 200


@dataclass(frozen=True)
class PairPiece:
    """One piece of work: the pairs of some videos.

    Attributes:
        folder: The data set.
        names: Videos of it.
        hp: What `draw_video` needs.
        seed: Seed of all choices.
        root: Folder that the paths in the pairs are relative to.
    """

    folder: Path
    names: tuple[str, ...]
    hp: Hyperparams
    seed: int
    root: Path


def draw_piece(piece: PairPiece) -> list[VideoPairs]:
    """Reads the ground truth of a piece's videos and draws their pairs.

    Args:
        piece: The work.

    Returns:
        What came of each video, in the order of their names.

    Raises:
        UserError: A video has no frames, or its ground truth is wrong.
    """
    videos = (load_video(piece.folder, name) for name in piece.names)
    return [draw_video(video, piece.hp, piece.seed, piece.root) for video in videos]


def draw_videos(
    folder: Path, names: Sequence[str], hp: Hyperparams, run: Run, root: Path
) -> list[VideoPairs]:
    """Draws the pairs of each video; the same whoever does it and however many they are.

    Args:
        folder: The data set.
        names: Its videos, at least one. `VIDEOS_PER_PIECE` are one piece of work; several pieces
            go to `run.workers` or `run.cluster`, a single one is done here.
        hp: What `draw_video` needs.
        run: `seed`, `workers` and `cluster`.
        root: Folder that the paths in the pairs are relative to.

    Returns:
        What came of each video, in the order of `names`.

    Raises:
        UserError: The first video that is wrong, see `draw_piece`; or a worker cannot do its work.
    """
    here = len(names) <= VIDEOS_PER_PIECE or (run.workers == 1 and not run.cluster)
    size = 1 if here else VIDEOS_PER_PIECE
    parts = [tuple(names[start : start + size]) for start in range(0, len(names), size)]
    pieces = [PairPiece(folder, part, hp, run.seed, root) for part in parts]
    with progress(total=len(names), desc="videos", unit="video") as bar:
        if here:
            return _collect(map(draw_piece, pieces), bar)
        seen = [load_video(folder, names[0]).frames[0]]
        with open_executor(run, len(pieces), seen) as executor:
            futures = [executor.submit(draw_piece, piece) for piece in pieces]
            return _collect((future.result() for future in futures), bar)


def _collect(drawn: Iterable[list[VideoPairs]], bar: tqdm) -> list[VideoPairs]:
    videos: list[VideoPairs] = []
    for some in drawn:
        videos += some
        bar.update(len(some))
    return videos


_MAX_NAMES = 40
_BARS = 10
_BAR_WIDTH = 40


def summarise_pairs(
    video_pairs: Sequence[Pair], tally: VideoTally, stills: StillTally | None, max_gap: int
) -> str:
    """Says how many videos, frames and pairs there are, and what was left out and why.

    Args:
        video_pairs: The pairs from videos.
        tally: What became of the videos.
        stills: What became of the photographs; None where there are none.
        max_gap: `hp.max_frame_gap`, the range of the histogram.

    Returns:
        The text, about a page.
    """
    videos = Counter(tally.splits.values())
    pairs = Counter(pair.split for pair in video_pairs)
    n_left_out = tally.left_out_frames.total()
    still_pairs = stills.n_pairs if stills else 0
    lines = [
        _line("pairs", len(video_pairs) + still_pairs),
        *(_line(f"  {split}, from videos", pairs[split]) for split in SPLITS),
        _line("  train, from photographs", still_pairs),
        _line("videos", len(tally.splits) + len(tally.left_out_videos)),
        *(_line(f"  {split}", videos[split]) for split in SPLITS),
        _line("  left out", len(tally.left_out_videos)),
        _line("frames", tally.n_frames),
        _line("  usable", tally.n_frames - n_left_out),
        *_left_out(tally.left_out_frames),
        *_describe_stills(stills),
        "",
        "Frames between exemplar and search image, pairs from videos:",
        *_gap_histogram(video_pairs, max_gap),
        "",
        "Validation videos: " + _names(n for n, s in tally.splits.items() if s == "validation"),
    ]
    if tally.left_out_videos:
        lines += ["", "Videos left out:", *_reasons(tally.left_out_videos)]
    return "\n".join(lines)


def _line(label: str, count: int) -> str:
    return f"{label:<36}{count:>10,}"


def _left_out(counts: Counter[str]) -> list[str]:
    return [_line(f"  left out: {reason}", n) for reason, n in counts.most_common()]


def _describe_stills(stills: StillTally | None) -> list[str]:
    if stills is None:
        return ["photographs: none"]
    return [
        _line("boxes in photographs", stills.n_boxes),
        *_left_out(stills.left_out),
        _line("  different pairs drawn", stills.n_distinct),
    ]


def _gap_histogram(pairs: Sequence[Pair], max_gap: int) -> list[str]:
    gaps = np.array([abs(pair.x_frame - pair.z_frame) for pair in pairs])
    edges = np.unique(np.linspace(1, max_gap + 1, min(_BARS, max_gap) + 1).astype(int))
    counts = np.histogram(gaps, bins=edges)[0]
    return [
        f"{first:>6} to {after - 1:<6}{count:>8,} {'#' * int(_BAR_WIDTH * count // counts.max())}"
        for first, after, count in zip(edges[:-1], edges[1:], counts, strict=True)
    ]


def _names(videos: Iterable[str]) -> str:
    names = sorted(videos)
    more = f", and {len(names) - _MAX_NAMES} more" if len(names) > _MAX_NAMES else ""
    text = ", ".join(names[:_MAX_NAMES]) + more if names else "none"
    return textwrap.fill(text, 90, break_long_words=False, break_on_hyphens=False)


def _reasons(left_out: Mapping[str, str]) -> list[str]:
    told = [f"  {name}: {reason}" for name, reason in sorted(left_out.items())]
    more = [f"  and {len(told) - _MAX_NAMES} more"] if len(told) > _MAX_NAMES else []
    return told[:_MAX_NAMES] + more
