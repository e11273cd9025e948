"""The loop over a source's frames: rows, viewers, and the ways it ends."""

import math
import os
import signal
import threading
from types import SimpleNamespace

import numpy as np
import pytest

from src.base.errors import Terminated, UserError
from src.own_video.results import FrameRows
from src.own_video.run import OwnTrack, Viewers
from src.own_video.source import find_start
from tests.support.own_videos import Wanderer, make_source, picture
from tests.support.patience import PATIENCE

BOX = [10, 8, 20, 16]


class FakeVideo:
    def __init__(self):
        self.seconds = []

    def write(self, seconds, picture):
        self.seconds.append(seconds)


class FakeWindow:
    """Is closed by the user after some frames."""

    def __init__(self, close_after=10**6):
        self.captions, self.close_after = [], close_after

    @property
    def closed(self):
        return len(self.captions) >= self.close_after

    def show(self, frame, box_ltwh, truth_ltwh, caption):
        assert truth_ltwh is None
        self.captions.append(caption)


def run(source, tracker, viewers=None, start_frame=0, ticks=None):
    rows = FrameRows()
    clock = {"clock": lambda: next(ticks)} if ticks else {}
    start = find_start(source, start_frame, BOX)
    ended, stop = OwnTrack(tracker, rows, viewers or Viewers(), **clock).run(source, start)
    return ended, stop, rows


def frames(n):
    return [picture(k) for k in range(n)]


def test_each_frame_gets_its_row_and_broken_ones_an_empty_row():
    pictures = frames(6)
    pictures[3] = None
    ended, stop, rows = run(make_source(pictures), Wanderer(), start_frame=1)
    assert (ended, stop) == ("end", None)
    table = rows.table()
    np.testing.assert_array_equal(table[:, 0], [1, 2, 3, 4, 5])
    np.testing.assert_allclose(table[:, 1], [0.1, 0.2, 0.3, 0.4, 0.5])
    np.testing.assert_array_equal(table[:, 2], [10, 11, math.nan, 12, 13])
    np.testing.assert_array_equal(table[:, 6], [math.nan, 2.5, math.nan, 2.5, 2.5])
    np.testing.assert_array_equal(table[:, 7], [1, 0.75, math.nan, 0.75, 0.75])
    assert np.isnan(table[2, 2:]).all()


def test_lost_is_kept():
    _, _, rows = run(make_source(frames(9)), Wanderer())
    np.testing.assert_array_equal(rows.table()[:, 8], [0, 0, 0, 0, 1, 0, 0, 0, 1])


def test_tracking_and_reading_are_timed_apart():
    # the start frame is at hand, init 1...3; reading 10...14, update 20...28; no frame is left
    ticks = iter([0, 0, 1, 3, 10, 14, 20, 28, 30, 30])
    _, _, rows = run(make_source(frames(2)), Wanderer(), ticks=ticks)
    np.testing.assert_array_equal(rows.table()[:, 9], [2, 8])
    assert rows.table()[1, 10] == 4


@pytest.mark.parametrize("stop", [KeyboardInterrupt, Terminated])
def test_an_interruption_keeps_what_was_tracked(stop):
    ended, raised, rows = run(make_source(frames(9)), Wanderer(stop_at=4, stop=stop))
    assert ended == "interrupted" and isinstance(raised, stop)
    np.testing.assert_array_equal(rows.table()[:, 0], [0, 1, 2, 3])


def test_a_frame_is_read_while_the_one_before_it_is_tracked():
    read, readers = [threading.Event() for _ in range(5)], []

    def reading():
        for number, frame in enumerate(frames(5)):
            read[number].set()
            readers.append(threading.get_ident())
            yield frame

    class Waiting(Wanderer):
        def update(self, frame):
            number = int(frame[0, 0, 0])
            assert all(event.wait(timeout=PATIENCE) for event in read[: number + 2])
            assert not any(event.is_set() for event in read[number + 2 :])
            return super().update(frame)

    assert run(make_source(reading()), Waiting())[0] == "end"
    # the start frame is read before the track
    assert readers[0] == threading.get_ident()
    assert len(set(readers[1:])) == 1 and threading.get_ident() not in readers[1:]


