"""Videos and cameras: which frames come, when, and what is told of what is no video."""

import gc
import re
import sys
import weakref

import numpy as np
import pytest

import src.video.opencv_source
from src.base.errors import UserError
from src.video.opencv_source import open_camera, open_video
from src.video.sources import USUAL_FPS
from tests.support.own_videos import (
    SIZE,
    FakeCamera,
    damage_frames,
    make_source,
    picture,
    write_video,
)


def levels(frames):
    """Red level of each frame in steps of 20, None for a broken one."""
    return [None if f is None else round(float(f[..., 0].mean()) / 20) for _, _, f in frames]


@pytest.mark.parametrize(
    ("suffix", "codec"),
    [(".avi", "MJPG"), (".mp4", "mp4v"), (".mov", "mp4v"), (".mkv", "mp4v"), (".webm", "VP80")],
)
def test_frames_come_in_order_in_rgb_with_their_times(tmp_path, suffix, codec):
    source = open_video(write_video(tmp_path / f"film{suffix}", 8, codec))
    frames = list(source.frames)
    assert (source.name, source.fps, source.live) == ("film", 20.0, False)
    # OpenCV invents a length where the header has none
    assert source.n_frames == (None if suffix in (".mkv", ".webm") else 8)
    assert levels(frames) == list(range(8))
    assert [index for index, _, _ in frames] == list(range(8))
    np.testing.assert_allclose([s for _, s, _ in frames], np.arange(8) / 20, atol=1e-3)
    frame = frames[5][2]
    assert frame.shape == (SIZE[1], SIZE[0], 3) and frame.dtype == np.uint8
    assert frame.flags.c_contiguous and np.abs(frame.astype(int) - picture(100)).max() < 16
    assert not source.ends_early(*frames[-1][:2])


def test_broken_frames_are_none_and_index_and_time_go_on(tmp_path, capfd):
    path = write_video(tmp_path / "film.avi")
    damage_frames(path, (3, 4, 7))
    frames = list(open_video(path).frames)
    assert levels(frames) == [0, 1, 2, None, None, 5, 6, None, 8, 9]
    np.testing.assert_allclose([s for _, s, _ in frames], np.arange(10) / 20, atol=1e-6)
    assert capfd.readouterr() == ("", "")


def test_a_video_whose_first_frames_are_broken(tmp_path):
    path = write_video(tmp_path / "film.avi")
    damage_frames(path, (0, 1))
    assert levels(open_video(path).frames) == [None, None, *range(2, 10)]


def test_a_file_that_is_cut_off_ends_before_its_header_says(tmp_path):
    path = write_video(tmp_path / "film.avi", 60)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    source = open_video(path)
    frames = list(source.frames)
    assert source.n_frames == 60 and 4 < len(frames) < 60
    assert [index for index, _, _ in frames] == list(range(len(frames)))
    assert all(frame is not None for _, _, frame in frames)
    assert source.ends_early(*frames[-1][:2])


def test_many_broken_frames_do_not_end_a_video_whose_length_is_known(tmp_path):
    path = write_video(tmp_path / "film.avi", 40)
    damage_frames(path, tuple(range(5, 35)))
    broken = [frame is None for _, _, frame in open_video(path).frames]
    assert broken == [False] * 5 + [True] * 30 + [False] * 5


class Stamped:
    """In place of `cv2`: a capture with given time stamps (ms), fps and length."""

    CAP_PROP_FPS, CAP_PROP_FRAME_COUNT, CAP_PROP_POS_MSEC = 5, 7, 0

    def __init__(self, stamps, fps, count):
        self.stamps, self.values, self.at = stamps, {5: fps, 7: count}, -1

    def VideoCapture(self, path):  # noqa: N802
        return self

    def isOpened(self):  # noqa: N802
        return True

    def get(self, key):
        return self.stamps[self.at] if key == 0 else self.values[key]

    def read(self):
        self.at += 1
        whole = self.at < len(self.stamps)
        return whole, picture(9) if whole else None

    def release(self):
        pass


@pytest.mark.parametrize(
    ("stamps", "fps", "count", "seconds"),
    [
        ([0, 0, 0, 0], 10.0, 4, [0, 0.1, 0.2, 0.3]),
        ([0, 500, 200, 700], 10.0, 4, [0, 0.5, 0.6, 0.7]),
        ([40, 80, 300, 340], 25.0, 4, [0.04, 0.08, 0.3, 0.34]),
        ([0, 0, 0], 0.0, -5, [0, 1 / USUAL_FPS, 2 / USUAL_FPS]),
        ([0, 0], float("nan"), float("nan"), [0, 1 / USUAL_FPS]),
        ([0, 0], 90000.0, 1e18, [0, 1 / USUAL_FPS]),
    ],
    ids=["none", "falling", "uneven", "no header", "NaN", "beyond measure"],
)
def test_seconds_rise_whatever_the_file_says(tmp_path, monkeypatch, stamps, fps, count, seconds):
    (tmp_path / "film.avi").write_bytes(b"RIFF")
    monkeypatch.setattr(
        src.video.opencv_source, "load_opencv", lambda purpose: Stamped(stamps, fps, count)
    )
    source = open_video(tmp_path / "film.avi")
    assert source.n_frames == (4 if count == 4 else None)
    np.testing.assert_allclose([s for _, s, _ in source.frames], seconds)


