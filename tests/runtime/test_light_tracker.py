import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from src.base.errors import UserError
from src.runtime.exports import read_export
from src.runtime.interpreters import Graphs, usual_threads
from src.runtime.light_tracker import LightTracker
from tests.support.embedded_clips import clip_of

FRAMES = 8


@pytest.fixture(scope="module")
def clip():
    """Frames of a clip, and the first box."""
    return clip_of("test_000_occlusion_distractor", FRAMES)


def light(**options):
    return LightTracker(read_export(None), **options)


def boxes_of(tracker, clip):
    frames, box_ltwh = clip
    tracker.init(frames[0], box_ltwh)
    return np.array([tracker.update(frame).box_ltwh for frame in frames[1:]])


@pytest.fixture(scope="module")
def alone(clip):
    return boxes_of(light(threads=1), clip)


def test_it_follows_the_target(clip, alone):
    frames, box_ltwh = clip
    tracker = light(threads=1)
    tracker.init(frames[0], box_ltwh)
    found = tracker.update(frames[1])
    assert found.box_ltwh.shape == (4,) and found.box_ltwh.dtype == np.float64
    assert 0.9 < found.confidence <= 1 and not found.lost
    np.testing.assert_allclose(found.box_ltwh, alone[0])
    np.testing.assert_allclose(found.box_ltwh, box_ltwh, atol=8)


def test_targets_beside_each_other_are_found_as_alone(clip, alone):
    frames, box_ltwh = clip
    other = np.array([20.0, 30.0, 40.0, 30.0])
    tracker = light(threads=1, several=True)
    tracker.init(frames[0], np.array([box_ltwh, other]))
    for frame, expected in zip(frames[1:], alone, strict=True):
        first, second = tracker.update(frame)
        np.testing.assert_array_equal(first.box_ltwh, expected)
        assert not np.array_equal(second.box_ltwh, expected)


def test_a_new_track_forgets_the_last_one(clip, alone):
    tracker = light(threads=1)
    boxes_of(tracker, clip)
    np.testing.assert_array_equal(boxes_of(tracker, clip), alone)


def test_two_trackers_in_two_threads_do_not_disturb_each_other(clip, alone):
    trackers = [light(threads=1) for _ in range(2)]
    with ThreadPoolExecutor(2) as threads:
        for boxes in threads.map(lambda tracker: boxes_of(tracker, clip), trackers):
            np.testing.assert_array_equal(boxes, alone)


# the child would wait for ever for threads that it does not have
FORKED = """
import os

import numpy as np

from src.light import Tracker
from tests.support.embedded_clips import clip_of

frames, box_ltwh = clip_of("test_000_occlusion_distractor", 3)
tracker = Tracker.load(threads=2)
tracker.init(frames[0], box_ltwh)
tracker.update(frames[1])
child = os.fork()
box = tracker.update(frames[2]).box
if child:
    _, status = os.waitpid(child, 0)
    box = np.append(box, os.waitstatus_to_exitcode(status))
print(*box, flush=True)
os._exit(0)
"""


def test_it_goes_on_after_a_fork(run_python, alone):
    done = run_python(FORKED)
    child, parent = (np.array(line.split(), float) for line in done.stdout.splitlines())
    np.testing.assert_allclose(child, alone[1], atol=1e-3)
    np.testing.assert_allclose(parent, [*alone[1], 0], atol=1e-3)


def test_threads_are_as_many_as_cores_but_at_most_four():
    assert 1 <= usual_threads() <= 4


def test_without_litert(monkeypatch):
    for name in ("ai_edge_litert", "ai_edge_litert.interpreter"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(UserError, match=r"LiteRT is not installed .*requirements-light\.txt"):
        light()


def test_graphs_take_what_they_need_of_many_arrays():
    graphs = Graphs(read_export(None).tracker, 1)
    known = {"box_ltwh": np.float32([[10, 20, 30, 40]]), "other": np.zeros(3)}
    areas = graphs("start", known)
    assert graphs.input_shape("start", "box_ltwh") == (1, 4)
    # (30 + 35) (40 + 35) is the square of the area of the exemplar without surroundings
    side = np.sqrt(65 * 75)
    np.testing.assert_allclose(areas["area_search"], [[25, 40, side * 257 / 127]], rtol=1e-5)
    scales = np.array([1 / 1.04, 1, 1.04])
    np.testing.assert_allclose(areas["area_exemplar"][:, 2], side * 193 / 127 / scales, rtol=1e-5)
