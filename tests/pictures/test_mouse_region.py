"""A box is drawn with the mouse: events on Agg's canvas stand for the user."""

from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.backend_bases import KeyEvent, MouseEvent
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import src.pictures.windows
from src.pictures.windows import RegionWindow, draw_region

FRAME = np.zeros((120, 160, 3), np.uint8)


class FakePyplot:
    """While `show` blocks, the user does what `script(figure)` says."""

    def __init__(self, script):
        self.script, self.closed = script, False
        self.figure = Figure()
        FigureCanvasAgg(self.figure)

    def subplots(self):
        return self.figure, self.figure.add_subplot()

    def show(self, block):
        assert block
        self.figure.canvas.draw()
        self.script(self.figure)

    def close(self, figure):
        assert figure is self.figure
        self.closed = True


def drag(figure, begin, end):
    """Moves the mouse from one point to another, frame pixels, with the left button down."""
    transform, canvas = figure.axes[0].transData, figure.canvas
    places = [transform.transform(point) for point in (begin, end, end)]
    names = ("button_press_event", "motion_notify_event", "button_release_event")
    for name, (x, y) in zip(names, places, strict=True):
        canvas.callbacks.process(name, MouseEvent(name, canvas, x, y, button=1))


def press(figure, key):
    name = "key_press_event"
    figure.canvas.callbacks.process(name, KeyEvent(name, figure.canvas, key))


@pytest.mark.parametrize("corners", [((30, 20), (70, 50)), ((70, 50), (30, 20))])
def test_a_dragged_box_is_in_frame_pixels_and_enter_ends(corners):
    def user(figure):
        drag(figure, *corners)
        press(figure, "enter")

    pyplot = FakePyplot(user)
    box = RegionWindow(pyplot, FRAME, "film").wait()
    np.testing.assert_allclose(box, [30, 20, 40, 30], atol=0.5)
    assert pyplot.closed
    assert pyplot.figure.axes[0].get_title() == "film"


def test_closing_the_window_confirms_the_last_box():
    def user(figure):
        drag(figure, (10, 10), (20, 20))
        drag(figure, (60, 40), (90, 100))

    pyplot = FakePyplot(user)
    box = RegionWindow(pyplot, FRAME, "film").wait()
    np.testing.assert_allclose(box, [60, 40, 30, 60], atol=0.5)
    assert not pyplot.closed


def escape(figure):
    drag(figure, (10, 10), (60, 60))
    press(figure, "escape")


@pytest.mark.parametrize(
    "user",
    [lambda figure: None, lambda figure: press(figure, "enter"), escape],
    ids=["closed at once", "enter without a box", "escape"],
)
def test_no_box_is_none(user):
    pyplot = FakePyplot(user)
    assert RegionWindow(pyplot, FRAME, "film").wait() is None
    assert not pyplot.closed


def test_pixel_edges_are_whole_numbers():
    pyplot = FakePyplot(lambda figure: None)
    RegionWindow(pyplot, FRAME, "film")
    (image,) = pyplot.figure.axes[0].get_images()
    assert tuple(image.get_extent()) == (0, 160, 120, 0)


def test_draw_region_needs_windows(monkeypatch):
    monkeypatch.setattr(src.pictures.windows, "pyplot_with_windows", lambda: None)
    assert draw_region(FRAME, "film") is None

    def refuse():
        raise RuntimeError("the display does not answer")

    broken = SimpleNamespace(subplots=refuse)
    monkeypatch.setattr(src.pictures.windows, "pyplot_with_windows", lambda: broken)
    assert draw_region(FRAME, "film") is None


def test_draw_region_asks_for_the_video(monkeypatch):
    pyplot = FakePyplot(lambda figure: drag(figure, (30, 20), (70, 50)))
    monkeypatch.setattr(src.pictures.windows, "pyplot_with_windows", lambda: pyplot)
    np.testing.assert_allclose(draw_region(FRAME, "film"), [30, 20, 40, 30], atol=0.5)
    assert pyplot.figure.axes[0].get_title().startswith("film: draw a box")
