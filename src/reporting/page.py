"""The report's page: one file that needs no other."""

import base64
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from src.evaluating.metrics import Scores
from src.evaluating.results import PERFORMANCE, SETTINGS
from src.reporting.comparison import SCORE_COLUMNS, Comparison, Entry, Row, ScoreColumn
from src.reporting.moments import Moment, moments
from src.reporting.plots import colour, curve_plots, overlap_plot
from src.reporting.tracker_results import TrackerResults


@dataclass(frozen=True)
class Report:
    """What is written.

    Attributes:
        page: HTML.
        pictures: PNG files by name, all of them in the page too.
    """

    page: str
    pictures: Mapping[str, bytes]


def make_report(comparison: Comparison, dataset: Path) -> Report:
    """Draws all plots and pictures and writes the page around them.

    Args:
        comparison: What the report is about.
        dataset: Folder of the videos, for the head of the page.

    Returns:
        Page and plots.

    Raises:
        UserError: A frame cannot be read.
    """
    curves = curve_plots(comparison)
    names = [tracker.name for tracker in comparison.trackers]
    overlaps = [overlap_plot(row, names) for row in comparison.rows]
    files = {f"{name}.png": png for name, png in curves.items()}
    files |= {
        f"overlap_{row.name.replace(' ', '_')}.png": png
        for row, png in zip(comparison.rows, overlaps, strict=True)
    }
    body = [
        _head(comparison, dataset),
        f'<div class="scroll">{summary_table(comparison)}</div>',
        _curves(curves),
        "<h2>Videos</h2>",
        f'<div class="scroll">{video_table(comparison)}</div>',
        _ink_legend(names),
        *(_video(place, row, overlaps[place], names) for place, row in enumerate(comparison.rows)),
        "<h2>Parameters</h2>",
        *(_about(tracker) for tracker in comparison.trackers),
    ]
    return Report(_page(" / ".join(names), "\n".join(body)), files)


def _page(title: str, body: str) -> str:
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">{GENERATOR}'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Tracking report: {escape(title)}</title>"
        f"<style>{STYLE}</style></head>\n<body>\n{body}\n"
        f"<script>{SCRIPT}</script></body></html>\n"
    )


def _head(comparison: Comparison, dataset: Path) -> str:
    n_rows, n_common = len(comparison.rows), len(comparison.common)
    scored = sum(row.video.boxes_ltwh is not None for row in comparison.common)
    shared = f"the {n_common} of {n_rows} tracks that all trackers have"
    which = shared if n_common < n_rows else f"all {n_rows} tracks"
    lines = [
        f"Videos of <code>{escape(str(dataset))}</code>. Means over {which}; "
        "every video weighs the same, as in OTB.",
    ]
    if scored < n_common:
        lines.append(f"{n_common - scored} of these have no ground truth and no score.")
    meanings = " ".join(f"{column.label}: {column.meaning}." for column in SCORE_COLUMNS)
    lines.append(
        f"{meanings} Failed: visible frames without a box. Times are those of updates, without "
        "reading; fps: updates divided by the sum of their times."
    )
    return "<h1>Tracking report</h1>" + "".join(f'<p class="dim">{line}</p>' for line in lines)


def _curves(curves: Mapping[str, bytes]) -> str:
    pictures = "".join(_image(png, f"{name} plot", "png", "plot") for name, png in curves.items())
    return f'<h2>Curves</h2><div class="plots">{pictures}</div>' if curves else ""


def _ink_legend(names: Sequence[str]) -> str:
    entries = [f"<span>{swatch(place)}{escape(name)}</span>" for place, name in enumerate(names)]
    truth = '<span><i class="swatch" style="background:#00ff00"></i>ground truth</span>'
    return f'<p class="legend dim">Boxes: {"".join(entries)}{truth}</p>'


def _video(place: int, row: Row, overlap_png: bytes, names: Sequence[str]) -> str:
    """The section of one video: overlap over time, and moments of the first tracker that has it."""
    shown = next(at for at, entry in enumerate(row.entries) if entry is not None)
    name = escape(row.name)
    text = "confidence over time" if row.video.boxes_ltwh is None else "overlap over time"
    plot = _image(overlap_png, f"{text}, {name}", "png", "plot")
    figures = "".join(_moment(moment, name) for moment in moments(row, shown))
    return (
        f'<section class="video" id="video-{place}"><h3>{name}</h3>'
        f'<div class="scroll">{plot}</div><p class="dim">Moments of {escape(names[shown])}</p>'
        f'<div class="moments">{figures}</div></section>'
    )


def _moment(moment: Moment, name: str) -> str:
    parts = [moment.label, f"frame {moment.frame_index}"]
    for label, value in (("IoU", moment.iou), ("confidence", moment.confidence)):
        if math.isfinite(value):
            parts.append(f"{label} {number(value, 2)}")
    picture = _image(moment.jpeg, f"{name}, frame {moment.frame_index}", "jpeg", "moment")
    return f"<figure>{picture}<figcaption>{' · '.join(parts)}</figcaption></figure>"


