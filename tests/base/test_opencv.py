import sys

import pytest

from src.base.errors import UserError
from src.base.imports import load_opencv


def test_without_opencv_the_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(UserError, match=r"^film\.mp4: .*pip install opencv-python-headless"):
        load_opencv("film.mp4")


def test_opencv_is_silent_about_what_it_cannot_read(tmp_path, capfd):
    (tmp_path / "film1.mp4").write_text("no video" * 100)
    cv2 = load_opencv("film1.mp4")
    assert not cv2.VideoCapture(str(tmp_path / "film1.mp4")).isOpened()
    assert not cv2.VideoCapture(97).isOpened()
    assert capfd.readouterr() == ("", "")