def test_a_cameras_frame_is_taken_when_the_one_before_it_is_tracked():
    tracker, updates_before = Wanderer(), []

    def reading():
        for frame in frames(5):
            updates_before.append(tracker.updates)
            assert threading.current_thread() is threading.main_thread()
            yield frame

    assert run(make_source(reading(), live=True), tracker)[0] == "end"
    assert updates_before == [0, 0, 1, 2, 3]


@pytest.mark.parametrize("live", [False, True])
def test_an_error_in_reading_is_told_when_the_frames_before_it_are_tracked(live):
    threads = []

    def reading():
        yield from frames(4)
        threads.append(threading.current_thread())
        raise UserError("film: the disk is gone")

    tracker = Wanderer()
    with pytest.raises(UserError, match=r"^film: the disk is gone$"):
        run(make_source(reading(), live=live), tracker)
    assert tracker.updates == 3
    assert (threads[0] is threading.main_thread()) == threads[0].is_alive() == live


def test_an_interruption_while_the_tracker_waits_for_a_frame():
    shown, threads = threading.Event(), []
    kept = signal.signal(signal.SIGINT, signal.default_int_handler)

    def reading():
        yield from frames(3)
        threads.append(threading.current_thread())
        assert shown.wait(10)
        os.kill(os.getpid(), signal.SIGINT)
        yield from frames(3)

    class Window(FakeWindow):
        def show(self, *args):
            super().show(*args)
            if len(self.captions) == 3:
                shown.set()

    viewers = Viewers(window=Window())
    try:
        ended, stop, rows = run(make_source(reading()), Wanderer(), viewers)
    finally:
        signal.signal(signal.SIGINT, kept)
    assert ended == "interrupted" and isinstance(stop, KeyboardInterrupt)
    np.testing.assert_array_equal(rows.table()[:, 0], [0, 1, 2])
    assert not threads[0].is_alive()


def test_an_interruption_before_the_first_box_is_only_that():
    def interrupt(frame, box_ltwh):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(make_source(frames(3)), SimpleNamespace(init=interrupt))


def test_closing_the_window_ends_a_camera_but_not_a_video():
    for after in (1, 3):
        viewers = Viewers(window=FakeWindow(close_after=after))
        ended, stop, rows = run(make_source(frames(9), live=True), Wanderer(), viewers)
        assert (ended, stop, len(rows.table())) == ("closed", None, after)
    viewers = Viewers(window=FakeWindow(close_after=3))
    ended, _, rows = run(make_source(frames(9)), Wanderer(), viewers)
    assert (ended, len(rows.table())) == ("end", 9)


@pytest.mark.parametrize(("n_frames", "how"), [(5, "end"), (6, "early"), (None, "end")])
def test_a_video_that_ends_before_its_header_says(n_frames, how):
    assert run(make_source(frames(5), n_frames=n_frames), Wanderer())[0] == how


def test_a_broken_last_image_is_no_early_end():
    assert run(make_source([*frames(4), None], n_frames=5), Wanderer())[0] == "end"


def test_viewers_see_all_whole_frames_with_their_captions():
    video, window = FakeVideo(), FakeWindow()
    source = make_source([*frames(4), None, picture(9)])
    run(source, Wanderer(), Viewers(video, window), start_frame=1)
    np.testing.assert_allclose(video.seconds, [0.1, 0.2, 0.3, 0.5])
    assert window.captions == [
        "frame 1  start",
        "frame 2  confidence 0.75",
        "frame 3  confidence 0.75",
        "frame 5  confidence 0.75",
    ]


def test_captions_tell_lost_targets_and_scores_where_there_is_no_confidence():
    window, tracker = FakeWindow(), Wanderer()
    run(make_source(frames(5)), tracker, Viewers(window=window))
    assert window.captions[4] == "frame 4  confidence 0.75  lost"
    window = FakeWindow()
    update = Wanderer.update

    class Unsure(Wanderer):
        def update(self, frame):
            result = update(self, frame)
            return type(result)(result.box_ltwh, 2.5, result.response, result.search_box_ltwh)

    run(make_source(frames(2)), Unsure(), Viewers(window=window))
    assert window.captions[1] == "frame 1  score 2.5"


def test_the_tracker_cannot_change_the_start_box():
    class Rude(Wanderer):
        def init(self, frame, box_ltwh):
            super().init(frame, box_ltwh)
            box_ltwh[:] = 0

    _, _, rows = run(make_source(frames(2)), Rude())
    np.testing.assert_array_equal(rows.table()[0, 2:6], BOX)
