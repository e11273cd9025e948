"""The page: whole, self-contained, escaped, with the numbers of the metrics."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from src.evaluating.metrics import score
from src.reporting.page import GENERATOR, make_report
from tests.support.helpers import make_clip, write_ground_truth
from tests.support.report_folders import (
    Page,
    compared,
    make_data_set,
    make_track,
    shifted,
    write_foreign,
    write_own,
)

NAME = '<i>"&'


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """Two trackers on `a` (with an absent frame), `b` and a video without ground truth."""
    root = tmp_path_factory.mktemp("report")
    truth = make_data_set(root)
    absent = truth["a"].copy()
    absent[4] = np.nan
    write_ground_truth(root / "clips" / "a", absent, "vot4")
    film = make_clip(root / "clips" / "film", 5, layout="plain")
    tracks = {name: make_track(shifted(boxes, 3, 12)) for name, boxes in truth.items()}
    own = write_own(root, "own", tracks | {"film": make_track(film, confidence=0.4)})
    other = write_foreign(root / "other", truth | {"film": film}, ms=10)
    comparison = compared(root, **{NAME: own, "other": other})
    made = make_report(comparison, root / "clips")
    scores = score(shifted(truth["a"], 3, 12), absent, 20.0)
    return made, Page(made.page), scores


def test_everything_is_in_the_page(report):
    made, page, _ = report
    assert made.page.startswith("<!DOCTYPE html>") and GENERATOR in made.page[:1000]
    assert page.unclosed == []
    assert not re.search(r"https?:|url\(|@import", made.page)
    for tag, values in page.tags:
        assert tag not in ("link", "iframe", "object", "base", "form")
        assert values.get("src", "data:image/").startswith("data:image/")
        assert not {"srcset", "onclick", "onload", "data"} & set(values)
    assert [values for values in page.found("script")] == [{}]
    assert all(link["href"].startswith("#video-") for link in page.found("a"))


def test_pictures_are_whole_and_told(report):
    made, page, _ = report
    images = page.found("img")
    # two curves, an overlap plot for each video, up to three moments each
    assert sum(image["class"] == "plot" for image in images) == len(made.pictures)
    assert 6 <= sum(image["class"] == "moment" for image in images) <= 9
    for image in images:
        data = base64.b64decode(image["src"].partition("base64,")[2], validate=True)
        Image.open(io.BytesIO(data)).load()
        assert image["alt"]
    assert set(made.pictures) >= {"success.png", "precision.png", "overlap_a.png"}
    encoded = base64.b64encode(made.pictures["success.png"]).decode()
    assert any(encoded in image["src"] for image in images)


def test_numbers_are_those_of_the_metrics(report):
    _, page, scores = report
    line = next(row for row in page.tables["sortable"] if row[0][0] == "a")
    assert float(line[2][1]["data-value"]) == scores.success_auc
    assert float(line[3][1]["data-value"]) == scores.precision_20px
    assert (scores.frames, scores.absent_frames) == (7, 1)
    own = next(row for row in page.tables["summary"] if row[0][0] == NAME)
    assert [cell[0] for cell in own[1:4]] == ["15", "1", "0"]


def test_names_and_parameters_are_escaped_text(report):
    made, page, _ = report
    assert "<title>Tracking report: &lt;i&gt;&#34;&amp; / other</title>" in made.page
    # the only <i> are swatches
    assert all(values["class"] == "swatch" for values in page.found("i"))
    assert f"{NAME}: w.npz" in page.text and "other: results of another program" in page.text
    assert '"first_index": null' in page.text
    assert "1 of these have no ground truth and no score" in page.text


def test_links_lead_to_sections(report):
    _, page, _ = report
    ids = [section["id"] for section in page.found("section")]
    assert (
        ids == [link["href"][1:] for link in page.found("a")] == ["video-0", "video-1", "video-2"]
    )


def test_moments_tell_frame_overlap_and_confidence(report):
    _, page, _ = report
    assert re.search(r"best · frame \d · IoU 0\.\d\d", page.text)
    assert "surest · frame 4 · confidence 0.40" in page.text
    assert f"Moments of {NAME}" in page.text
