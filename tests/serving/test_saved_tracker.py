from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pytest
import tensorflow as tf

from src.network.siamese import build_network
from src.serving.saved_model import DRAWN, named_leaves, save_tracker, told_leaves
from src.tracking.graph_tracker import BOX, FRAME
from src.tracking.loading import make_tracker
from src.tracking.state import Found
from tests.support.parameter_files import TINY, load_design, load_hyperparams


class Inner(NamedTuple):
    first: object
    second: object


class Outer(NamedTuple):
    plain: object
    levels: tuple
    nothing: tuple
    inner: Inner


def test_leaves_have_names_in_the_order_of_flattening():
    record = Outer(1, (2, 3), (), Inner(4, (5, 6)))
    named = named_leaves(record, "state_")
    assert list(named.values()) == tf.nest.flatten(record) == [1, 2, 3, 4, 5, 6]
    assert list(named) == [
        "state_plain",
        "state_levels_0",
        "state_levels_1",
        "state_inner_0",
        "state_inner_1",
        "state_inner_2",
    ]


def test_exports_tell_all_that_was_found_but_what_pictures_show():
    found = Found(*range(1, 8), filter_response=8)
    told = told_leaves(found)
    assert list(told.values()) == [1, 2, 3, 4, 5, 6, 7]
    assert set(named_leaves(found)) - set(told) == {DRAWN}


class CountState(NamedTuple):
    frames: tf.Tensor
    history: tuple[tf.Tensor, tf.Tensor]
    is_young: tf.Tensor


class CountFound(NamedTuple):
    box_ltwh: tf.Tensor
    lost: tf.Tensor
    confidence: tf.Tensor


def counting_tracker():
    """A tracker with state and findings of its own: counts frames, knows the last two widths."""
    weight = tf.Variable(0.25)

    def start(frame, box_ltwh):
        width = tf.shape(frame)[1]
        return CountState(tf.constant(1), (width, tf.constant(0)), tf.constant(True))

    def advance(frame, state):
        frames, history = state.frames + 1, (tf.shape(frame)[1], state.history[0])
        found = CountFound(tf.zeros([4]) + weight, frames > 2, tf.constant(0.5))
        return CountState(frames, history, frames < 3), found

    state = CountState(
        tf.TensorSpec([], tf.int32),
        (tf.TensorSpec([], tf.int32), tf.TensorSpec([], tf.int32)),
        tf.TensorSpec([], tf.bool),
    )
    return SimpleNamespace(
        network=SimpleNamespace(weights=[SimpleNamespace(value=weight)]),
        start=tf.function(start, input_signature=[FRAME, BOX]),
        advance=tf.function(advance, input_signature=[FRAME, state]),
    )


def test_whatever_fields_a_tracker_has_are_saved(tmp_path):
    functions = save_tracker(counting_tracker(), tmp_path / "model")
    assert set(functions) == {"init", "update"}
    signatures = tf.saved_model.load(str(tmp_path / "model")).signatures
    frame = np.zeros([6, 9, 3], np.uint8)
    state = signatures["init"](frame=frame, box_ltwh=np.zeros(4, np.float32))
    assert {name: value.numpy() for name, value in state.items()} == {
        "state_frames": 1,
        "state_history_0": 9,
        "state_history_1": 0,
        "state_is_young": True,
    }
    lost = []
    for width in (5, 7):
        found = signatures["update"](frame=np.zeros([6, width, 3], np.uint8), **state)
        state = {name: found[name] for name in state}
        lost.append(bool(found["lost"]))
    assert set(found) == {*state, "box_ltwh", "lost", "confidence"}
    assert lost == [False, True]
    assert {name: int(value) for name, value in state.items()} == {
        "state_frames": 3,
        "state_history_0": 7,
        "state_history_1": 5,
        "state_is_young": False,
    }
    np.testing.assert_array_equal(found["box_ltwh"], np.full(4, 0.25))


def test_a_saved_tracker_tracks_as_it_did(tmp_path):
    design = load_design(**TINY, filter_groups=[1, 2, 1, 2, 2])
    tracker = make_tracker(build_network(design, 2), design, load_hyperparams(z_lr=0.25))
    save_tracker(tracker, tmp_path / "model")
    signatures = tf.saved_model.load(str(tmp_path / "model")).signatures
    rng, box = np.random.default_rng(1), np.array([40.0, 30.0, 30.0, 20.0], np.float32)
    frames = [
        rng.integers(0, 256, (height, width, 3)).astype(np.uint8)
        for height, width in ((90, 120), (90, 120), (91, 133), (60, 200))
    ]
    tracker.init(frames[0], box)
    state = signatures["init"](frame=frames[0], box_ltwh=box)
    for frame in frames[1:]:
        expected, found = tracker.update(frame), signatures["update"](frame=frame, **state)
        state = {name: found[name] for name in state}
        np.testing.assert_allclose(found["box_ltwh"], expected.box_ltwh, atol=1e-3)
        np.testing.assert_allclose(found["response"], expected.response, atol=1e-5)
        assert float(found["score"]) == pytest.approx(expected.score, rel=1e-4)
