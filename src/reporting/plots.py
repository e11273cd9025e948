"""The plots of a report as PNG files: success, precision, and overlap over time."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from src.evaluating.metrics import ERROR_THRESHOLDS, OVERLAP_THRESHOLDS, Scores
from src.reporting.comparison import Comparison, Row

# of Okabe and Ito, without the greens: green is the truth on all pictures of this project
COLOURS = ("#D55E00", "#0072B2", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_DASHES = ("-", "--", ":", "-.")
_STYLE = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "0.9",
    "axes.axisbelow": True,
}
_PALETTE = 64  # colours of a PNG: lines need few
_DPI = 100
_CONFIDENCE = "confidence"


@dataclass(frozen=True)
class CurvePlot:
    """One plot of curves over thresholds.

    Attributes:
        name: Of its file.
        title: Above it.
        x_label: Below it.
        thresholds: float [T].
        curve: Field of `Scores` with T values.
        value: Field of `Scores` for the legend.
    """

    name: str
    title: str
    x_label: str
    thresholds: np.ndarray
    curve: str
    value: str


_PLOTS = (
    CurvePlot(
        "success",
        "Success (AUC)",
        "overlap threshold (IoU)",
        OVERLAP_THRESHOLDS,
        "success_curve",
        "success_auc",
    ),
    CurvePlot(
        "precision",
        "Precision (at 20 px)",
        "centre error threshold (px)",
        ERROR_THRESHOLDS,
        "precision_curve",
        "precision_20px",
    ),
    CurvePlot(
        "norm_precision",
        "Normalised precision",
        "centre error threshold (target sizes)",
        np.linspace(0, 0.5, 51),
        "norm_precision_curve",
        "norm_precision",
    ),
)


def colour(place: int) -> str:
    """The colour of the tracker that was named in this place, `#RRGGBB`."""
    return COLOURS[place % len(COLOURS)]


def curve_plots(comparison: Comparison) -> dict[str, bytes]:
    """Draws mean curves of all trackers, the best first in the legend.

    Args:
        comparison: With or without scores.

    Returns:
        PNG files by name, one for each kind of curve that `Scores` has; none without ground truth.
    """
    scored = [(place, mean) for place, mean in enumerate(comparison.means) if mean]
    names = [tracker.name for tracker in comparison.trackers]
    return {
        plot.name: _curve_png(plot, scored, names)
        for plot in _PLOTS
        if scored and all(hasattr(scored[0][1], field) for field in (plot.curve, plot.value))
    }


def overlap_plot(row: Row, names: Sequence[str]) -> bytes:
    """Draws overlap over time, a line a tracker, and confidence as a thin dotted line.

    Frames without target are gaps, with a grey ground.

    Args:
        row: A video with or without ground truth.
        names: Of the trackers.

    Returns:
        A PNG file, 900 pixels wide.
    """

    def draw(axes: Axes) -> None:
        axes.set(xlim=(row.start, len(row.video.frames) - 1 or 1), ylim=(-0.02, 1.02))
        axes.set(xlabel="frame", ylabel="confidence" if row.video.boxes_ltwh is None else "IoU")
        _shade_absent(axes, row)
        for place, entry in reversed(list(enumerate(row.entries))):
            if entry is not None:
                _draw_overlap(axes, place, entry.iou, names[place])
                _draw_confidence(axes, place, entry.track.confidence, row.start)
        _legend_above(axes)

    return _png((9.0, 2.3), draw)


def _curve_png(
    plot: CurvePlot, scored: Sequence[tuple[int, Scores]], names: Sequence[str]
) -> bytes:
    ordered = sorted(scored, key=lambda item: -getattr(item[1], plot.value))

    def draw(axes: Axes) -> None:
        axes.set(xlim=(plot.thresholds[0], plot.thresholds[-1]), ylim=(0, 1.02))
        axes.set(title=plot.title, xlabel=plot.x_label, ylabel="share of frames")
        for place, mean in ordered:
            label = f"{_plain(names[place])} [{getattr(mean, plot.value):.3f}]"
            axes.plot(plot.thresholds, getattr(mean, plot.curve), label=label, **_line(place))
        axes.legend(fontsize=8, loc="best", framealpha=0.9)

    return _png((5.0, 3.8), draw)


def _line(place: int) -> dict:
    dashes = _DASHES[place // len(COLOURS) % len(_DASHES)]
    return {"color": colour(place), "linestyle": dashes, "linewidth": 1.8}


def _draw_overlap(axes: Axes, place: int, iou: np.ndarray, name: str) -> None:
    if np.isfinite(iou).any():
        axes.plot(iou, label=_plain(name), **_line(place))
        known = np.pad(np.isfinite(iou), 1)
        alone = np.flatnonzero(known[1:-1] & ~known[:-2] & ~known[2:])
        axes.plot(alone, iou[alone], ".", color=colour(place), markersize=3)


def _draw_confidence(axes: Axes, place: int, confidence: np.ndarray, start: int) -> None:
    """A tracker without confidence tells it of the start frame alone."""
    if np.isfinite(confidence[start + 1 :]).any():
        style = {"linewidth": 0.8, "linestyle": ":", "color": colour(place)}
        axes.plot(confidence, label=_CONFIDENCE, **style)


def _shade_absent(axes: Axes, row: Row) -> None:
    """Grey ground behind frames whose target is absent."""
    if row.video.boxes_ltwh is not None:
        absent = np.isnan(row.video.boxes_ltwh).any(axis=1).astype(int)
        edges = np.flatnonzero(np.diff(np.pad(absent, 1))).reshape(-1, 2)
        for first, behind in edges.tolist():
            axes.axvspan(first - 0.5, behind - 0.5, color="0.88", linewidth=0)


def _legend_above(axes: Axes) -> None:
    """The trackers in their order, then what the dotted lines are."""
    handles, labels = axes.get_legend_handles_labels()
    lines = dict(zip(labels[::-1], handles[::-1], strict=True))
    if _CONFIDENCE in lines:
        lines[_CONFIDENCE] = lines.pop(_CONFIDENCE)
    if lines:
        place = {"loc": "lower left", "bbox_to_anchor": (0, 0.98)}
        axes.legend(lines.values(), lines, **place, ncols=6, fontsize=8, frameon=False)


def _plain(name: str) -> str:
    """A name as it is: Matplotlib leaves out labels with `_` first and reads `$` as a formula."""
    text = name.replace("$", r"\$")
    return f"\u200b{text}" if text.startswith("_") else text


def _png(size_inch: tuple[float, float], draw: Callable[[Axes], None]) -> bytes:
    """Draws one panel and reduces its colours."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=size_inch, dpi=_DPI, layout="constrained")
        draw(figure.subplots())
        raw = io.BytesIO()
        figure.savefig(raw, format="png")
    packed = io.BytesIO()
    picture = Image.open(raw).convert("RGB").quantize(_PALETTE, dither=Image.Dither.NONE)
    picture.save(packed, format="PNG", optimize=True)
    return packed.getvalue()
