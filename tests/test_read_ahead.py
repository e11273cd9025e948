import threading
from pathlib import Path

import pytest

from src.errors import UserError
from src.read_ahead import read_ahead

PATHS = [Path(f"{number}.jpg") for number in range(5)]


def test_frames_come_in_order_from_another_thread():
    readers = set()

    def read(path):
        readers.add(threading.get_ident())
        return path.stem

    with read_ahead(read, PATHS) as frames:
        assert list(frames) == ["0", "1", "2", "3", "4"]
    assert readers and threading.get_ident() not in readers


def test_one_frame_is_read_while_another_is_in_use():
    done = [threading.Event() for _ in PATHS]

    def read(path):
        done[int(path.stem)].set()
        return path

    with read_ahead(read, PATHS) as frames:
        assert not done[0].is_set()
        next(frames)
        assert done[1].wait(timeout=10)
        assert not done[2].is_set()


def test_an_unreadable_frame_is_told_when_it_is_its_turn():
    def read(path):
        if path.stem == "2":
            raise UserError("2.jpg: is no image")
        return path

    with read_ahead(read, PATHS) as frames:
        assert [next(frames), next(frames)] == PATHS[:2]
        with pytest.raises(UserError, match=r"2\.jpg"):
            next(frames)


def test_no_thread_is_left_when_the_block_is_broken_off():
    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt), read_ahead(str, PATHS) as frames:
        next(frames)
        raise KeyboardInterrupt
    assert threading.active_count() == before
