"""Tables: full values to sort by, short ones to read, and names that are no HTML."""

import math
from pathlib import Path

import numpy as np
import pytest

from src.evaluating.metrics import score
from src.reporting.comparison import SCORE_COLUMNS
from src.reporting.page import UNKNOWN, make_report, number, score_value
from tests.support.helpers import make_clip
from tests.support.report_folders import (
    Page,
    compared,
    make_data_set,
    make_track,
    shifted,
    write_foreign,
    write_own,
)

N = len(SCORE_COLUMNS)


@pytest.fixture(autouse=True)
def no_drawing(monkeypatch):
    monkeypatch.setattr("src.reporting.page.curve_plots", lambda comparison: {})
    monkeypatch.setattr("src.reporting.page.overlap_plot", lambda row, names: b"png")
    monkeypatch.setattr("src.reporting.page.moments", lambda row, shown: [])


def page_of(comparison):
    return Page(make_report(comparison, Path("clips")).page)


@pytest.fixture
def comparison(tmp_path):
    truth = make_data_set(tmp_path)
    poor = {name: shifted(boxes, 4, 30) for name, boxes in truth.items()}
    own = write_own(tmp_path, "own", {"a": make_track(truth["a"], ms=25)})
    return truth, poor, compared(tmp_path, poor=write_foreign(tmp_path / "p", poor), own=own)


def test_numbers():
    assert number(0.12345, 3) == "0.123" and number(math.nan, 3) == UNKNOWN == number(math.inf, 1)
    assert all(math.isnan(score_value(None, column)) for column in SCORE_COLUMNS)


def test_cells_hold_full_values(comparison):
    truth, poor, compared_trackers = comparison
    page = page_of(compared_trackers)
    assert page.unclosed == []
    assert "background:#D55E00" in [swatch["style"] for swatch in page.found("i")]
    groups, heads, *lines = page.tables["sortable"]
    assert [cell[0] for cell in groups] == ["", "poor", "own"]
    assert [cell[1].get("colspan") for cell in groups] == ["2", str(N + 1), str(N + 1)]
    assert [cell[0] for cell in heads[:5]] == ["video", "frames", "AUC", "P20", heads[4][0]]
    expected = score(poor["a"], truth["a"], 20.0)
    cells = {head[0]: cell for head, cell in zip(heads[: N + 2], lines[0], strict=False)}
    assert float(cells["AUC"][1]["data-value"]) == expected.success_auc
    assert cells["AUC"][0] == f"{expected.success_auc:.3f}"
    assert float(cells["IoU %"][1]["data-value"]) == expected.mean_iou
    assert float(cells["frames"][1]["data-value"]) == 8
    assert float(lines[0][-1][1]["data-value"]) == pytest.approx(40)


def test_missing_tracks_are_unknown_and_the_best_is_marked(comparison):
    _, _, first, second = page_of(comparison[2]).tables["sortable"]
    assert [cell[0] for cell in second[N + 3 :]] == [UNKNOWN] * (N + 1)
    assert [cell[1]["data-value"] for cell in second[N + 3 :]] == [""] * (N + 1)
    marked = ["best" in cell[1].get("class", "") for cell in first]
    assert marked == [False] * (N + 3) + [True] * N + [False]
    assert not any("best" in cell[1].get("class", "") for cell in second)


def test_every_head_sorts_its_own_column(comparison):
    page = page_of(comparison[2])
    buttons = page.found("button")
    assert [int(button["data-column"]) for button in buttons] == list(range(2 * N + 4))
    assert {len(row) for row in page.tables["sortable"][1:]} == {2 * N + 4}
    assert [button["data-first"] for button in buttons][:2] == ["ascending", "descending"]
    assert {button["type"] for button in buttons} == {"button"}
    links = [link["href"] for link in page.found("a")]
    assert links == ["#video-0", "#video-1"]


def test_the_summary_has_means_and_the_best_first(comparison):
    _, _, compared_trackers = comparison
    heads, first, second = page_of(compared_trackers).tables["summary"]
    assert [first[0][0], second[0][0]] == ["own", "poor"]
    cells = dict(zip([head[0] for head in heads], [cell[0] for cell in first], strict=True))
    assert (cells["frames"], cells["AUC"], cells["fps"]) == ("8", "0.952", "40.0")
    assert (cells["p50 ms"], cells["p95 ms"]) == ("25.0", "25.0")
    poor = dict(zip([head[0] for head in heads], [cell[0] for cell in second], strict=True))
    assert poor["P20"] == f"{compared_trackers.means[0].precision_20px:.3f}"
    assert poor["fps"] == UNKNOWN


def test_names_are_escaped_and_no_truth_is_no_score(tmp_path):
    boxes = make_clip(tmp_path / "clips" / '<b> & "c"', 3, layout="plain")
    name = "<script>x</script>"
    folder = write_foreign(tmp_path / "x", {'<b> & "c"': boxes})
    result = compared(tmp_path, **{name: folder})
    page = page_of(result)
    assert page.unclosed == [] and page.found("script") == [{}] and page.found("b") == []
    assert page.text.count(name) == 6  # title, both tables, legend, moments, parameters
    line = page.tables["sortable"][2]
    assert line[0][0] == '<b> & "c"' == line[0][1]["data-value"]
    assert [cell[1]["data-value"] for cell in line[2:]] == [""] * (N + 1)
    assert np.isfinite(float(line[1][1]["data-value"]))
