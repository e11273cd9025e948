import pytest

from src.base.errors import UserError
from src.datasets.natural_order import natural_key
from src.datasets.numbered_frames import consecutive_frames, frames_between, numbered_frames
from tests.support.helpers import touch_frames


def test_frames_by_their_numbers(tmp_path):
    touch_frames(tmp_path, [9, 10, 2], digits=1)
    touch_frames(tmp_path, [11], digits=4)
    for name in ("._3.jpg", "cover.jpg", "4.txt", "frame5.jpg", "6.7.jpg"):
        (tmp_path / name).write_bytes(b"-")
    (tmp_path / "12.PNG").write_bytes(b"-")
    frames = numbered_frames(tmp_path)
    assert list(frames) == [2, 9, 10, 11, 12]
    assert [frames[number].name for number in (2, 11, 12)] == ["2.jpg", "0011.jpg", "12.PNG"]


def test_frames_from_first_to_last(tmp_path):
    touch_frames(tmp_path, range(3, 8))
    frames = numbered_frames(tmp_path)
    assert consecutive_frames(tmp_path) == list(frames.values())
    chosen = frames_between(tmp_path, frames, 4, 6, tmp_path / "gt.txt")
    assert [frame.name for frame in chosen] == ["0004.jpg", "0005.jpg", "0006.jpg"]
    with pytest.raises(UserError, match=r"gt\.txt, row 5: labels frame 8, which is not in"):
        frames_between(tmp_path, frames, 4, 9, tmp_path / "gt.txt")


def test_names_in_natural_order():
    names = ["cup-10", "cup-9", "Cup-1", "cup-09"]
    assert sorted(names, key=natural_key) == ["Cup-1", "cup-09", "cup-9", "cup-10"]
