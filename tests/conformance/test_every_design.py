"""Every shipped design goes all ways: a row that is forgotten is the name of a failing test.

The networks are narrower and shallower than shipped; methods, heads and keys are the same. Designs
whose values of the keys that a stage looks up are the same go through it once.
"""

import functools
import json
from typing import NamedTuple

import numpy as np
import pytest
import tensorflow as tf

from src.network.siamese import SiameseNetwork, build_network
from src.parameters.design import Design
from src.parameters.hyperparams import Hyperparams, TrackerHyperparams, has_filter
from src.parameters.method_checks import check_together
from src.parameters.network_arithmetic import score_sz
from src.parameters.parse_arguments import parse_arguments
from src.serving.saved_model import describe_export, save_tracker
from src.tracking.loading import make_tracker
from src.training.train_step import Learner, batch_spec
from src.tuning.search import search_space
from tests.support.light_exports import exported_and_read
from tests.support.parameter_files import FOLDER
from tests.support.tflite_networks import assert_both_files_compute_what_the_network_does

DESIGNS = sorted(path.stem for path in FOLDER.glob("design*.json"))
PAIRS = 2
SMALLER = {
    "alexnet": {"filter_num": [4, 8, 8, 8, 8]},
    "resnet": {
        "levels": [2, 3],
        "stage_blocks": [1, 1, 1, 1],
        "stem_filters": 2,
        "neck_channels": 8,
    },
    "efficientnet_lite": {
        "exemplar_sz": 33,
        "exemplar_margin": 16,
        "template_cells": 3,
        "search_sz": 97,
        "levels": [5],
        "score_sz": 5,
    },
}
SMALLER_FUSED = {
    "levels": [5, 4],
    "score_sz": 7,
    "head_channels": 8,
    "cosine_cells": 3,
    "frozen_blocks": 6,
}
BOXES = np.array([[40.0, 30.0, 30.0, 20.0], [60.0, 35.0, 24.0, 30.0]], np.float32)


class Shipped(NamedTuple):
    """A design with its hyper-parameters."""

    design: Design
    hp: Hyperparams
    network: SiameseNetwork


def arguments(name):
    """What a user types for a design and the hyper-parameters of its name."""
    hyperparams = name.replace("design", "hyperparams")
    if not (FOLDER / f"{hyperparams}.json").exists():
        hyperparams = "hyperparams"
    return ["--design", f"{name}.json", "--hyperparams", f"{hyperparams}.json"]


def smaller(name):
    """The same, and what makes the network small."""
    design = parse_arguments(arguments(name))[4]
    changes = SMALLER[design.backbone] | {"batch_size": PAIRS}
    if design.method == "siamrpn_fused":
        changes |= SMALLER_FUSED
    words = [f"design.{key}={json.dumps(value)}" for key, value in changes.items()]
    return arguments(name) + [part for word in words for part in ("--set", word)]


def one_of_each(*keys):
    """The first design of all that have the same values of these keys, its loss and filter."""
    first = {}
    for name in DESIGNS:
        hp, _, _, _, design = parse_arguments(arguments(name))
        values = design.model_dump() | {"loss": hp.loss, "filter": has_filter(hp)}
        first.setdefault(tuple(values[key] for key in keys), name)
    return pytest.mark.parametrize("name", first.values())


@functools.cache
def built(name):
    hp, _, _, _, design = parse_arguments(smaller(name))
    return Shipped(design, hp, build_network(design, 3))


@functools.cache
def tracker_of(name):
    design, hp, network = built(name)
    return make_tracker(network, design, hp)


def frames():
    rng = np.random.default_rng(1)
    sizes = ((90, 120), (91, 133), (60, 200))
    return [rng.integers(0, 256, (*size, 3)).astype(np.uint8) for size in sizes]


def random_batch(design, hp):
    """One batch as `batch_spec` says, every target in the middle."""
    spec, rng = batch_spec(design, hp, PAIRS), np.random.default_rng(0)
    batch = {key: tf.zeros(one.shape, one.dtype) for key, one in spec.items() if key != "video"}
    for key in ("z", "z_scaled", "x"):
        batch[key] = tf.constant(rng.uniform(0, 255, spec[key].shape), tf.float32)
    batch |= {"positive": tf.ones([PAIRS]), "target_sz_crop": tf.fill([PAIRS, 2], 50.0)}
    return batch | {"video": tf.constant([f"video {pair}" for pair in range(PAIRS)])}


@pytest.mark.parametrize("name", DESIGNS)
def test_it_is_parsed_as_shipped(name):
    hp, _, _, _, design = parse_arguments(arguments(name))
    assert design.score_sz == score_sz(design)
    assert not check_together(design, hp)


