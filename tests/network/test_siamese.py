"""The gradient is that of the loss: through both branches, equal to finite differences."""

import contextlib

import numpy as np
import pytest
import tensorflow as tf

from src.network import batch_norm as sync_batch_norm
from src.network import siamese
from src.network.siamese import PRECISIONS, build_network
from src.training.logistic import logistic_loss, make_logistic_targets
from tests.support.parameter_files import TINY, load_design, load_hyperparams

SMALL = TINY | {"filter_num": [3, 4, 4, 4, 4]}


@pytest.fixture(scope="module")
def setup():
    design = load_design(**SMALL)
    rng = np.random.default_rng(3)
    batch = {
        "z": rng.uniform(0, 255, (2, 127, 127, 3)).astype(np.float32),
        "x": rng.uniform(0, 255, (2, 255, 255, 3)).astype(np.float32),
        "disp_crop": np.float32([[0, 0], [8, -4]]),
        "target_sz_crop": np.float32([[60, 60], [50, 80]]),
        "positive": np.float32([1, 1]),
    }
    return design, build_network(design, seed=1), batch


def loss_of(network, design, batch, training=True):
    targets = make_logistic_targets(design, load_hyperparams())(batch)
    outputs = network((batch["z"], batch["x"]), training=training)
    targets = {key: tf.cast(value, outputs["score"].dtype) for key, value in targets.items()}
    return logistic_loss(outputs, targets)["total"]


def gradients(network, design, batch):
    with tf.GradientTape() as tape:
        loss = loss_of(network, design, batch)
    return tape.gradient(loss, network.trainable_variables)


class UnfoldedNorm(tf.keras.layers.BatchNormalization):
    """Keras's normalisation, which knows float64, always behind its convolution."""

    def learns(self, training):
        return True


@pytest.fixture
def in_float64(setup, monkeypatch):
    """The same network in float64, for differences that are not rounding."""
    design, _, batch = setup
    monkeypatch.setitem(PRECISIONS, "float64", "float64")
    # the fused operation knows no float64; tests/test_batch_norm.py compares the two
    monkeypatch.setattr(sync_batch_norm, "BatchNorm", UnfoldedNorm)
    # a network is built in float32 whatever is set around it
    monkeypatch.setattr(siamese, "_usual_numbers", contextlib.nullcontext)
    tf.keras.config.set_dtype_policy("float64")
    yield design, build_network(design, 1, "float64"), batch
    tf.keras.config.set_dtype_policy("float32")


def test_gradient_equals_finite_differences(in_float64):
    # C1: it was taken at the wrong image
    design, network, batch = in_float64
    found = gradients(network, design, batch)
    rng = np.random.default_rng(0)
    checked = 0
    for variable, gradient in zip(network.trainable_variables, found, strict=True):
        direction = rng.normal(size=variable.shape)
        slope = float(tf.reduce_sum(gradient * direction))
        value, step, losses = variable.numpy().copy(), 1e-7, []
        for sign in (1, -1):
            variable.assign(value + sign * step * direction)
            losses.append(float(loss_of(network, design, batch)))
        variable.assign(value)
        measured = (losses[0] - losses[1]) / (2 * step)
        # a bias before batch normalisation has no influence: both are zero up to rounding
        assert measured == pytest.approx(slope, rel=1e-3, abs=1e-6), variable.path
        checked += abs(slope) > 1e-4
    assert checked >= 8


def test_the_template_is_the_middle_of_the_exemplar_with_its_surroundings():
    # without padding, a margin of whole strides adds cells around the same ones
    plain = load_design(filter_num=[3, 4, 4, 4, 4])
    wide = load_design(filter_num=[3, 4, 4, 4, 4], exemplar_margin=8, template_cells=17)
    networks = [build_network(design, 1) for design in (plain, wide)]
    exemplar = np.random.default_rng(5).uniform(0, 255, (2, 143, 143, 3)).astype(np.float32)
    search = np.random.default_rng(6).uniform(0, 255, (2, 255, 255, 3)).astype(np.float32)
    middle = exemplar[:, 8:-8, 8:-8]
    (expected,) = networks[0].embed_template(middle, training=False)
    (template,) = networks[1].embed_template(exemplar, training=False)
    assert template.shape == (2, 17, 17, 4)
    np.testing.assert_allclose(template, expected, rtol=1e-4, atol=1e-4)
    scores = [
        network((z, search), training=False)["score"]
        for network, z in zip(networks, (middle, exemplar), strict=True)
    ]
    np.testing.assert_allclose(scores[1], scores[0], rtol=1e-3, atol=1e-3)


