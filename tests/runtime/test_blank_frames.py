"""Frames of one colour: told from pictures, and passed over by a track."""

import numpy as np
import pytest

from src.api import Tracker
from src.runtime.blank_frames import shows_nothing
from tests.support.places import ROOT

CLIP = ROOT / "data" / "clips" / "test" / "test_001_blur_zoom_dark"


def flat(value, size=(90, 120)):
    return np.full((*size, 3), value, np.uint8)


@pytest.mark.parametrize("value", [0, 255, (16, 16, 235)])
def test_one_colour_is_nothing(value):
    assert shows_nothing(flat(value))


def test_what_compression_makes_of_one_colour_is_nothing():
    noise = np.random.default_rng(0).integers(100, 109, (240, 320, 3), dtype=np.uint8)
    assert shows_nothing(noise)


def test_a_dot_of_one_pixel_is_something():
    frame = flat(100, (241, 333))
    frame[117, 202, 2] = 120
    assert not shows_nothing(frame)


def test_frames_of_any_size():
    assert shows_nothing(flat(3, (1, 1))) and shows_nothing(flat(3, (2000, 1)))


def read(path):
    from PIL import Image

    return np.asarray(Image.open(path).convert("RGB"))


@pytest.fixture(scope="module")
def tracker():
    return Tracker.load()


@pytest.mark.parametrize("blank", [flat((0, 0, 255), (240, 320)), flat(0, (240, 320))])
def test_a_track_goes_on_after_frames_that_show_nothing(tracker, blank):
    frames = [read(path) for path in sorted(CLIP.glob("*.jpg"))[:7]]
    box = np.loadtxt(CLIP / "groundtruth.txt", delimiter=",")[0]
    tracker.init(frames[0], box)
    straight = [tracker.update(frame).box for frame in frames[1:]]
    tracker.init(frames[0], box)
    seen = [tracker.update(frame) for frame in frames[1:4]]
    for _ in range(10):
        result = tracker.update(blank)
        np.testing.assert_array_equal(result.box, seen[-1].box)
        assert result.lost and result.confidence == 0
    after = [tracker.update(frame).box for frame in frames[4:]]
    np.testing.assert_allclose(after, straight[3:], atol=1e-4)


def test_a_first_update_without_a_picture_keeps_the_first_box(tracker):
    frame = read(next(iter(sorted(CLIP.glob("*.jpg")))))
    tracker.init(frame, (100, 80, 40, 30))
    result = tracker.update(flat(0, frame.shape[:2]))
    np.testing.assert_allclose(result.box, (100, 80, 40, 30))
    assert result.lost
