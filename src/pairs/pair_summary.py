"""The page that sums up a list of training pairs."""

import textwrap
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from src.pairs.pair_list import SPLITS, Pair
from src.pairs.still_pairs import StillTally
from src.pairs.video_pairs import VideoTally

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
