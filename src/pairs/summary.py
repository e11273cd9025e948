"""The page that sums up a list of pairs."""

import textwrap
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from src.pairs.pair_list import SPLITS
from src.pairs.sharing import SourcePairs
from src.pairs.still_pairs import StillTally

_MAX_NAMES = 40
_BARS = 10
_BAR_WIDTH = 40


def summarise_pairs(
    sources: Sequence[SourcePairs], stills: StillTally | None, max_gap: int, seed: int
) -> str:
    """Says how many videos, frames and pairs there are, and what was left out and why.

    Args:
        sources: What each source gave.
        stills: What became of the photographs of `environment.stills_annotations`; None where
            there are none.
        max_gap: `hp.max_frame_gap`, the range of the histogram.
        seed: Of the list.

    Returns:
        The text, about a page a source.
    """
    places = ", ".join(str(source.index.path) for source in sources)
    n_pairs = sum(len(source.pairs) for source in sources)
    lines = [
        f"Training pairs from {places}, seed {seed}",
        "",
        _line("pairs", n_pairs + (stills.n_pairs if stills else 0)),
    ]
    for source in sources:
        if len(sources) > 1:
            lines += ["", f"{source.index.path} ({source.index.title})"]
            lines.append(_line("pairs", len(source.pairs)))
        lines += _describe_source(source, max_gap)
    lines += ["", *_describe_stills(stills)]
    return "\n".join(lines)


def _describe_source(source: SourcePairs, max_gap: int) -> list[str]:
    told = _passed_over(source)
    if source.photographs is not None:
        return _describe_stills(source.photographs) + told
    videos, pairs = Counter(source.videos.splits.values()), _pairs_by_split(source)
    tally = source.videos
    lines = [
        *(_line(f"  {split}, from videos", pairs[split]) for split in SPLITS),
        _line("videos", len(tally.splits) + len(tally.left_out_videos)),
        *(_line(f"  {split}", videos[split]) for split in SPLITS),
        _line("  left out", len(tally.left_out_videos)),
        _line("frames", tally.n_frames),
        _line("  usable", tally.n_frames - tally.left_out_frames.total()),
        *_left_out(tally.left_out_frames),
        "",
        "Frames between exemplar and search image, pairs from videos:",
        *_gap_histogram(source.pairs.gaps(), max_gap),
        "",
        "Validation videos: " + _names(n for n, s in tally.splits.items() if s == "validation"),
    ]
    if tally.left_out_videos:
        lines += ["", "Videos left out:", *_reasons(tally.left_out_videos)]
    return lines + told


def _pairs_by_split(source: SourcePairs) -> dict[str, int]:
    n_validation = int(source.pairs.validates.sum())
    return {"train": len(source.pairs) - n_validation, "validation": n_validation}


def _passed_over(source: SourcePairs) -> list[str]:
    """Records of the labels that were passed over."""
    index = source.index
    if not index.n_left_out:
        return []
    shown = index.left_out[:_MAX_NAMES]
    rest = index.n_left_out - len(shown)
    more = [f"  and {rest} more"] if rest else []
    return ["", "Labels passed over:", *(f"  {sentence}" for sentence in shown), *more]


def _line(label: str, count: int) -> str:
    return f"{label:<36}{count:>10,}"


def _left_out(counts: Counter[str]) -> list[str]:
    return [_line(f"  left out: {reason}", n) for reason, n in counts.most_common()]


def _describe_stills(stills: StillTally | None) -> list[str]:
    if stills is None:
        return ["photographs: none"]
    return [
        _line("  train, from photographs", stills.n_pairs),
        _line("boxes in photographs", stills.n_boxes),
        *_left_out(stills.left_out),
        _line("  different pairs drawn", stills.n_distinct),
    ]


def _gap_histogram(gaps: np.ndarray, max_gap: int) -> list[str]:
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
