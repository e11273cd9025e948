"""A window that shows the track while it runs, where there is a display."""

import os
import sys
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from src.pictures.drawing import PREDICTED, TRUTH, draw_box


class LiveWindow:
    """Shows frame after frame; once the user closes it, showing does nothing.

    Attributes:
        closed: True after the user closed the window.
    """

    def __init__(self, pyplot: Any) -> None:
        """Opens the window.

        Args:
            pyplot: The module `matplotlib.pyplot` with an interactive backend.
        """
        self.closed = False
        self._pyplot = pyplot
        self._figure, self._axes = pyplot.subplots()
        self._axes.set_axis_off()
        self._picture = None
        self._figure.canvas.mpl_connect("close_event", self._on_close)
        pyplot.show(block=False)

    def show(
        self,
        frame: np.ndarray,
        box_ltwh: np.ndarray | None,
        truth_ltwh: np.ndarray | None,
        caption: str,
    ) -> None:
        """Shows a frame with its boxes.

        Args:
            frame: uint8 [H, W, 3], RGB.
            box_ltwh: float [4], the tracker's box, frame pixels; None or NaN: not drawn.
            truth_ltwh: float [4], ground truth, likewise.
            caption: Title of the picture.
        """
        if self.closed:
            return
        image = Image.fromarray(frame)
        draw = ImageDraw.Draw(image)
        draw_box(draw, truth_ltwh, TRUTH)
        draw_box(draw, box_ltwh, PREDICTED)
        pixels = np.asarray(image)
        if self._picture is None or self._picture.get_array().shape != pixels.shape:
            self._axes.clear()
            self._axes.set_axis_off()
            self._picture = self._axes.imshow(pixels)
        self._picture.set_data(pixels)
        self._axes.set_title(caption)
        self._figure.canvas.draw_idle()
        self._figure.canvas.flush_events()

    def _on_close(self, _event: object) -> None:
        self.closed = True


def open_live_window() -> LiveWindow | None:
    """Opens a window.

    Returns:
        The window, or None where there is no display, no Matplotlib or no backend with windows.
    """
    pyplot = pyplot_with_windows()
    try:
        return LiveWindow(pyplot) if pyplot else None
    # Toolkits fail in their own ways (a display that refuses, ...); any means none.
    except Exception:
        return None


def pyplot_with_windows() -> Any | None:
    """Finds out whether windows can be opened.

    Returns:
        The module `matplotlib.pyplot`; None where there is no display, no Matplotlib or no
        backend with windows.
    """
    if not _has_display():
        return None
    try:
        from matplotlib import pyplot
        from matplotlib.backends import BackendFilter, backend_registry

        backend = pyplot.get_backend().lower()
        interactive = backend in backend_registry.list_builtin(BackendFilter.INTERACTIVE)
        return pyplot if interactive else None
    # a backend that MPLBACKEND names and nobody has, a broken toolkit: any means no window
    except Exception:
        return None


def _has_display() -> bool:
    if sys.platform in ("darwin", "win32"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
