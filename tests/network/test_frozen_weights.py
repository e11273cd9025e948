"""Constants in place of variables change nothing but what later changes of weights do."""

import numpy as np
import pytest
import tensorflow as tf

from src.network.frozen_weights import frozen, read
from src.network.siamese import build_network
from src.tracking.loading import make_tracker
from tests.support.parameter_files import TINY, load_design, load_hyperparams

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


@pytest.mark.parametrize("name", ["design", "design_alexnet_v1", "design_efficientnet_lite0"])
def test_a_tracker_of_constant_weights_finds_what_the_other_finds(name):
    design = load_design(name, **(TINY if name == "design" else {}))
    network, hp = build_network(design, seed=3), load_hyperparams(z_lr=0.1)
    trackers = [make_tracker(network, design, hp, constant) for constant in (False, True)]
    for ours, theirs in zip(*map(updates, trackers), strict=True):
        np.testing.assert_allclose(ours.box_ltwh, theirs.box_ltwh, atol=1e-3)
        np.testing.assert_allclose(ours.response, theirs.response, atol=1e-4)
        assert ours.score == pytest.approx(theirs.score, rel=1e-3, abs=1e-4)


def test_only_a_tracker_of_variable_weights_follows_its_weights():
    design = load_design(**TINY)
    for constant in (True, False):
        network = build_network(design, seed=3)
        tracker = make_tracker(network, design, load_hyperparams(), constant)
        tracker.init(FRAMES[0], BOX)
        state = tracker.state
        before = tracker.update(FRAMES[1]).score
        kernel = network.backbone.conv5.convolution.kernel
        kernel.assign(2 * kernel)
        tracker.state = state
        assert (tracker.update(FRAMES[1]).score == before) == constant


@pytest.mark.parametrize("constant", [False, True])
def test_a_graph_of_constants_holds_no_variable(constant):
    design = load_design(**TINY)
    tracker = make_tracker(build_network(design, seed=3), design, load_hyperparams(), constant)
    graph = tracker.advance.get_concrete_function().graph
    assert bool(graph.variables) != constant