def test_the_shipped_lite_network_finds_what_it_is_shown():
    # an exemplar crop of the search crop's size: its template is the search crop's own middle
    network = build_network(load_design("design_efficientnet_lite0"), 1)
    crops = np.random.default_rng(7).uniform(0, 255, (2, 257, 257, 3)).astype(np.float32)
    (template,) = network.embed_template(crops, training=True)
    assert template.shape == (2, 5, 5, 112)
    score = network((crops, crops), training=True)["score"].numpy()[..., 0]
    assert score.shape == (2, 13, 13)
    cosine = score / 20  # the design's score_gain
    np.testing.assert_allclose(cosine[:, 6, 6], 1, atol=1e-5)
    others = np.delete(cosine.reshape(2, -1), 6 * 13 + 6, axis=1)
    assert others.max() < 1 - 1e-4
    assert cosine.min() >= -1


def test_all_levels_take_part_in_the_score():
    design = load_design(
        "design_efficientnet_lite0", levels=[3, 4], tot_stride=8, template_cells=9, score_sz=25
    )
    network = build_network(design, 1)
    z, x = np.random.default_rng(8).uniform(0, 255, (2, 1, 257, 257, 3)).astype(np.float32)
    template = network.embed_template(z, training=True)
    search = network.embed_search(x, training=True)
    assert [tuple(level.shape) for level in template] == [(1, 9, 9, 40)] * 2
    both = network.compare(template, search, training=False)["score"]
    assert both.shape == (1, 25, 25, 1)
    alone = [
        network.compare((one,), (other,), training=False)["score"].numpy()
        for one, other in zip(template, search, strict=True)
    ]
    np.testing.assert_allclose(both, (alone[0] + alone[1]) / 2, atol=1e-5)
    assert np.abs(alone[0] - alone[1]).max() > 0.01


@pytest.mark.parametrize("branch", ["z", "x"])
def test_gradient_depends_on_each_branch(setup, branch):
    design, network, batch = setup
    swapped = batch | {branch: batch[branch][::-1]}
    before, after = gradients(network, design, batch), gradients(network, design, swapped)
    norm = tf.linalg.global_norm(before)
    change = tf.linalg.global_norm([a - b for a, b in zip(after, before, strict=True)])
    assert float(change / norm) > 0.05


@pytest.mark.parametrize("role", ["template", "search"])
def test_gradient_flows_through_each_branch_alone(setup, role):
    design, network, batch = setup
    targets = make_logistic_targets(design, load_hyperparams())(batch)
    kernel = network.backbone.trainable_variables[0]
    with tf.GradientTape() as tape:
        template = network.embed_template(batch["z"], training=True)
        search = network.embed_search(batch["x"], training=True)
        if role == "template":
            search = tf.nest.map_structure(tf.stop_gradient, search)
        else:
            template = tf.nest.map_structure(tf.stop_gradient, template)
        outputs = network.compare(template, search, training=True)
        loss = logistic_loss(outputs, targets)["total"]
    assert float(tf.norm(tape.gradient(loss, kernel))) > 1e-5


def test_training_and_tracking_differ_and_statistics_move(setup):
    # C3
    design, network, batch = setup
    statistics = network.non_trainable_variables
    before = [variable.numpy().copy() for variable in statistics]
    trained = loss_of(network, design, batch, training=True)
    moved = [np.abs(v.numpy() - b).max() for v, b in zip(statistics, before, strict=True)]
    assert min(moved) > 0
    tracked = loss_of(network, design, batch, training=False)
    assert abs(float(trained - tracked)) > 1e-4


def test_the_same_seed_gives_the_same_network():
    design = load_design(**SMALL)
    first, same, other = (build_network(design, seed) for seed in (1, 1, 2))
    for a, b in zip(first.weights, same.weights, strict=True):
        np.testing.assert_array_equal(a, b)
    kernels = [n.backbone.blocks[0].convolution.kernel.numpy() for n in (first, other)]
    assert np.abs(kernels[0] - kernels[1]).max() > 0.01


def test_tracking_output_does_not_depend_on_the_batch(setup):
    _, network, batch = setup
    both = network((batch["z"], batch["x"]), training=False)["score"]
    alone = network((batch["z"][1:], batch["x"][1:]), training=False)["score"]
    np.testing.assert_allclose(both[1:], alone, rtol=1e-3, atol=1e-4)


def test_one_search_crop_per_pair_is_embedded(setup):
    # C26: three were, and one was used
    _, network, batch = setup
    assert network((batch["z"], batch["x"]), training=False)["score"].shape == (2, 17, 17, 1)


def test_bfloat16_computes_nearly_the_same_with_float32_weights(setup):
    design, network, batch = setup
    low = build_network(design, 1, "bfloat16")
    assert low.backbone(batch["z"], training=False)[0].dtype == tf.bfloat16
    for ours, theirs in zip(low.weights, network.weights, strict=True):
        assert ours.dtype == "float32"
        ours.assign(theirs)
    pairs = (batch["z"], batch["x"])
    score, expected = (n(pairs, training=True)["score"].numpy() for n in (low, network))
    assert score.dtype == np.float32
    assert np.corrcoef(score.ravel(), expected.ravel())[0, 1] > 0.99
