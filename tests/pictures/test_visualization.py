"""The recorder keeps little and draws what it saw; training crops show labels where they are."""

import pickle
import weakref
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from src.datasets.video_sequence import VideoSequence
from src.pictures import visualization
from src.pictures.visualization import (
    RESPONSE_SIDE,
    VideoRecorder,
    recorder_factory,
    reduce_response,
    write_training_crops,
)
from src.tracking.tracker import TrackResult


def result(box=(10, 10, 20, 20), side=257):
    response = np.random.default_rng(0).normal(size=(side, side)).astype(np.float32)
    search = np.array([0.0, 0, 60, 60])
    return TrackResult(np.array(box, dtype=float), 1.5, response, search)


def make_sequence(folder, count=5, size=(80, 60), boxes=True):
    picture = Image.new("RGB", size, (20, 30, 180))
    picture.paste((210, 15, 25), (10, 10, 30, 30))
    paths = tuple(folder / f"{number:03d}.png" for number in range(count))
    for path in paths:
        picture.save(path)
    truth = np.tile([10.0, 10, 20, 20], (count, 1)) if boxes else None
    return VideoSequence("video", paths, truth)


def record(recorder, sequence, start=0):
    for index in range(start + 1, len(sequence.frames)):
        recorder.observe(index, np.asarray(Image.open(sequence.frames[index])), result())
    return recorder.finish()


def test_the_two_pictures_are_written_and_named(tmp_path):
    sequence = make_sequence(tmp_path)
    out = tmp_path / "a folder é"
    written = record(VideoRecorder(out, "video_2", sequence), sequence)
    assert [path.name for path in written] == ["video_2.gif", "video_2_strip.png"]
    assert sorted(path.name for path in out.iterdir()) == ["video_2.gif", "video_2_strip.png"]
    with Image.open(written[0]) as gif:
        assert gif.n_frames == 5


def test_the_frame_of_init_is_shown_whether_told_or_not(tmp_path):
    sequence = make_sequence(tmp_path)
    told = VideoRecorder(tmp_path / "told", "v", sequence)
    told.observe(2, np.zeros((60, 80, 3), np.uint8), None)
    (gif, _), (other, _) = (
        record(recorder, sequence, start=2)
        for recorder in (told, VideoRecorder(tmp_path / "untold", "v", sequence))
    )
    assert gif.read_bytes() == other.read_bytes()
    with Image.open(gif) as animation:
        assert animation.n_frames == 3


def test_nothing_observed_nothing_written(tmp_path):
    sequence = make_sequence(tmp_path)
    assert VideoRecorder(tmp_path / "out", "v", sequence).finish() == []
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("boxes", [None, "absent"])
def test_missing_ground_truth_is_no_obstacle(tmp_path, boxes):
    sequence = make_sequence(tmp_path, boxes=boxes is not None)
    if sequence.boxes_ltwh is not None:
        sequence.boxes_ltwh[1:] = np.nan
    assert len(record(VideoRecorder(tmp_path, "v", sequence), sequence)) == 2


def test_frames_are_not_kept_and_memory_is_small(tmp_path):
    sequence = make_sequence(tmp_path, count=2)
    sequence = VideoSequence("v", sequence.frames * 50, np.tile(sequence.boxes_ltwh, (50, 1)))
    recorder = VideoRecorder(tmp_path, "v", sequence)
    for index in range(1, 100):
        frame = np.zeros((480, 640, 3), np.uint8)
        seen, found = weakref.ref(frame), result()
        response = weakref.ref(found.response)
        recorder.observe(index, frame, found)
        del frame, found
        assert seen() is None and response() is None
    assert len(pickle.dumps(recorder)) < 100 * 6000


def test_the_tracker_may_reuse_its_arrays(tmp_path):
    sequence, found = make_sequence(tmp_path), result()
    recorder = VideoRecorder(tmp_path, "v", sequence)
    for index in (1, 2, 3, 4):
        recorder.observe(index, np.zeros((60, 80, 3), np.uint8), found)
        found.box_ltwh[:] = -1000
    (gif, _) = recorder.finish()
    with Image.open(gif) as animation:
        animation.seek(1)
        assert tuple(np.asarray(animation.convert("RGB"))[10, 10]) == (255, 0, 0)


def test_a_window_sees_every_frame(tmp_path):
    calls = []
    window = SimpleNamespace(show=lambda *arguments: calls.append(arguments))
    sequence = make_sequence(tmp_path)
    record(VideoRecorder(tmp_path, "v", sequence, window=window), sequence)
    assert len(calls) == 4
    assert calls[0][3].startswith("v: frame 1  IoU 1.00")


def test_the_factory_takes_the_span_from_the_design(tmp_path, monkeypatch):
    opened = []
    monkeypatch.setattr(visualization, "open_live_window", lambda: opened.append(1))
    design = SimpleNamespace(score_sz=17, tot_stride=8, search_sz=256, context=0.5)
    make = recorder_factory(design)
    recorders = [make(tmp_path, "v", make_sequence(tmp_path)) for _ in range(2)]
    assert recorders[0]._response_share == 0.5 and len(opened) == 1


@pytest.mark.parametrize("told", [True, False])
def test_the_filters_response_is_kept_where_there_is_one(tmp_path, told):
    recorder = VideoRecorder(tmp_path, "v", make_sequence(tmp_path))
    response = np.array([[-0.25, 0, 0], [0, 0.75, 0], [0, 0, 0.25]], np.float32)
    found = replace(result(), filter_response=response if told else None)
    recorder.observe(1, np.zeros((60, 80, 3), np.uint8), found)
    seen = recorder._observations[-1]
    if told:
        # from -0.25, which is 0, to 0.75, which is 255: a quarter is 64
        np.testing.assert_array_equal(
            seen.filter_response, [[0, 64, 64], [64, 255, 64], [64, 64, 128]]
        )
        assert seen.filter_peak == 0.75
    else:
        assert seen.filter_response is None and np.isnan(seen.filter_peak)


