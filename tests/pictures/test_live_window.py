"""The live window: only where there is a display; closing it does not stop anything."""

import subprocess
import sys
from types import SimpleNamespace

import matplotlib.backend_bases
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from src.pictures.windows import LiveWindow, open_live_window
from tests.support.places import ROOT


@pytest.fixture
def window_and_figure():
    figure = Figure()
    FigureCanvasAgg(figure)
    pyplot = SimpleNamespace(
        subplots=lambda: (figure, figure.add_subplot()), show=lambda block: None
    )
    return LiveWindow(pyplot), figure


def close(figure):
    event = matplotlib.backend_bases.CloseEvent("close_event", figure.canvas)
    figure.canvas.callbacks.process("close_event", event)


def shown(figure):
    (picture,) = figure.axes[0].get_images()
    return np.asarray(picture.get_array())


def test_no_display_no_window(monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    assert open_live_window() is None


def test_a_display_that_does_not_answer_means_no_window(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("DISPLAY", ":987")
    assert open_live_window() is None


def test_the_drawing_modules_load_neither_matplotlib_nor_tensorflow():
    code = (
        "import sys, src.pictures.visualization;"
        "print([m for m in ('matplotlib', 'tensorflow') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_it_shows_frames_with_boxes_in_their_colours(window_and_figure):
    window, figure = window_and_figure
    frame = np.full((40, 60, 3), (10, 20, 200), dtype=np.uint8)
    window.show(frame, np.array([5.0, 5, 20, 20]), np.full(4, np.nan), "frame 1")
    picture = shown(figure)
    assert tuple(picture[5, 5]) == (255, 0, 0) and tuple(picture[39, 59]) == (10, 20, 200)
    assert figure.axes[0].get_title() == "frame 1"
    assert (frame == (10, 20, 200)).all()
    window.show(np.zeros((80, 30, 3), np.uint8), None, np.array([0.0, 0, 9, 9]), "frame 2")
    assert shown(figure).shape == (80, 30, 3)
    assert tuple(shown(figure)[0, 0]) == (0, 255, 0)


def test_after_closing_showing_does_nothing(window_and_figure):
    window, figure = window_and_figure
    frame = np.zeros((40, 60, 3), dtype=np.uint8)
    window.show(frame, None, None, "frame 1")
    close(figure)
    assert window.closed
    window.show(frame + 9, None, None, "frame 2")
    assert figure.axes[0].get_title() == "frame 1" and not shown(figure).any()
