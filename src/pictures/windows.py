"""Windows: a track while it runs, and a first box drawn with the mouse."""

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


class RegionWindow:
    """Shows a frame and keeps the box that was drawn last.

    Attributes:
        box_ltwh: float64 [4], frame pixels counted from 0, edge convention; None: no box yet.
    """

    def __init__(self, pyplot: Any, frame: np.ndarray, title: str) -> None:
        """Makes the window.

        Args:
            pyplot: The module `matplotlib.pyplot` with an interactive backend.
            frame: uint8 [H, W, 3], RGB.
            title: Stands above the frame.
        """
        from matplotlib.widgets import RectangleSelector

        self.box_ltwh: np.ndarray | None = None
        self._pyplot = pyplot
        self._figure, axes = pyplot.subplots()
        height, width = frame.shape[:2]
        # pixel i covers [i, i + 1), as in all boxes here
        axes.imshow(frame, extent=(0, width, height, 0))
        axes.set_title(title)
        axes.set_axis_off()
        # kept: a selector that nobody refers to stops working
        self._selector = RectangleSelector(
            axes, self._on_select, button=[1], interactive=True, minspanx=1, minspany=1
        )
        self._figure.canvas.mpl_connect("key_press_event", self._on_key)

    def wait(self) -> np.ndarray | None:
        """Waits until the user presses Enter or closes the window.

        Returns:
            `box_ltwh`.
        """
        self._pyplot.show(block=True)
        return self.box_ltwh

    def _on_select(self, _press: object, _release: object) -> None:
        """A box was drawn or moved; a mere click takes it away."""
        left, right, top, bottom = map(float, self._selector.extents)
        box = np.array([left, top, right - left, bottom - top])
        self.box_ltwh = box if min(box[2:]) > 0 else None

    def _on_key(self, event: Any) -> None:
        if event.key == "escape":
            self.box_ltwh = None
        elif event.key == "enter" and self.box_ltwh is not None:
            self._pyplot.close(self._figure)


def draw_region(frame: np.ndarray, name: str) -> np.ndarray | None:
    """Lets the user draw the target's box.

    Args:
        frame: uint8 [H, W, 3], RGB.
        name: Of the video, for the title.

    Returns:
        float64 [4] ltwh, frame pixels; None if no window can be opened or no box was drawn.
    """
    pyplot = pyplot_with_windows()
    if pyplot is None:
        return None
    title = f"{name}: draw a box around the target, then press Enter"
    try:
        window = RegionWindow(pyplot, frame, title)
    # toolkits fail in their own ways (a display that refuses, ...); any means no window
    except Exception:
        return None
    return window.wait()