def test_a_wider_search_has_a_share_of_its_own(tmp_path):
    # 17 cells of 8 px in a crop of 255 px; then 33 cells in one of 383 px, at 16 values a cell
    recorder = VideoRecorder(tmp_path, "v", make_sequence(tmp_path))
    for index, side in ((1, 257), (2, 513)):
        recorder.observe(index, np.zeros((60, 80, 3), np.uint8), result(side=side))
    shares = [seen.response_share for seen in recorder._observations[-2:]]
    assert shares == pytest.approx([128 / 255, 256 / 383])


@pytest.mark.parametrize("side", [17, 65, 257, 272])
def test_a_reduced_response_keeps_its_peak_and_ends(side):
    for row, column in ((0, 0), (side - 1, side - 1), (side // 2, side // 4)):
        y, x = np.mgrid[:side, :side]
        width = side / 20
        bump = np.exp(-((y - row) ** 2 + (x - column) ** 2) / width**2).astype(np.float32)
        small = reduce_response(bump - 3)
        assert small.dtype == np.uint8 and small.max() == 255 and small.min() == 0
        assert len(small) == min(side, RESPONSE_SIDE)
        peak = np.array(np.unravel_index(small.argmax(), small.shape))
        found = peak * (side - 1) / (len(small) - 1)
        assert np.abs(found - (row, column)).max() <= 0.51 * side / len(small)


def test_a_flat_or_broken_response_is_drawn_as_nothing():
    assert not reduce_response(np.full((33, 33), 2.0, np.float32)).any()
    assert not reduce_response(np.full((33, 33), np.nan, np.float32)).any()


def training_sheet(path, labels, disp_crop, target_sz_crop):
    count = len(labels)
    z = np.full((count, 127, 127, 3), (250.0, 10.0, 20.0))
    x = np.full((count, 255, 255, 3), (10, 20, 200), dtype=np.uint8)
    write_training_crops(path, z, x, labels, disp_crop, target_sz_crop, 4)
    return np.asarray(Image.open(path))


def test_training_crops_show_box_and_cells_at_the_right_pixels(tmp_path):
    labels = np.zeros((1, 33, 33), np.float32)
    labels[0, 16, 16] = labels[0, 16, 17] = 1
    sheet = training_sheet(
        tmp_path / "d" / "b.png", labels, np.array([[20.0, -10.0]]), np.array([[50.0, 30.0]])
    )
    assert sheet.shape[1] == 255 + 4 + 127
    np.testing.assert_array_equal(sheet[10, 300], (250, 10, 20))
    green = np.argwhere((sheet[:255, :255] == (0, 255, 0)).all(axis=-1))
    middle = green.min(axis=0) / 2 + (green.max(axis=0) + 1) / 2
    np.testing.assert_allclose(middle, (127.5 - 10, 127.5 + 20), atol=0.51)
    np.testing.assert_allclose(np.ptp(green, axis=0) + 1, (30, 50), atol=1)
    # The two cells cover x 125.5 to 133.5 and y 125.5 to 129.5 of the search crop.
    yellow = np.argwhere((sheet[:255, :255] == (255, 210, 0)).all(axis=-1))
    np.testing.assert_allclose(yellow.min(axis=0), (125.5, 125.5), atol=1)
    np.testing.assert_allclose(yellow.max(axis=0), (129.5, 133.5), atol=1)
    np.testing.assert_array_equal(sheet[128, 128], (10, 20, 200))


def test_cells_at_the_rim_are_outlined_too(tmp_path):
    labels = np.zeros((1, 33, 33))
    labels[0, 0, 0] = 1
    sheet = training_sheet(tmp_path / "b.png", labels, np.zeros((1, 2)), np.full((1, 2), 20.0))
    yellow = np.argwhere((sheet == (255, 210, 0)).all(axis=-1))
    np.testing.assert_allclose(yellow.min(axis=0), 127.5 - 66, atol=1)
    np.testing.assert_allclose(yellow.max(axis=0), 127.5 - 62, atol=1)


@pytest.mark.parametrize(("count", "rows"), [(1, 1), (4, 1), (5, 2), (40, 4)])
def test_a_batch_of_any_size_fits_the_sheet(tmp_path, count, rows):
    labels = np.ones((count, 33, 33))
    sheet = training_sheet(
        tmp_path / "b.png", labels, np.zeros((count, 2)), np.full((count, 2), 20.0)
    )
    assert sheet.shape[0] == rows * (255 + 18) + (rows - 1) * 8


def test_a_pair_without_positive_cells_is_named_negative(tmp_path):
    labels = np.ones((2, 33, 33))
    labels[1] = 0
    places = np.zeros((2, 2)), np.full((2, 2), 20.0)
    sheet = training_sheet(tmp_path / "b.png", labels, *places)
    plain = training_sheet(tmp_path / "plain.png", np.ones((2, 33, 33)), *places)
    middle = sheet.shape[1] // 2
    caption = slice(255, None)
    np.testing.assert_array_equal(sheet[caption, :middle], plain[caption, :middle])
    ink, plain_ink = (s[caption, middle:].max(axis=-1) > 100 for s in (sheet, plain))
    assert ink.sum() > plain_ink.sum() + 50
