"""The page of a report: one HTML file that needs nothing but itself."""

import base64
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from src.evaluating.results import PERFORMANCE, SETTINGS
from src.reporting.comparison import SCORE_COLUMNS, Comparison, Row
from src.reporting.moments import Moment, moments
from src.reporting.page_style import GENERATOR, SCRIPT, STYLE
from src.reporting.plots import curve_plots, overlap_plot
from src.reporting.report_tables import number, summary_table, swatch, video_table
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
