"""The report's page: what `page.html` shows, and one file that needs no other."""

import base64
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from src.evaluating.metrics import Scores
from src.evaluating.results import PERFORMANCE, SETTINGS
from src.reporting.comparison import SCORE_COLUMNS, Comparison, Entry, Row, ScoreColumn
from src.reporting.moments import Moment, moments
from src.reporting.plots import colour, curve_plots, overlap_plot
from src.reporting.strips import Strip, strip_of
from src.reporting.tracker_results import TrackerResults

# by this a page is known as one that may be replaced
GENERATOR = '<meta name="generator" content="SiamFC-tf src.report">'
UNKNOWN = "\u2013"

_COUNTS = ("frames", "absent", "failed")
_SPEEDS = (("p50_ms", "p50 ms", 1), ("p95_ms", "p95 ms", 1), ("fps", "fps", 1))


@dataclass(frozen=True)
class Report:
    """What is written.

    Attributes:
        page: HTML.
        pictures: PNG files by name, all of them in the page too.
    """

    page: str
    pictures: Mapping[str, bytes]


class _Picture(NamedTuple):
    """A picture inside the page: what it shows, `png` or `jpeg`, and its bytes in base 64."""

    text: str
    kind: str
    base64: str


class _Cell(NamedTuple):
    """A cell of the table that sorts: the text, the full value (empty if unknown), its classes."""

    text: str
    value: str
    style: str


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
    page = _template().render(
        generator=Markup(GENERATOR),
        dataset=dataset,
        which_tracks=_which_tracks(comparison),
        unscored=sum(row.video.boxes_ltwh is None for row in comparison.common),
        columns=SCORE_COLUMNS,
        summary_heads=_summary_heads(),
        summary=_summary(comparison),
        curves=[_picture(png, f"{name} plot", "png") for name, png in curves.items()],
        trackers=[_tracker(place, one) for place, one in enumerate(comparison.trackers)],
        videos=[
            _video(row, png, comparison.trackers)
            for row, png in zip(comparison.rows, overlaps, strict=True)
        ],
    )
    files = {f"{name}.png": png for name, png in curves.items()}
    files |= {
        f"overlap_{row.name.replace(' ', '_')}.png": png
        for row, png in zip(comparison.rows, overlaps, strict=True)
    }
    return Report(page, files)