def _image(data: bytes, text: str, kind: str, style: str) -> str:
    """An embedded picture; `text` is escaped already."""
    code = base64.b64encode(data).decode("ascii")
    return f'<img class="{style}" alt="{text}" src="data:image/{kind};base64,{code}">'


def _about(tracker: TrackerResults) -> str:
    """Weights and parameters of this project's results; where others' lie."""
    files = dict(tracker.about)
    performance = files.pop(PERFORMANCE, {})
    known = {key: performance[key] for key in ("gate", "parameters") if key in performance}
    if known:
        files[PERFORMANCE] = known
    texts = "".join(
        f"<p><code>{name}</code></p><pre>{escape(json.dumps(values, indent=2))}</pre>"
        for name, values in files.items()
    )
    weights = tracker.about.get(SETTINGS, {}).get("weights", "results of another program")
    return (
        f"<details><summary>{escape(tracker.name)}: {escape(str(weights))}</summary>"
        f"<p class='dim'>{escape(str(tracker.path))}</p>{texts}</details>"
    )


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


# by this a page is known as one that may be replaced
GENERATOR = '<meta name="generator" content="SiamFC-tf src.report">'


STYLE = """
:root { color-scheme: light dark; --ink: #1c2128; --paper: #ffffff; --soft: #f2f4f7;
  --line: #d4d9e0; --dim: #59636e; --link: #0b5cad; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e7eb; --paper: #14171b; --soft: #1f242a; --line: #3a424c; --dim: #9aa4af;
    --link: #79b8ff; }
  img.plot { filter: brightness(0.92); }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem 1.2rem 3rem; max-width: 1060px; color: var(--ink);
  background: var(--paper); font: 15px/1.5 system-ui, "Liberation Sans", Arial, sans-serif; }
h1 { font-size: 1.5rem; margin: 0.4rem 0 0; }
h2 { font-size: 1.15rem; margin: 2rem 0 0.6rem; }
h3 { font-size: 1rem; margin: 0 0 0.3rem; overflow-wrap: anywhere; }
p { margin: 0.3rem 0; }
a { color: var(--link); }
.dim, figcaption { color: var(--dim); font-size: 0.87rem; }
.scroll { overflow-x: auto; margin: 0.6rem 0; }
table { border-collapse: collapse; font-size: 0.9rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.25rem 0.4rem; border-bottom: 1px solid var(--line); text-align: right;
  white-space: nowrap; }
th { font-weight: 600; }
th.name, td.name { text-align: left; }
th.group { text-align: center; }
th.first, td.first { border-left: 1px solid var(--line); }
thead { background: var(--soft); }
tbody tr:hover { background: var(--soft); }
td.best { font-weight: 700; }
th button { font: inherit; color: inherit; background: none; border: 0; padding: 0;
  cursor: pointer; }
th button:hover { text-decoration: underline; }
th[aria-sort="ascending"] button::after { content: " \\25B2"; }
th[aria-sort="descending"] button::after { content: " \\25BC"; }
.swatch { display: inline-block; width: 0.8em; height: 0.8em; margin-right: 0.4em;
  border: 1px solid var(--line); border-radius: 2px; }
.legend span { margin-right: 1.2em; white-space: nowrap; }
.legend i.swatch { vertical-align: -0.05em; }
img { max-width: 100%; height: auto; display: block; border-radius: 4px; }
img.plot { background: #ffffff; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 320px), 1fr));
  gap: 0.8rem; }
.plots img { width: 100%; }
.video { margin: 1.2rem 0; padding: 0.9rem; border: 1px solid var(--line); border-radius: 8px; }
.video .scroll img { min-width: 640px; width: 100%; }
.moments { display: grid; gap: 0.7rem; margin-top: 0.6rem;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 290px), 1fr)); }
figure { margin: 0; }
details { margin: 0.5rem 0; }
summary { cursor: pointer; }
pre { overflow-x: auto; padding: 0.7rem; background: var(--soft); border-radius: 6px;
  font-size: 0.8rem; line-height: 1.35; }
"""


# Values stand in data-value; an empty one is unknown and stays at the end either way.
SCRIPT = """
const byValue = (a, b) => {
  const numbers = a !== "" && b !== "" && !isNaN(a) && !isNaN(b);
  return numbers ? a - b : a.localeCompare(b, undefined, { numeric: true });
};
const sortTable = (table, button) => {
  const head = button.closest("th"), column = Number(button.dataset.column);
  const first = button.dataset.first, second = first === "ascending" ? "descending" : "ascending";
  const order = head.getAttribute("aria-sort") === first ? second : first;
  table.querySelectorAll("th[aria-sort]").forEach((other) => other.removeAttribute("aria-sort"));
  head.setAttribute("aria-sort", order);
  const value = (row) => row.cells[column].dataset.value;
  const sign = order === "ascending" ? 1 : -1, rows = [...table.tBodies[0].rows];
  rows.sort((a, b) => (value(a) === "") - (value(b) === "") || sign * byValue(value(a), value(b)));
  table.tBodies[0].append(...rows);
};
document.querySelectorAll("table.sortable").forEach((table) =>
  table.querySelectorAll("button").forEach((button) =>
    button.addEventListener("click", () => sortTable(table, button))));
"""
