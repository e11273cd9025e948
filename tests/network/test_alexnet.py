"""AlexNetV1, V2, V3 against the embeddings of siamfc-pytorch with the same weights."""

import numpy as np
import pytest
import tensorflow as tf

from src.network.backbones.alexnet import AlexNet
from src.network.cross_correlation import cross_correlation
from src.parameters.network_arithmetic import embedding_sz
from tests.support.drawn_backbones import draw_weights
from tests.support.parameter_files import load_design
from tests.support.places import GOLDEN

STORED = np.load(GOLDEN / "siamfc_pytorch" / "backbones.npz")


VERSIONS = {
    "AlexNetV1": "design_alexnet_v1",
    "AlexNetV2": "design_alexnet_v2",
    "AlexNetV3": "design_alexnet_v3",
}


@pytest.fixture(scope="module", params=VERSIONS)
def version(request):
    design = load_design(VERSIONS[request.param])
    network = AlexNet(design)
    network(tf.zeros([1, 127, 127, 3]), training=False)
    draw_weights(network)
    (z,) = network(STORED["z_crop"][None].astype(np.float32), training=False)
    (x,) = network(STORED["x_crop"][None].astype(np.float32), training=False)
    return request.param, design, network, z.numpy(), x.numpy()


def assert_close(actual, expected):
    """Agreement to 1e-4 of the largest value."""
    assert actual.shape == expected.shape
    assert np.abs(actual - expected).max() <= 1e-4 * np.abs(expected).max()


def test_embeddings_and_score_agree_with_the_original(version):
    name, _, _, z, x = version
    stored_z, stored_x = STORED[f"{name}_z"], STORED[f"{name}_x_first8"]
    assert_close(z[0].transpose(2, 0, 1)[: len(stored_z)], stored_z)
    assert_close(x[0].transpose(2, 0, 1)[:8], stored_x)
    score = cross_correlation(z, x, training=False).numpy()[0, ..., 0]
    assert_close(score, STORED[f"{name}_score"])


def test_attributes_tell_the_truth(version):
    _, design, network, z, x = version
    assert network.strides == (design.tot_stride,)
    assert network.channels == (z.shape[-1],)
    assert z.shape[1] == embedding_sz(design, 127)
    assert x.shape[1] == embedding_sz(design, 255)


def test_the_published_network_has_the_shapes_of_its_file():
    # C24: widths and groups of baseline-conv5
    design = load_design("design_baseline_conv5")
    network = AlexNet(design)
    network(tf.zeros([1, 127, 127, 3]), training=False)
    shapes = [tuple(block.convolution.kernel.shape) for block in network.blocks]
    assert shapes == [
        (11, 11, 3, 96),
        (5, 5, 48, 256),
        (3, 3, 256, 384),
        (3, 3, 192, 384),
        (3, 3, 192, 32),
    ]


def test_an_input_shift_of_one_stride_shifts_the_embedding_by_one_cell():
    design = load_design(filter_num=[4, 4, 4, 4, 4])
    network = AlexNet(design)
    image = np.random.default_rng(0).uniform(0, 255, (1, 131, 131, 3)).astype(np.float32)
    (here,) = network(image[:, :127, :127], training=False)
    (there,) = network(image[:, 4:, 4:], training=False)
    np.testing.assert_allclose(here[:, 1:, 1:], there[:, :-1, :-1], rtol=1e-3, atol=1e-3)


def changed_by_a_step(network):
    """The weights that a step of learning changes."""
    image = np.random.default_rng(1).uniform(0, 255, (2, 127, 127, 3)).astype(np.float32)
    network(image, training=False)
    before = [weight.numpy() for weight in network.weights]
    with tf.GradientTape() as tape:
        (features,) = network(image, training=True)
        loss = tf.reduce_sum(features * np.random.default_rng(2).normal(size=features.shape))
    variables = network.trainable_variables
    for variable, gradient in zip(variables, tape.gradient(loss, variables), strict=True):
        variable.assign_sub(1e-3 * gradient)
    return {
        weight.path
        for weight, old in zip(network.weights, before, strict=True)
        if not np.array_equal(weight, old)
    }


@pytest.mark.parametrize("frozen", [0, 2, 5])
def test_frozen_blocks_do_not_change(frozen):
    network = AlexNet(load_design(filter_num=[4, 4, 4, 4, 4], frozen_blocks=frozen))
    changed = changed_by_a_step(network)
    for number, block in enumerate(network.blocks):
        kernel = block.convolution.kernel.path
        norm = [weight.path for weight in block.batch_norm.weights] if block.batch_norm else []
        expected = set() if number < frozen else {kernel, *norm}
        assert changed & {kernel, *norm} == expected, number
    assert bool(changed) == (frozen < 5)


def test_frozen_batch_norm_does_not_change():
    network = AlexNet(load_design(filter_num=[4, 4, 4, 4, 4], freeze_batch_norm=True))
    changed = changed_by_a_step(network)
    assert changed == {
        weight.path for block in network.blocks for weight in block.convolution.weights
    }