@one_of_each("backbone", "join_method", "score_scaling")
def test_its_network_is_built(name):
    design, _, network = built(name)
    kernels = [weight for weight in network.weights if weight.path.endswith("kernel")]
    assert kernels and all(len(kernel.shape) == 4 for kernel in kernels)
    assert network.built and score_sz(design) == design.score_sz


@one_of_each("method", "backbone", "join_method", "filter")
def test_it_tracks(name):
    tracker = tracker_of(name)
    tracker.init(frames()[0], BOXES[0])
    for frame in frames()[1:]:
        found = tracker.update(frame)
        assert np.isfinite([*found.box_ltwh, found.score, found.confidence]).all()
        assert (found.box_ltwh[2:] > 0).all()


@one_of_each("method", "filter")
def test_it_tracks_several_targets_as_it_would_one(name):
    design, hp, network = built(name)
    one, several = tracker_of(name), make_tracker(network, design, hp, targets=None)
    several.init(frames()[0], BOXES)
    one.init(frames()[0], BOXES[0])
    for frame in frames()[1:]:
        first, second = several.update(frame)
        np.testing.assert_allclose(first.box_ltwh, one.update(frame).box_ltwh, atol=1e-3)
        assert np.isfinite(second.box_ltwh).all()


@pytest.mark.parametrize("name", DESIGNS)
def test_its_search_space_holds_values_that_it_may_have(name):
    hp, _, _, _, design = parse_arguments(smaller(name))
    space = search_space(design, hp)
    assert set(space.keys) <= set(TrackerHyperparams.model_fields)
    ends = {key: (one.low, one.high) for key, one in (space.ranges | space.switched).items()}
    for key, values in {**ends, **space.choices}.items():
        for value in values:
            changed = Hyperparams.model_validate(hp.model_dump() | {key: value}, strict=False)
            assert not check_together(design, changed)


@one_of_each("method", "box_coding", "filter")
def test_its_saved_model_tracks_as_it_did(name, tmp_path):
    design, hp, _ = built(name)
    tracker = tracker_of(name)
    functions = save_tracker(tracker, tmp_path / "saved_model")
    scales = tracker.graph.near.scales.numpy()
    told = describe_export(tmp_path, design, hp, scales, "weights", functions)
    assert list(told["functions"]) == ["init", "update"]
    assert {key for key in told["functions"]["update"]["outputs"] if "state_" not in key} == {
        *("box_ltwh", "score", "response", "search_box_ltwh", "confidence", "lost", "evidence"),
    }
    signatures = tf.saved_model.load(str(tmp_path / "saved_model")).signatures
    tracker.init(frames()[0], BOXES[0])
    state = signatures["init"](frame=frames()[0], box_ltwh=BOXES[0])
    for frame in frames()[1:]:
        expected, found = tracker.update(frame), signatures["update"](frame=frame, **state)
        state = {key: found[key] for key in state}
        np.testing.assert_allclose(found["box_ltwh"], expected.box_ltwh, atol=1e-3)
        np.testing.assert_allclose(found["response"], expected.response, atol=1e-5)
        assert float(found["score"]) == pytest.approx(expected.score, rel=1e-4)


@one_of_each("method", "backbone", "join_method", "box_coding", "crop_alignment")
def test_its_light_export_tracks_as_it_did(name, tmp_path):
    tracker = tracker_of(name)
    light = exported_and_read(tracker, tmp_path)
    tracker.init(frames()[0], BOXES[0])
    light.init(frames()[0], BOXES[0])
    for frame in frames()[1:]:
        expected, found = tracker.update(frame), light.update(frame)
        np.testing.assert_allclose(found.box_ltwh, expected.box_ltwh, atol=1e-2)
        np.testing.assert_allclose(found.search_box_ltwh, expected.search_box_ltwh, atol=1e-2)
        np.testing.assert_allclose(found.response, expected.response, atol=1e-4)
        assert float(found.score) == pytest.approx(expected.score, rel=1e-3)
        assert found.confidence == pytest.approx(expected.confidence, abs=1e-3)


@one_of_each("backbone", "join_method")
def test_its_tflite_files_compute_what_the_network_does(name, tmp_path):
    design, _, network = built(name)
    scale_num = len(tracker_of(name).graph.near.scales)
    assert_both_files_compute_what_the_network_does(network, design, scale_num, tmp_path)


@one_of_each("method", "backbone", "join_method", "loss")
def test_it_learns_for_a_step(name):
    design, hp, network = built(name)
    learner = Learner(network, design, hp, steps=3)
    before = [weight.numpy() for weight in network.trainable_variables]
    assert learner.train_step(random_batch(design, hp))
    changed = [
        not np.array_equal(weight, old)
        for weight, old in zip(network.trainable_variables, before, strict=True)
    ]
    assert any(changed)
