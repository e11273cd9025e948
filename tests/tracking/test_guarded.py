"""A tracker in a process of its own: the same results, and an end to one that hangs or dies."""

import functools
import multiprocessing

import numpy as np
import pytest

from src.base.errors import UserError
from src.tracking.guarded import GuardedTracker
from tests.support.patience import PATIENCE
from tests.support.peers import Peer

BOX = np.array([7.0, 8.0, 9.0, 10.0])


def guarded(seconds=PATIENCE, **trouble):
    return GuardedTracker(functools.partial(Peer, **trouble), seconds)


def frame(value, height=20, width=30):
    return np.full((height, width, 3), value, np.uint8)


def test_results_are_those_of_the_tracker_whatever_the_sizes_of_the_frames():
    with guarded() as tracker:
        assert tracker.description == "a peer"
        tracker.init(frame(0), BOX)
        results = [tracker.update(frame(5)), tracker.update(frame(200, 400, 300))]
        results.append(tracker.update(frame(3, 10, 10)))
        boxes = [result.box_ltwh.tolist() for result in results]
        assert boxes == [[5, 7, 30, 20], [200, 7, 300, 400], [3, 7, 10, 10]]
        assert [result.lost for result in results] == [False, False, True]
        # another video
        tracker.init(frame(0), BOX + 1)
        view = np.arange(1200, dtype=np.uint8).reshape(20, 60)[:, ::2]
        strided = np.stack([view] * 3, axis=-1)[::-1]
        assert tracker.update(strided).box_ltwh.tolist()[:2] == [view.mean(), 8.0]
    assert not multiprocessing.active_children()


@pytest.mark.parametrize("at", [0, 1])
def test_a_tracker_that_hangs_is_ended(at):
    told = "0.5 s, 1 frames after its start" if at else "0.5 s, at its start"
    tracker = guarded(seconds=0.5, trouble="hangs", at=at)
    with tracker, pytest.raises(UserError, match=rf"has not answered for {told}, and was ended"):
        tracker.init(frame(0), BOX)
        tracker.update(frame(1))
    assert not multiprocessing.active_children()


def test_a_tracker_that_crashes_is_told():
    with guarded(trouble="dies", at=2) as tracker:
        tracker.init(frame(0), BOX)
        tracker.update(frame(1))
        with pytest.raises(UserError, match=r"2 frames after its start \(exit code -11\); run"):
            tracker.update(frame(1))
        with pytest.raises(UserError, match="ended by itself"):
            tracker.update(frame(1))


def test_a_mistake_of_the_program_ends_its_process_and_is_no_loss(capfd):
    told = r"ended by itself, at its start \(exit code 1\)"
    with guarded(trouble="breaks", at=0) as tracker, pytest.raises(UserError, match=told):
        tracker.init(frame(0), BOX)
    assert "RuntimeError: a mistake of the program" in capfd.readouterr().err


def test_what_a_tracker_tells_is_told_here_and_it_goes_on():
    with guarded(trouble="told") as tracker:
        tracker.init(frame(0), BOX)
        with pytest.raises(UserError, match=r"^its network is of another version$"):
            tracker.update(frame(1))
        assert tracker.update(frame(4)).box_ltwh[0] == 4
    with pytest.raises(UserError, match=r"^cannot be made$"):
        guarded(trouble="not made")
    assert not multiprocessing.active_children()
