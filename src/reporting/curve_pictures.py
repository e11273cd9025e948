"""The picture of learning curves: loss, distance to the ground truth and tracking by pairs seen."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from src.base.files import atomic_path
from src.base.settings import differing_keys
from src.reporting.training_curves import (
    SEED,
    Curve,
    Training,
    labels,
    mean_and_range,
    running_mean,
)

MEAN_REPORTS = 25
PIXELS_AN_INCH = 100
WIDTH, HEIGHT, LEGEND_LINE = 10.0, 3.4, 0.17  # inches

# of Okabe and Ito: colour-blind readers can tell them apart too
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
_MEAN, _SAMPLE = "black", "0.35"
_LEGEND_WIDTH = 128  # characters
_MARKED = {"marker": "o", "markersize": 4}
_MARKED_TOO = {"marker": "s", "markersize": 4, "markerfacecolor": "white", "linestyle": "--"}


@dataclass(frozen=True)
class Line:
    """How a kind of curve is drawn.

    Attributes:
        curve: Its name in `Training.curves`.
        label: For the legend of its panel.
        style: For Matplotlib.
        averaged: Whether its running mean is drawn.
    """

    curve: str
    label: str
    style: dict
    averaged: bool = False

    def shown(self, trainings: Sequence[Training]) -> list[Curve | None]:
        """What is drawn of each training; None where it reported nothing of this kind."""
        return [self._shown(training.curves.get(self.curve)) for training in trainings]

    def _shown(self, curve: Curve | None) -> Curve | None:
        if curve is None or not self.averaged:
            return curve
        return Curve(curve.pairs, running_mean(curve.values, MEAN_REPORTS))


def _learned(name: str) -> tuple[Line, Line]:
    """What training and validation report under one name."""
    mean = f"training, mean of up to {MEAN_REPORTS} reports"
    return (
        Line(f"train/{name}", mean, {"alpha": 0.55}, averaged=True),
        Line(f"validation/{name}", "validation", _MARKED),
    )


PANELS = {
    "loss": _learned("loss"),
    "distance to ground truth (crop px)": _learned("distance_to_gt"),
    "tracking of validation videos": (
        Line("tracking/success_auc", "success AUC (0 to 1)", _MARKED),
        Line("tracking/precision", "precision (share of frames)", _MARKED_TOO),
    ),
}


def write_learning_curve(path: Path, trainings: Sequence[Training]) -> None:
    """Writes the picture of `learning_figure`.

    Args:
        path: A PNG file, replaced whole or not at all.
        trainings: What to draw, at least one.
    """
    figure = learning_figure(trainings)
    with atomic_path(path) as part:
        figure.savefig(part, format="png", pil_kwargs={"optimize": True})


def learning_figure(trainings: Sequence[Training]) -> Figure:
    """Draws a panel for each group of `PANELS` of which any training reported something.

    Trainings that differ in nothing but the seed are drawn thinly, with their mean in black and
    the range from least to greatest shaded, wherever all of them have a report.

    Args:
        trainings: At least one.

    Returns:
        The figure, 1000 pixels wide.
    """
    panels = _panels(trainings)
    seeds = differing_keys([one.settings for one in trainings]) == [SEED]
    colours = _colours(len(trainings))
    with mpl.rc_context({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=(WIDTH, HEIGHT), dpi=PIXELS_AN_INCH, layout="constrained")
        row = figure.subplots(1, len(panels), sharex=True, squeeze=False)[0]
        for axes, (name, lines) in zip(row, panels.items(), strict=True):
            _label(axes, name, lines)
            for line in lines:
                _draw_line(axes, line, line.shown(trainings), colours, seeds)
        row[0].set_xlim(left=0)
        if len(trainings) > 1:
            _add_legend(figure, _entries(labels(trainings), colours, seeds))
    return figure


def _panels(trainings: Sequence[Training]) -> dict[str, list[Line]]:
    """`PANELS` without what no training reported."""
    reported = set().union(*(training.curves for training in trainings))
    kept = {
        name: [line for line in lines if line.curve in reported] for name, lines in PANELS.items()
    }
    return {name: lines for name, lines in kept.items() if lines}


def _colours(count: int) -> list:
    """A colour for each training."""
    if count <= len(_COLOURS):
        return list(_COLOURS[:count])
    return list(mpl.colormaps["viridis"](np.linspace(0, 0.95, count)))


def _label(axes: Axes, name: str, lines: Sequence[Line]) -> None:
    """Labels the axes and tells its kinds of curves."""
    axes.set(xlabel="pairs seen", ylabel=name)
    axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10], integer=True))
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.grid(alpha=0.25, linewidth=0.6)
    handles = [Line2D([], [], color=_SAMPLE, label=line.label, **line.style) for line in lines]
    # above the axes, where it covers no curve
    axes.legend(
        handles=handles, frameon=False, fontsize=8, loc="lower left", bbox_to_anchor=(-0.02, 0.98)
    )


def _draw_line(
    axes: Axes, line: Line, curves: Sequence[Curve | None], colours: Sequence, seeds: bool
) -> None:
    """Draws one kind of curve of all trainings."""
    width = 0.7 if seeds else 1.5
    for curve, colour in zip(curves, colours, strict=True):
        if curve is not None:
            axes.plot(curve.pairs, curve.values, color=colour, linewidth=width, **line.style)
    if seeds and None not in curves:
        mean, least, greatest = mean_and_range(curves)
        axes.fill_between(mean.pairs, least, greatest, color=_MEAN, alpha=0.12, linewidth=0)
        axes.plot(mean.pairs, mean.values, color=_MEAN, linewidth=2, **line.style)


def _entries(names: Sequence[str], colours: Sequence, seeds: bool) -> list[Artist]:
    """The legend of the trainings."""
    entries = [
        Line2D([], [], color=colour, label=name)
        for name, colour in zip(names, colours, strict=True)
    ]
    if seeds:
        entries += [
            Line2D([], [], color=_MEAN, linewidth=2, label="mean"),
            Patch(color=_MEAN, alpha=0.12, linewidth=0, label="least to greatest"),
        ]
    return entries


def _add_legend(figure: Figure, entries: Sequence[Artist]) -> None:
    """Puts the legend below the panels, in as many lines as its texts need, and makes room."""
    texts = [textwrap.wrap(entry.get_label(), _LEGEND_WIDTH) for entry in entries]
    for entry, lines in zip(entries, texts, strict=True):
        entry.set_label("\n".join(lines))
    # a sample of a line takes the room of 8 characters
    columns = max(1, _LEGEND_WIDTH // (8 + max(len(lines[0]) for lines in texts)))
    lines = -(-sum(map(len, texts)) // columns)
    figure.set_figheight(HEIGHT + lines * LEGEND_LINE)
    figure.legend(handles=entries, loc="outside lower center", ncols=columns, frameon=False)
