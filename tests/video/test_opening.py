"""Which reader a file gets, and what is told of OpenCV's mistakes."""

import sys

import pytest

from src.base.errors import UserError
from src.base.imports import load_pyav
from src.own_video.source import find_start
from src.video.opening import open_file
from tests.support.own_videos import make_source, picture, write_video
from tests.support.pyav_videos import write_film

REGION = (10, 8, 20, 16)


def test_pyav_reads_a_video_file_without_a_remark(tmp_path):
    source = open_file(write_film(tmp_path / "film.ts", options={"flags": "+ildct+ilme"}))
    assert source.remark == "" and source.n_frames == 8
    assert find_start(source, 0, REGION).frame[30:, 30:, 0].min() > 10


def test_without_pyav_opencv_reads_it_and_its_mistakes_are_told(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    source = open_file(write_video(tmp_path / "film.avi", 2))
    assert "interlaced" in source.remark and 'pip install "av>=18"' in source.remark
    assert len(list(source.frames)) == 2


def test_an_old_pyav_is_not_used(monkeypatch):
    monkeypatch.setattr(load_pyav(), "__version__", "17.1.0")
    assert load_pyav() is None


def test_a_video_that_opencv_cannot_decode_names_the_package(tmp_path, monkeypatch):
    path = write_film(tmp_path / "av1.mkv", 3, "libsvtav1", {"preset": "12"})
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(UserError, match=r"no frame that can be read.*pip install \"av>=18\""):
        find_start(open_file(path), 0, REGION)


def test_without_both_the_better_one_is_named(tmp_path, monkeypatch):
    path = write_video(tmp_path / "film.avi", 2)
    for module in ("av", "cv2"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(UserError, match=r"film\.avi: needs PyAV.*pip install \"av>=18\""):
        open_file(path)


def test_a_start_frame_of_one_colour_is_refused():
    blank = picture(0) * 0 + 16
    frames = [blank, blank, picture(40)]
    with pytest.raises(UserError, match=r"frame 0 has one colour all over.*start_frame"):
        find_start(make_source(frames), 0, REGION)
    assert find_start(make_source(frames), 2, REGION).index == 2
