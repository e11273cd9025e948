"""Which moments of a track are shown, and what is on their pictures."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageColor

from src.reporting.moments import choose_moments, moments
from src.reporting.plots import colour
from tests.support.report_folders import compared, make_data_set, shifted, write_foreign

NAN = np.nan


def test_best_typical_and_worst_by_overlap():
    iou = np.array([1.0, 0.7, 0.2, NAN, 0.9, 0.6, 0.5])
    expected = {4: "best", 5: "typical", 2: "worst"}
    assert choose_moments(iou, np.full(7, 0.5), 0) == expected
    assert list(choose_moments(iou, np.full(7, 0.5), 0)) == [4, 5, 2]


def test_without_overlap_confidence_decides_and_without_that_time():
    nothing = np.full(7, NAN)
    confidence = np.array([1.0, 0.7, 0.2, NAN, 0.9, 0.6, 0.5])
    expected = {4: "surest", 5: "typical", 2: "least sure"}
    assert choose_moments(nothing, confidence, 0) == expected
    start_alone = np.array([1.0] + 6 * [NAN])
    assert choose_moments(nothing, start_alone, 0) == {1: "first", 3: "middle", 6: "last"}
    assert choose_moments(nothing[:1], nothing[:1], 0) == {0: "first"}


@given(st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0, NAN]), min_size=2, max_size=12))
def test_moments_against_a_slow_search(values):
    iou = np.array([1.0, *values])
    frames = [k for k in range(1, len(iou)) if not np.isnan(iou[k])]
    chosen = choose_moments(iou, np.full(len(iou), NAN), 0)
    assert 0 not in chosen or not frames
    if frames:
        labels = {label: frame for frame, label in chosen.items()}
        assert iou[labels["best"]] == max(iou[k] for k in frames)
        if "worst" in labels:
            assert iou[labels["worst"]] == min(iou[k] for k in frames)
        if "typical" in labels:
            below = sum(iou[k] < iou[labels["typical"]] for k in frames)
            above = sum(iou[k] > iou[labels["typical"]] for k in frames)
            assert below <= len(frames) / 2 and above <= len(frames) / 2


@pytest.fixture
def row(tmp_path):
    truth = make_data_set(tmp_path)["a"]
    near = write_foreign(tmp_path / "near", {"a": shifted(truth, 2, 6, 12)})
    far = write_foreign(tmp_path / "far", {"a": shifted(truth, 30)})
    return compared(tmp_path, near=near, far=far).rows[0]


def count(picture, ink):
    """Pixels near a colour: JPEG halves the colours' resolution, lines keep their core."""
    pixels = np.asarray(picture.convert("RGB")).astype(int)
    return int((np.abs(pixels - np.array(ink)).max(axis=-1) < 70).sum())


def test_pictures_show_the_frame_and_the_surroundings(row):
    shown = moments(row, 0)
    assert [moment.label for moment in shown] == ["best", "typical", "worst"]
    best = shown[0]
    assert best.iou == pytest.approx(30 / 34) and np.isnan(best.confidence)
    picture = Image.open(io.BytesIO(best.jpeg))
    # a frame of 160 x 120 is not enlarged; the crop beside it is as high
    assert (picture.format, picture.size) == ("JPEG", (160 + 4 + 120, 120))
    assert count(picture.crop((164, 0, 284, 120)), (0, 255, 0)) > 20


def test_boxes_have_the_colours_of_their_trackers(row):
    near = ImageColor.getrgb(colour(0))
    picture = Image.open(io.BytesIO(moments(row, 0)[2].jpeg)).crop((164, 0, 284, 120))
    assert count(picture, near) > 20
    # of the other tracker the strip shows its own moments
    assert moments(row, 1)[0].iou == pytest.approx(2 / 62)


def test_pictures_of_a_target_that_is_gone(tmp_path, row):
    row.video.boxes_ltwh[4] = np.nan
    row.entries[0].track.boxes_ltwh[4] = np.nan
    row.entries[0].iou[:] = np.nan
    row.entries[0].track.confidence[4] = 0.1
    (moment,) = moments(row, 0)
    assert (moment.label, moment.frame_index, moment.confidence) == ("surest", 4, 0.1)
    assert np.isnan(moment.iou) and Image.open(io.BytesIO(moment.jpeg)).size == (284, 120)
