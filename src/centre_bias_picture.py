"""The picture of the centre-bias experiment: a heat map for each training, and the truth."""

import io
from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from src.atomic import atomic_write_bytes
from src.centre_bias_measures import CENTRE

PIXELS_AN_INCH = 100
PANEL, HEIGHT = 2.3, 3.3  # inches

_MAP, _FRAME = "viridis", "white"
_PALETTE = 128  # colours of the PNG


def write_heat_maps(
    path: Path, titles: Sequence[str], captions: Sequence[str], maps: np.ndarray, stride: int
) -> None:
    """Draws maps side by side, the centre framed.

    Args:
        path: A PNG file, replaced whole or not at all.
        titles: Above each map.
        captions: Below each.
        maps: float [M, n, n], none negative; each is drawn as a share of its highest cell.
        stride: Crop pixels from cell to cell.
    """
    raw, packed = io.BytesIO(), io.BytesIO()
    heat_figure(titles, captions, maps, stride).savefig(raw, format="png")
    picture = Image.open(raw).convert("RGB").quantize(_PALETTE, dither=Image.Dither.NONE)
    picture.save(packed, format="PNG", optimize=True)
    atomic_write_bytes(path, packed.getvalue())


def heat_figure(
    titles: Sequence[str], captions: Sequence[str], maps: np.ndarray, stride: int
) -> Figure:
    """The figure of `write_heat_maps`, which says what the arguments are."""
    with mpl.rc_context({"font.size": 9}):
        size = (PANEL * len(maps) + 0.6, HEIGHT)
        figure = Figure(figsize=size, dpi=PIXELS_AN_INCH, layout="compressed")
        row = figure.subplots(1, len(maps), sharey=True, squeeze=False)[0]
        for axes, title, caption, cells in zip(row, titles, captions, maps, strict=True):
            _draw(axes, cells / cells.max(), stride)
            axes.set(title=title, xlabel=f"x (crop px)\n{caption}")
        row[0].set_ylabel("y (crop px)")
        bar = figure.colorbar(row[-1].images[0], ax=row, shrink=0.8, pad=0.01)
        bar.set_label("share of the highest cell")
    return figure


def _draw(axes: Axes, cells: np.ndarray, stride: int) -> None:
    """One map, rows downwards as in the crop, with the frame of the centre."""
    edge = len(cells) / 2 * stride
    axes.imshow(cells, _MAP, vmin=0, vmax=1, extent=(-edge, edge, edge, -edge))
    ticks = [-2 * CENTRE, 0, 2 * CENTRE]
    axes.set(xticks=ticks, yticks=ticks)
    # to the outer edges of the outermost cells that belong to it
    reach = (CENTRE // stride + 0.5) * stride
    corners = reach * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]])
    axes.plot(*corners.T, color=_FRAME, linewidth=0.8, linestyle="--")
