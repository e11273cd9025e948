"""Frames of one colour, faded or of snow: told from pictures, and passed over by a track."""

import io

import numpy as np
import pytest
from PIL import Image

from src.api import Tracker
from src.runtime.blank_frames import Scenery, shows_nothing
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
    return np.asarray(Image.open(path).convert("RGB"))


FRAMES = [read(path) for path in sorted(CLIP.glob("*.jpg"))]
BOX = np.loadtxt(CLIP / "groundtruth.txt", delimiter=",")[0]


def snow(grain=1, lowest=0, highest=255, seed=0):
    """Noise of 240x180 pixels, grey, with grains so many pixels wide."""
    rng, size = np.random.default_rng(seed), (-(-180 // grain), -(-240 // grain), 1)
    grains = rng.integers(lowest, highest + 1, size, dtype=np.uint8)
    return grains.repeat(grain, 0).repeat(grain, 1).repeat(3, 2)[:180, :240]


def compressed(frame):
    """A frame after JPEG of low quality."""
    file = io.BytesIO()
    Image.fromarray(frame).save(file, "jpeg", quality=30)
    return read(file)


NOTHING = {
    "white snow": snow(),
    "faint snow": snow(lowest=10, highest=40),
    "coarse snow": snow(grain=3),
    "compressed snow": compressed(snow()),
    "coloured snow": np.random.default_rng(1).integers(0, 256, (180, 240, 3), dtype=np.uint8),
    "faded to black": FRAMES[4] // 16,
    "faded to white": 255 - (255 - FRAMES[4]) // 16,
    "faded to black, with noise of the camera": FRAMES[4] // 32 + snow(highest=20),
    "black": flat(0, (180, 240)),
}


@pytest.mark.parametrize("frame", NOTHING.values(), ids=NOTHING.keys())
def test_no_target_is_seen_in_such_frames(frame):
    assert not Scenery(FRAMES[0]).is_seen_in(frame)


def test_a_target_may_be_seen_in_pictures():
    scenery = Scenery(FRAMES[0])
    noisy = FRAMES[4] * 0.7 + snow() * 0.3
    for frame in (*FRAMES, FRAMES[4] // 8, 255 - FRAMES[4], noisy.astype(np.uint8)):
        assert scenery.is_seen_in(frame)


def test_who_was_shown_a_target_amid_noise_is_not_disturbed_by_noise():
    assert Scenery(snow()).is_seen_in(snow(seed=1))


def test_a_low_contrast_of_all_pictures_is_no_fade():
    dim = FRAMES[0] // 16 + 100
    assert Scenery(dim).is_seen_in(FRAMES[1] // 16 + 100)


@pytest.fixture(scope="module")
def tracker():
    return Tracker.load()


@pytest.mark.parametrize(
    "blank",
    [flat((0, 0, 255), (240, 320)), flat(0, (240, 320)), snow(), FRAMES[4] // 16],
    ids=["blue", "black", "snow", "faded"],
)
def test_a_track_goes_on_after_frames_that_show_nothing(tracker, blank):
    frames, box = FRAMES[:7], BOX
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
    frame = FRAMES[0]
    tracker.init(frame, (100, 80, 40, 30))
    result = tracker.update(flat(0, frame.shape[:2]))
    np.testing.assert_allclose(result.box, (100, 80, 40, 30))
    assert result.lost