def test_a_header_may_promise_anything(tmp_path, monkeypatch):
    (tmp_path / "film.avi").write_bytes(b"RIFF")
    fake = Stamped([0, 100, 200], 10.0, 10**9)
    monkeypatch.setattr(src.video.opencv_source, "load_opencv", lambda purpose: fake)
    assert len(list(open_video(tmp_path / "film.avi").frames)) == 3
    assert fake.at < 2000


def test_an_estimated_length_is_judged_by_the_time():
    source = make_source([], n_frames=1000, fps=100.0)
    assert not source.ends_early(299, 9.99) and not source.ends_early(999, 3.0)
    assert source.ends_early(299, 5.0)
    assert not make_source([]).ends_early(3, 0.3)


@pytest.mark.parametrize(
    ("data", "told"),
    [(None, "no such video file"), (b"", "empty"), (b"no video" * 99, "not a video")],
)
def test_what_is_no_video_is_told(tmp_path, capfd, data, told):
    path = tmp_path / "film.mp4"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(UserError, match=rf"^{re.escape(str(path))}: .*{told}"):
        open_video(path)
    assert capfd.readouterr() == ("", "")


def test_an_unknown_codec_is_told(tmp_path):
    path = write_video(tmp_path / "film.avi")
    path.write_bytes(path.read_bytes().replace(b"MJPG", b"QQQQ"))
    with pytest.raises(UserError, match="unknown codec"):
        open_video(path)


def test_a_video_without_frames_gives_none(tmp_path):
    path = write_video(tmp_path / "film.avi", 3)
    damage_frames(path, (0, 1, 2))
    assert list(open_video(path).frames) == []


def test_without_opencv_the_package_is_named(tmp_path, monkeypatch):
    path = write_video(tmp_path / "film.avi", 2)
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(UserError, match="pip install opencv-python-headless"):
        open_video(path)
    with pytest.raises(UserError, match=r"camera:0: .*pip install opencv-python-headless"):
        open_camera(0)


@pytest.fixture
def camera(monkeypatch):
    def plug_in(n_frames, **options):
        fake = FakeCamera(n_frames, **options)
        monkeypatch.setattr(src.video.opencv_source, "load_opencv", lambda purpose: fake)
        return fake

    return plug_in


def test_a_camera_gives_fresh_frames_by_the_clock(camera):
    fake, ticks = camera(20), iter([100.0, 100.5, 100.75, *range(101, 140)])
    source = open_camera(3, clock=lambda: next(ticks))
    assert fake.number == 3 and source.live and source.n_frames is None
    assert (source.place, source.fps) == ("camera:3", 15.0)
    assert re.fullmatch(r"camera3_\d{8}-\d{6}", source.name)
    seen = [next(source.frames) for _ in range(3)]
    # one to see whether it gives pictures, five that the driver held ready
    assert [int(frame[0, 0, 0]) for _, _, frame in seen] == [7, 8, 9]
    assert [(index, seconds) for index, seconds, _ in seen] == [(0, 0.0), (1, 0.5), (2, 0.75)]
    source.frames.close()
    assert fake.released


def test_a_camera_that_is_pulled_out_ends(camera):
    camera(10)
    assert [frame is not None for _, _, frame in open_camera(0).frames] == [True] * 4


def test_a_read_that_fails_before_others_is_a_broken_frame(camera):
    pictures = [*[picture(1)] * 6, picture(7), None, None, picture(9)]
    camera(len(pictures), pictures=pictures)
    ticks = iter(range(10, 40))
    seen = list(open_camera(0, clock=lambda: next(ticks)).frames)
    assert [(index, seconds) for index, seconds, _ in seen] == [(0, 0), (1, 1), (2, 2), (3, 3)]
    assert [frame is not None for _, _, frame in seen] == [True, False, False, True]


@pytest.mark.parametrize("fake", [{"n_frames": 0}, {"n_frames": 9, "opens": False}])
def test_an_absent_camera_is_told(camera, fake):
    camera(**fake)
    with pytest.raises(UserError, match=r"^camera:4: there is no such camera"):
        open_camera(4)


def test_frames_are_not_kept(tmp_path):
    source = open_video(write_video(tmp_path / "film.avi", 6))
    kept = [weakref.ref(frame) for _, _, frame in source.frames]
    gc.collect()
    assert len(kept) == 6
    assert sum(reference() is not None for reference in kept) <= 1
