"""Key frames with their responses on the page."""

import base64
import io

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from src.reporting.page import make_report
from src.reporting.strips import strip_of
from tests.support.report_folders import (
    Page,
    compared,
    make_data_set,
    make_track,
    shifted,
    write_foreign,
    write_own,
)

RED, BLUE = (250, 20, 20), (20, 20, 250)


@pytest.fixture
def folders(tmp_path):
    """A tracker of this project that has drawn of `a` (twice) and not of `b`, and another's.

    What it drew of the second track of `a` is as of a tracker with a filter.
    """
    truth = make_data_set(tmp_path)
    tracks = {name: make_track(shifted(boxes, 3, 12)) for name, boxes in truth.items()}
    tracks["a_2"] = make_track(truth["a"], start=2)
    own = write_own(tmp_path, "own", tracks)
    note = PngInfo()
    note.add_text("Comment", "with the filter's own response")
    for name, colour, told in (("a", RED, None), ("a_2", BLUE, note)):
        Image.new("RGB", (60, 20), colour).save(own / f"{name}_strip.png", pnginfo=told)
    other = write_foreign(tmp_path / "other", truth)
    Image.new("RGB", (60, 20)).save(other / "a_strip.png")
    return {"own": own, "other": other}


def colour_of(jpeg):
    picture = Image.open(io.BytesIO(jpeg))
    assert picture.size == (60, 20)
    return np.array(picture)[10, 30]


def test_strips_belong_to_video_and_start(tmp_path, folders):
    comparison = compared(tmp_path, **folders)
    own, other = comparison.trackers
    found = {(row.video.name, row.start): strip_of(own, row) for row in comparison.rows}
    np.testing.assert_allclose(colour_of(found["a", 0].jpeg), RED, atol=8)
    np.testing.assert_allclose(colour_of(found["a", 2].jpeg), BLUE, atol=8)
    assert (found["a", 0].with_filter, found["a", 2].with_filter) == (False, True)
    assert found["b", 0] is None
    # what lies beside the results of another program is not known to be of this kind
    assert all(strip_of(other, row) is None for row in comparison.rows)


def test_a_strip_that_cannot_be_read_is_left_out(tmp_path, folders):
    (folders["own"] / "a_strip.png").write_bytes(b"no picture")
    comparison = compared(tmp_path, **folders)
    assert strip_of(comparison.trackers[0], comparison.rows[0]) is None


def test_the_page_shows_them_and_tells_what_they_are(tmp_path, folders):
    page = Page(make_report(compared(tmp_path, **folders), tmp_path / "clips").page)
    assert page.unclosed == []
    strips = [image for image in page.found("img") if image["class"] == "strip"]
    assert len(strips) == 2
    jpeg = base64.b64decode(strips[0]["src"].partition("base64,")[2], validate=True)
    np.testing.assert_allclose(colour_of(jpeg), RED, atol=8)
    summaries = [line for line in page.text.splitlines() if line.startswith("Key frames of own")]
    alone = "Key frames of own, with the response"
    assert summaries == [alone, f"{alone} and the filter's own"]
    # only of the track that has been drawn so
    assert page.text.count("what the filter alone says") == 1
    assert page.text.count("the response that the box was chosen by") == 2
    assert "Key frames of other" not in page.text