def _template() -> Template:
    """The page without its contents; names and texts are escaped where they are put in."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html")


def number(value: float, digits: int) -> str:
    """A number for readers; `UNKNOWN` if it is not finite."""
    return f"{value:.{digits}f}" if math.isfinite(value) else UNKNOWN


def score_value(scores: Scores | None, column: ScoreColumn) -> float:
    """One score; NaN if there is none."""
    return float(getattr(scores, column.field)) if scores else math.nan


def _which_tracks(comparison: Comparison) -> str:
    """What the means are taken over."""
    n_rows, n_common = len(comparison.rows), len(comparison.common)
    if n_common < n_rows:
        return f"the {n_common} of {n_rows} tracks that all trackers have"
    return f"all {n_rows} tracks"


def _summary_heads() -> list[str]:
    return [
        *_COUNTS,
        *(column.label for column in SCORE_COLUMNS),
        *(label for _, label, _ in _SPEEDS),
    ]


def _summary(comparison: Comparison) -> list[dict]:
    """A line a tracker, the best success first: means and speeds over the common tracks."""
    means = comparison.means
    places = sorted(range(len(means)), key=lambda at: -means[at].success_auc if means[at] else 0)
    return [
        {
            "name": comparison.trackers[place].name,
            "colour": colour(place),
            "cells": _summary_cells(comparison, place),
        }
        for place in places
    ]


def _summary_cells(comparison: Comparison, place: int) -> list[str]:
    """The texts below `_summary_heads`."""
    mean, speed = comparison.means[place], comparison.speeds[place]
    counts = [UNKNOWN] * len(_COUNTS)
    if mean:
        counts = [str(count) for count in (mean.frames, mean.absent_frames, mean.failed_frames)]
    scores = [number(score_value(mean, column), column.digits) for column in SCORE_COLUMNS]
    times = [number(getattr(speed, name), digits) for name, _, digits in _SPEEDS]
    return [*counts, *scores, *times]


def _video(row: Row, overlap_png: bytes, trackers: Sequence[TrackerResults]) -> dict:
    """One video: its line of the table, overlap over time, moments of the first that has it.

    And of every tracker that has drawn them its key frames.
    """
    shown = next(at for at, entry in enumerate(row.entries) if entry is not None)
    text = "confidence over time" if row.video.boxes_ltwh is None else "overlap over time"
    best = [_best(row.entries, column) for column in SCORE_COLUMNS]
    return {
        "name": row.name,
        "frames": len(row.video.frames) - row.start,
        "cells": [cell for entry in row.entries for cell in _entry_cells(entry, best)],
        "plot": _picture(overlap_png, f"{text}, {row.name}", "png"),
        "shown": trackers[shown].name,
        "moments": [_moment(moment, row.name) for moment in moments(row, shown)],
        "strips": [
            _strip(tracker.name, strip, row.name)
            for tracker in trackers
            if (strip := strip_of(tracker, row))
        ],
    }


def _strip(tracker: str, strip: Strip, name: str) -> dict:
    """The key frames of one tracker, and whether its filter's responses are among them."""
    picture = _picture(strip.jpeg, f"key frames, {name}", "jpeg")
    return {"tracker": tracker, "picture": picture, "with_filter": strip.with_filter}


def _best(entries: Sequence[Entry | None], column: ScoreColumn) -> float:
    """The highest score of several trackers; NaN, which equals nothing, if there is but one."""
    values = [score_value(entry.scores, column) for entry in entries if entry]
    return max(values) if len(values) > 1 else math.nan


def _entry_cells(entry: Entry | None, best: Sequence[float]) -> list[_Cell]:
    """Scores and speed of one tracker on one video."""
    cells = []
    for column, highest in zip(SCORE_COLUMNS, best, strict=True):
        value = score_value(entry.scores if entry else None, column)
        marks = (("best", value == highest), ("first", not cells))
        style = " ".join(name for name, on in marks if on)
        cells.append(_cell(value, column.digits, style))
    return [*cells, _cell(entry.speed.fps if entry else math.nan, 1, "")]


def _cell(value: float, digits: int, style: str) -> _Cell:
    return _Cell(number(value, digits), repr(value) if math.isfinite(value) else "", style)


def _moment(moment: Moment, name: str) -> dict:
    """A picture of one frame, and what is known of it."""
    parts = [moment.label, f"frame {moment.frame_index}"]
    for label, value in (("IoU", moment.iou), ("confidence", moment.confidence)):
        if math.isfinite(value):
            parts.append(f"{label} {number(value, 2)}")
    picture = _picture(moment.jpeg, f"{name}, frame {moment.frame_index}", "jpeg")
    return {"picture": picture, "caption": " · ".join(parts)}


def _picture(data: bytes, text: str, kind: str) -> _Picture:
    return _Picture(text, kind, base64.b64encode(data).decode("ascii"))


def _tracker(place: int, tracker: TrackerResults) -> dict:
    """Name and colour; weights and parameters of this project's results; where others' lie."""
    files = dict(tracker.about)
    performance = files.pop(PERFORMANCE, {})
    known = {key: performance[key] for key in ("gate", "parameters") if key in performance}
    if known:
        files[PERFORMANCE] = known
    return {
        "name": tracker.name,
        "colour": colour(place),
        "weights": tracker.about.get(SETTINGS, {}).get("weights", "results of another program"),
        "path": tracker.path,
        "files": {name: json.dumps(values, indent=2) for name, values in files.items()},
    }
