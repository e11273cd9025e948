"""The tables of a report as HTML."""

import math
from collections.abc import Sequence
from html import escape

from src.evaluating.metrics import Scores
from src.reporting.comparison import SCORE_COLUMNS, Comparison, Entry, Row, ScoreColumn
from src.reporting.plots import colour

UNKNOWN = "\u2013"
_SPEEDS = (("p50_ms", "p50 ms", 1), ("p95_ms", "p95 ms", 1), ("fps", "fps", 1))


def number(value: float, digits: int) -> str:
    """A number for readers; `UNKNOWN` if it is not finite."""
    return f"{value:.{digits}f}" if math.isfinite(value) else UNKNOWN


def swatch(place: int) -> str:
    """A small square in the colour of the tracker that was named in this place."""
    return f'<i class="swatch" style="background:{colour(place)}"></i>'


def summary_table(comparison: Comparison) -> str:
    """A line a tracker, the best success first: means and speeds over the common tracks.

    Args:
        comparison: With or without ground truth.

    Returns:
        A `<table>`.
    """
    heads = ["frames", "absent", "failed", *(column.label for column in SCORE_COLUMNS)]
    heads += [label for _, label, _ in _SPEEDS]
    means = comparison.means
    places = sorted(range(len(means)), key=lambda at: -means[at].success_auc if means[at] else 0)
    lines = "".join(_summary_line(comparison, place) for place in places)
    head = "".join(f"<th>{head}</th>" for head in heads)
    return (
        f'<table class="summary"><thead><tr><th class="name">tracker</th>{head}</tr></thead>'
        f"<tbody>{lines}</tbody></table>"
    )


def video_table(comparison: Comparison) -> str:
    """A line a video that sorts by every column, a group of columns a tracker.

    Args:
        comparison: With or without ground truth.

    Returns:
        A `<table>` whose cells hold full values in `data-value`, empty where unknown. Names link
        to `#video-<place>`.
    """
    names = [tracker.name for tracker in comparison.trackers]
    width = len(SCORE_COLUMNS) + 1
    groups = "".join(
        f'<th class="group first" colspan="{width}">{swatch(place)}{escape(name)}</th>'
        for place, name in enumerate(names)
    )
    heads = [_sort_head("video", 0, "name"), _sort_head("frames", 1, "")]
    labels = [*(column.label for column in SCORE_COLUMNS), "fps"] * len(names)
    for column, label in enumerate(labels):
        heads.append(_sort_head(label, column + 2, "" if column % width else "first"))
    lines = "".join(_video_line(place, row) for place, row in enumerate(comparison.rows))
    return (
        f'<table class="sortable"><thead><tr><th colspan="2"></th>{groups}</tr>'
        f"<tr>{''.join(heads)}</tr></thead><tbody>{lines}</tbody></table>"
    )


def _sort_head(label: str, column: int, style: str) -> str:
    first = "descending" if column else "ascending"
    return (
        f'<th class="{style}"><button type="button" data-column="{column}" '
        f'data-first="{first}">{label}</button></th>'
    )


def _summary_line(comparison: Comparison, place: int) -> str:
    mean, speed = comparison.means[place], comparison.speeds[place]
    counts = [UNKNOWN] * 3
    if mean:
        counts = [str(count) for count in (mean.frames, mean.absent_frames, mean.failed_frames)]
    scores = [number(score_value(mean, column), column.digits) for column in SCORE_COLUMNS]
    times = [number(getattr(speed, name), digits) for name, _, digits in _SPEEDS]
    cells = "".join(f"<td>{text}</td>" for text in [*counts, *scores, *times])
    name = escape(comparison.trackers[place].name)
    return f'<tr><th class="name">{swatch(place)}{name}</th>{cells}</tr>'


def _video_line(place: int, row: Row) -> str:
    best = [_best(row.entries, column) for column in SCORE_COLUMNS]
    cells = "".join(_entry_cells(entry, best) for entry in row.entries)
    name, frames = escape(row.name), len(row.video.frames) - row.start
    return (
        f'<tr><td class="name" data-value="{name}"><a href="#video-{place}">{name}</a></td>'
        f'<td data-value="{frames}">{frames}</td>{cells}</tr>'
    )


def _best(entries: Sequence[Entry | None], column: ScoreColumn) -> float:
    """The highest score of several trackers; NaN, which equals nothing, if there is but one."""
    values = [score_value(entry.scores, column) for entry in entries if entry]
    return max(values) if len(values) > 1 else math.nan


def _entry_cells(entry: Entry | None, best: Sequence[float]) -> str:
    cells = []
    for column, highest in zip(SCORE_COLUMNS, best, strict=True):
        value = score_value(entry.scores if entry else None, column)
        cells.append(_cell(value, column.digits, value == highest, first=not cells))
    cells.append(_cell(entry.speed.fps if entry else math.nan, 1, False, False))
    return "".join(cells)


def _cell(value: float, digits: int, best: bool, first: bool) -> str:
    names = " ".join(name for name, on in (("best", best), ("first", first)) if on)
    full = repr(value) if math.isfinite(value) else ""
    style = f' class="{names}"' if names else ""
    return f'<td{style} data-value="{full}">{number(value, digits)}</td>'


def score_value(scores: Scores | None, column: ScoreColumn) -> float:
    """One score; NaN if there is none."""
    return float(getattr(scores, column.field)) if scores else math.nan
