import numpy as np
import pytest
import tensorflow as tf

from src.centre_bias_network import LAYERS, build_padded_network
from src.centre_bias_setup import DESIGN


@pytest.fixture(scope="module")
def network():
    return build_padded_network(seed=1)


def crops(*sides):
    rng = np.random.default_rng(1)
    return tuple(tf.constant(rng.uniform(0, 255, (2, n, n, 3)), tf.float32) for n in sides)


def test_it_has_the_sizes_of_the_design(network):
    outputs = network(crops(DESIGN.exemplar_sz, DESIGN.search_sz), training=False)
    assert outputs["score"].shape == (2, DESIGN.score_sz, DESIGN.score_sz, 1)
    (exemplar,) = crops(DESIGN.exemplar_sz)
    assert network.embed(exemplar).shape == (2, 9, 9, LAYERS[-1][0])


def test_the_seed_makes_the_weights(network):
    same, other = build_padded_network(seed=1), build_padded_network(seed=2)
    kernels = [one.layer0.kernel.numpy() for one in (network, same, other)]
    np.testing.assert_array_equal(kernels[0], kernels[1])
    assert not np.array_equal(kernels[0], kernels[2])


def test_padding_reaches_the_middle(network):
    """One colour everywhere: without padding all cells would be alike."""
    flat = tf.fill([1, DESIGN.search_sz, DESIGN.search_sz, 3], 200.0)
    cells = network.embed(flat)[0].numpy()
    spread = np.abs(cells).mean()
    assert np.abs(cells[8, 8] - cells[0, 8]).max() > 0.1 * spread
    assert np.abs(cells[8, 8] - cells[8, 6]).max() > 1e-3 * spread
