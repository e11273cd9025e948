"""A box drawn with the mouse on a frame, in a Matplotlib window."""

from typing import Any

import numpy as np

from src.pictures.windows import pyplot_with_windows


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
