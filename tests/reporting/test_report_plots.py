"""Plots: who is drawn, in which order, and where there are gaps."""

import io

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image, ImageColor

from src.reporting import plots as report_plots
from src.reporting.plots import COLOURS, colour, curve_plots, overlap_plot
from tests.support.helpers import make_clip, write_ground_truth
from tests.support.report_folders import compared, make_data_set, make_track, shifted, write_foreign
from tests.support.report_folders import write_own as write


@pytest.fixture
def truth(tmp_path):
    return make_data_set(tmp_path)


@pytest.fixture
def drawn(monkeypatch):
    """The axes that were drawn, in the order they were."""
    kept, make = [], report_plots.Figure.subplots

    def subplots(self, *arguments, **named):
        kept.append(make(self, *arguments, **named))
        return kept[-1]

    monkeypatch.setattr(report_plots.Figure, "subplots", subplots)
    return kept


def pixels(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def count_colour(picture, place):
    wanted = np.array(ImageColor.getrgb(colour(place)))
    return int((np.abs(picture - wanted).max(axis=-1) <= 24).sum())


def legend(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


def test_the_best_tracker_comes_first_and_keeps_its_colour(tmp_path, truth, drawn):
    folders = {
        "poor": write_foreign(tmp_path / "poor", {"a": shifted(truth["a"], 30)}),
        "good": write_foreign(tmp_path / "good", {"a": shifted(truth["a"], 2)}),
    }
    comparison = compared(tmp_path, **folders)
    plots = curve_plots(comparison)
    assert list(plots)[:2] == ["success", "precision"]
    good, poor = comparison.means[1], comparison.means[0]
    assert legend(drawn[0]) == [
        f"good [{good.success_auc:.3f}]",
        f"poor [{poor.success_auc:.3f}]",
    ]
    assert legend(drawn[1])[0] == f"good [{good.precision_20px:.3f}]"
    lines = drawn[0].get_lines()
    assert [line.get_color() for line in lines] == [COLOURS[1], COLOURS[0]]
    np.testing.assert_array_equal(lines[0].get_ydata(), good.success_curve)
    np.testing.assert_array_equal(drawn[1].get_lines()[1].get_ydata(), poor.precision_curve)
    assert all(count_colour(pixels(plots["success"]), place) > 50 for place in (0, 1))


def test_there_are_no_curves_without_ground_truth(tmp_path):
    boxes = make_clip(tmp_path / "clips" / "film", 4, layout="plain")
    comparison = compared(tmp_path, x=write_foreign(tmp_path / "x", {"film": boxes}))
    assert curve_plots(comparison) == {}
    assert pixels(overlap_plot(comparison.rows[0], ["x"])).shape == (230, 900, 3)


def test_absent_frames_are_gaps_on_grey_ground(tmp_path, truth, drawn):
    absent = truth["a"].copy()
    absent[[2, 3, 4, 6]] = np.nan
    write_ground_truth(tmp_path / "clips" / "a", absent, "vot4")
    comparison = compared(tmp_path, x=write_foreign(tmp_path / "x", {"a": truth["a"]}))
    overlap_plot(comparison.rows[0], ["x"])
    line, alone = drawn[0].get_lines()
    expected = [1, 1, np.nan, np.nan, np.nan, 1, np.nan, 1]
    np.testing.assert_allclose(line.get_ydata(), expected, atol=1e-12)
    # a frame between gaps is no line: it gets a point
    assert alone.get_xdata().tolist() == [5, 7]
    spans = [(patch.get_x(), patch.get_width()) for patch in drawn[0].patches]
    assert spans == [(1.5, 3.0), (5.5, 1.0)]


def test_confidence_is_thin_and_named_once(tmp_path, truth, drawn):
    sure = make_track(truth["a"], confidence=0.8)
    folders = {
        "x": write(tmp_path, "x", {"a": sure}),
        "y": write(tmp_path, "y", {"a": sure}),
        "z": write_foreign(tmp_path / "z", {"a": truth["a"]}),
    }
    overlap_plot(compared(tmp_path, **folders).rows[0], list(folders))
    assert legend(drawn[0]) == ["x", "y", "z", "confidence"]
    thin = [line for line in drawn[0].get_lines() if line.get_linewidth() < 1]
    assert [line.get_color() for line in thin] == [COLOURS[1], COLOURS[0]]
    np.testing.assert_allclose(thin[0].get_ydata(), [1.0] + 7 * [0.8])


def test_names_are_no_formulas_and_none_is_left_out(tmp_path, truth, drawn):
    comparison = compared(tmp_path, **{"_$x^2$": write_foreign(tmp_path / "x", {"a": truth["a"]})})
    plots = curve_plots(comparison)
    overlap_plot(comparison.rows[0], ["_$x^2$"])
    assert len(drawn[0].get_legend().get_texts()) == 1 == len(legend(drawn[-1]))
    assert pixels(plots["success"]).shape == (380, 500, 3)


def test_colours_are_apart_and_styles_do_not_leak():
    assert len(set(COLOURS)) == len(COLOURS) and colour(len(COLOURS)) == COLOURS[0]
    assert mpl.rcParams["axes.grid"] is False
