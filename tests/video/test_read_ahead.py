import threading
import time
from pathlib import Path

import pytest

from src.base.errors import UserError
from src.video.sources import read_ahead
from tests.support.patience import PATIENCE

PATHS = [Path(f"{number}.jpg") for number in range(5)]


def test_frames_come_in_order_from_another_thread():
    readers = set()

    def read(path):
        readers.add(threading.get_ident())
        return path.stem

    with read_ahead(map(read, PATHS)) as frames:
        assert list(frames) == ["0", "1", "2", "3", "4"]
    assert readers and threading.get_ident() not in readers


def test_one_frame_is_read_while_another_is_in_use():
    done = [threading.Event() for _ in PATHS]

    def read(path):
        done[int(path.stem)].set()
        return path

    with read_ahead(map(read, PATHS)) as frames:
        assert not done[0].is_set()
        next(frames)
        assert done[1].wait(timeout=PATIENCE)
        assert not done[2].is_set()


def test_an_unreadable_frame_is_told_when_it_is_its_turn():
    def read(path):
        if path.stem == "2":
            raise UserError("2.jpg: is no image")
        return path

    with read_ahead(map(read, PATHS)) as frames:
        assert [next(frames), next(frames)] == PATHS[:2]
        with pytest.raises(UserError, match=r"2\.jpg"):
            next(frames)


def test_no_thread_is_left_when_the_block_is_broken_off():
    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt), read_ahead(map(str, PATHS)) as frames:
        next(frames)
        raise KeyboardInterrupt
    assert threading.active_count() == before


def test_no_frames_are_no_error():
    with read_ahead(iter(())) as frames:
        assert list(frames) == []


def test_the_frames_are_asked_for_by_one_thread_at_a_time():
    # two at once would be a ValueError of the generator
    def slow():
        for number in range(30):
            time.sleep(0.001)
            yield number

    source = slow()
    assert next(source) == 0
    with read_ahead(source) as frames:
        assert [next(frames) for _ in range(9)] == list(range(1, 10))
    assert next(source) == 11
