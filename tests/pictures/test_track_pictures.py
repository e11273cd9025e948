"""Key frames and the two pictures of a track, drawn from observations."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from src.base.errors import UserError
from src.pictures import track_pictures
from src.pictures.drawing import CAPTION_HEIGHT
from src.pictures.track_pictures import (
    KEY_FRAMES,
    MAX_GIF_FRAMES,
    MAX_GIF_WIDTH,
    Observation,
    key_frames,
    shows_filter,
    write_animation,
    write_strip,
)

NAN = np.full(4, np.nan)
BLUE, RED = (20, 30, 180), (210, 15, 25)


def observation(index, truth=(30.0, 20.0, 40.0, 40.0), offset=4.0):
    truth = np.array(truth)
    moved = truth + np.array([offset, 0, 0, 0])
    box = moved if np.isfinite(truth).all() else np.array([5.0, 5, 30, 30])
    response = np.zeros((65, 65), np.uint8)
    return Observation(index, box, truth, 2.5, np.array([0.0, -10, 100, 100]), response, 128 / 255)


def write_frames(folder, count, size=(120, 90)):
    """Blue frames with a red square where the target is."""
    picture = Image.new("RGB", size, BLUE)
    picture.paste(RED, (30, 20, 70, 60))
    paths = [folder / f"{number:03d}.png" for number in range(count)]
    for path in paths:
        picture.save(path)
    return paths


@pytest.fixture
def frames(tmp_path):
    return write_frames(tmp_path, 4)


def near(pixel, colour):
    return np.abs(np.asarray(pixel, dtype=int) - colour).max() <= 8


def test_captions_say_what_is_known():
    assert observation(7).caption == "frame 7  IoU 0.82  score 2.5"
    assert observation(7, NAN).caption == "frame 7  no truth  score 2.5"
    start = Observation(0, NAN, np.ones(4), np.nan, NAN, None)
    assert start.caption == "frame 0  start" and np.isnan(start.iou)


def test_the_animation_has_the_boxes_and_colours_of_the_track(tmp_path, frames):
    path = tmp_path / "out" / "v.gif"
    write_animation(path, [observation(k) for k in range(4)], frames)
    with Image.open(path) as gif:
        assert gif.n_frames == 4 and gif.size == (120, 90 + CAPTION_HEIGHT)
        gif.seek(2)
        picture = np.asarray(gif.convert("RGB"))
    assert tuple(picture[20, 30]) == (0, 255, 0)
    assert tuple(picture[40, 34]) == (255, 0, 0)
    assert near(picture[40, 50], RED) and near(picture[80, 110], BLUE)
    assert picture[92:].max() == 255


def test_large_frames_are_scaled_and_long_tracks_thinned(tmp_path):
    (path,) = write_frames(tmp_path, 1, size=(2 * MAX_GIF_WIDTH, 100))
    observations = [observation(k) for k in range(MAX_GIF_FRAMES + 37)]
    write_animation(tmp_path / "v.gif", observations, [path] * len(observations))
    with Image.open(tmp_path / "v.gif") as gif:
        assert gif.size == (MAX_GIF_WIDTH, 50 + CAPTION_HEIGHT)
        assert gif.n_frames == MAX_GIF_FRAMES
        assert tuple(np.asarray(gif.convert("RGB"))[10, 15]) == (0, 255, 0)


def test_frames_of_changing_size_are_fitted(tmp_path):
    (tmp_path / "b").mkdir()
    paths = write_frames(tmp_path, 1) + write_frames(tmp_path / "b", 1, size=(60, 45))
    write_animation(tmp_path / "v.gif", [observation(0), observation(1)], paths)
    write_strip(tmp_path / "s.png", [observation(0), observation(1)], paths)
    with Image.open(tmp_path / "v.gif") as gif:
        assert gif.n_frames == 2


def test_the_strip_has_a_column_for_each_key_frame(tmp_path, frames):
    path = tmp_path / "v_strip.png"
    start = Observation(0, NAN, np.array([30.0, 20, 40, 40]), np.nan, NAN, None)
    write_strip(path, [start, *(observation(k) for k in (1, 2, 3))], frames)
    sheet = np.asarray(Image.open(path))
    assert sheet.shape == (90 + CAPTION_HEIGHT + 4 + 240, 4 * 240 + 3 * 4, 3)
    second = sheet[:, 244:484]
    # The frame is 120 px wide in a column of 240.
    assert tuple(second[40, 60 + 30]) == (0, 255, 0)
    assert tuple(second[40, 60 + 34]) == (255, 0, 0)
    assert near(second[40, 60 + 50], RED)
    crop = second[90 + CAPTION_HEIGHT + 4 :].astype(int)
    # The search area begins 10 px above the frame, and 100 px become 240: red begins at x = 72.
    assert near(crop[230, 60], BLUE)
    assert crop[100, 67, 0] < 60 and crop[100, 77, 0] > 150


def with_filter(index, row, column):
    """An observation whose filter says nothing but at one of 5 x 5 cells."""
    told = np.zeros((5, 5), np.uint8)
    told[row, column] = 255
    return replace(observation(index), filter_response=told, filter_peak=0.625)


def test_the_strip_of_a_tracker_with_a_filter_has_a_row_for_it(tmp_path, frames):
    path = tmp_path / "v_strip.png"
    start = Observation(0, NAN, np.array([30.0, 20, 40, 40]), np.nan, NAN, None)
    write_strip(path, [start, observation(1), *(with_filter(k, 0, 4) for k in (2, 3))], frames)
    with Image.open(path) as strip:
        assert shows_filter(strip)
        sheet = np.asarray(strip.convert("RGB")).astype(int)
    first_row, cell = 90 + CAPTION_HEIGHT + 4, 240 + CAPTION_HEIGHT
    assert sheet.shape == (first_row + 2 * cell + 4, 4 * 240 + 3 * 4, 3)
    deciding, own = sheet[first_row:][:cell], sheet[first_row + cell + 4 :]
    # the span of 5 cells is 128 of 255, here 120 of 240 px, so the cell in the right upper corner
    # lies two cells of 30 px above and right of the middle; the ground there is blue
    left = 2 * 244
    red, _, blue = own[60, left + 180]
    assert red > blue + 100
    for row, column in ((180, 180), (60, 60), (180, 60)):
        assert own[row, left + column, 2] > own[row, left + column, 0]
    # the response that decides is 0 everywhere
    assert deciding[60, left + 180, 2] > deciding[60, left + 180, 0]
    # of the start, and of a frame of which the filter has told nothing, there is no such picture
    assert own[:, :484].max() == 0 and deciding[:, :484].max() > 0
    captions = deciding[240:], own[240:, left:]
    assert all(caption.max() == 255 for caption in captions)


def test_the_captions_tell_which_response_is_which(tmp_path, frames, monkeypatch):
    told = []
    monkeypatch.setattr(track_pictures, "draw_caption", lambda *words: told.append(words[2]))
    start = Observation(0, NAN, np.array([30.0, 20, 40, 40]), np.nan, NAN, None)
    write_strip(tmp_path / "v.png", [start, with_filter(1, 2, 2)], frames)
    assert told == [
        "first: frame 0  start",
        *("the target as shown", ""),
        "worst: frame 1  IoU 0.82  score 2.5",
        *("the response that decides", "the filter's own, peak 0.62"),
    ]


def test_the_strip_of_a_tracker_without_one_has_no_such_row(tmp_path, frames):
    write_strip(tmp_path / "v.png", [observation(k) for k in range(4)], frames)
    with Image.open(tmp_path / "v.png") as strip:
        assert not shows_filter(strip) and strip.info == {}
        assert strip.height == 90 + CAPTION_HEIGHT + 4 + 240


def test_without_any_ground_truth_the_pictures_are_made(tmp_path, frames):
    observations = [observation(k, NAN) for k in range(4)]
    write_animation(tmp_path / "v.gif", observations, frames)
    write_strip(tmp_path / "v.png", observations, frames)
    assert (tmp_path / "v.gif").exists() and (tmp_path / "v.png").exists()


def test_a_frame_that_is_gone_is_named(tmp_path, frames):
    frames[2].unlink()
    with pytest.raises(UserError, match=r"002\.png"):
        write_animation(tmp_path / "v.gif", [observation(k) for k in range(4)], frames)
    assert not (tmp_path / "v.gif").exists()


def test_key_frames_hold_first_worst_best_and_last():
    ious = [np.nan, 0.9, 0.8, 0.1, 0.5, 0.95, np.nan, 0.6, 0.7, 0.7, 0.4]
    chosen = key_frames(ious, KEY_FRAMES)
    assert len(chosen) == KEY_FRAMES
    assert [number for number, _ in chosen] == sorted({number for number, _ in chosen})
    labels = {label: number for number, label in chosen if label}
    assert labels == {"first": 0, "worst": 3, "best": 5, "last": 10}


@pytest.mark.parametrize("count", range(1, 9))
def test_short_tracks_and_tracks_without_truth_have_key_frames_too(count):
    assert len(key_frames([np.nan] * count, KEY_FRAMES)) == min(count, KEY_FRAMES)
    assert len(key_frames([0.5] * count, KEY_FRAMES)) == min(count, KEY_FRAMES)
