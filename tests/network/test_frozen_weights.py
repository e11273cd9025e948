"""Constants in place of variables change nothing but what later changes of weights do."""

import functools

import numpy as np
import pytest
import tensorflow as tf

from src.network.frozen_weights import frozen, read
from src.network.siamese import build_network
from src.tracking.loading import make_tracker
from tests.support.parameter_files import TINY, load_design, load_hyperparams
from tests.support.tflite_networks import SMALL_LITE

FRAMES = np.random.default_rng(0).integers(0, 256, (4, 90, 120, 3)).astype(np.uint8)
BOX = np.array([40.0, 30.0, 30.0, 20.0])


def updates(tracker):
    tracker.init(FRAMES[0], BOX)
    return [tracker.update(frame) for frame in FRAMES[1:]]


def test_a_value_is_that_of_the_moment_the_block_began():
    weight = tf.keras.Variable([1.0, 2.0])
    with frozen([weight]):
        weight.assign([5.0, 6.0])
        assert read(weight).numpy().tolist() == [1, 2]
    assert read(weight).numpy().tolist() == [5, 6]


SMALLER = {
    "design": TINY,
    "design_alexnet_v1": {"filter_num": [8, 16, 16, 16, 16]},
    "design_efficientnet_lite0": SMALL_LITE,
}


@functools.cache
def trackers_of(name):
    """Around one network: a tracker of variable weights, and one of constants."""
    design = load_design(name, **SMALLER[name])
    network, hp = build_network(design, seed=3), load_hyperparams(z_lr=0.1)
    return [make_tracker(network, design, hp, constant) for constant in (False, True)]


@pytest.mark.parametrize("name", SMALLER)
def test_a_tracker_of_constant_weights_finds_what_the_other_finds(name):
    for ours, theirs in zip(*map(updates, trackers_of(name)), strict=True):
        np.testing.assert_allclose(ours.box_ltwh, theirs.box_ltwh, atol=1e-3)
        np.testing.assert_allclose(ours.response, theirs.response, atol=1e-4)
        assert ours.score == pytest.approx(theirs.score, rel=1e-3, abs=1e-4)


def test_only_a_tracker_of_variable_weights_follows_its_weights():
    for constant, tracker in enumerate(trackers_of("design")):
        tracker.init(FRAMES[0], BOX)
        state = tracker.state
        before = tracker.update(FRAMES[1]).score
        kernel = tracker.network.backbone.conv5.convolution.kernel
        kernel.assign(2 * kernel)
        tracker.state = state
        after = tracker.update(FRAMES[1]).score
        kernel.assign(kernel / 2)
        assert (after == before) == bool(constant)


def test_a_graph_of_constants_holds_no_variable():
    graphs = [each.advance.get_concrete_function().graph for each in trackers_of("design")]
    assert [bool(graph.variables) for graph in graphs] == [True, False]
