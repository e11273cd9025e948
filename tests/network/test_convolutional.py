import numpy as np
import pytest
import tensorflow as tf

from src.network.batch_norm import BatchNorm
from src.network.convolutional import ConvolutionBlock, GroupedConvolution


@pytest.mark.parametrize("groups", [1, 2, 4])
def test_groups_equal_the_grouped_convolution_of_tensorflow(groups):
    layer = GroupedConvolution(8, (3, 2), 2, groups)
    features = np.random.default_rng(0).normal(size=(2, 9, 10, 8)).astype(np.float32)
    ours = layer(features)
    assert layer.kernel.shape == (3, 2, 8 // groups, 8)
    theirs = tf.nn.conv2d(features, layer.kernel.value, 2, "VALID")
    np.testing.assert_allclose(ours, theirs, atol=1e-4)


def test_a_bias_is_zero_at_the_start():
    # C25: it was drawn like a filter
    layer = GroupedConvolution(96, (11, 11), 2, 1)
    layer.build((None, None, None, 3))
    assert not layer.bias.numpy().any()
    assert layer.kernel.numpy().std() == pytest.approx(np.sqrt(2 / (121 * 96)), rel=0.03)


def block_of(**parts):
    defaults = {"batch_norm": None, "relu": False, "pool_sz": 0, "pool_stride": 0}
    return ConvolutionBlock(GroupedConvolution(4, (1, 1), 1, 1), **(defaults | parts))


def test_batch_norm_moves_in_training_only_and_normalises():
    # C3: batch normalisation was a constant factor
    block = block_of(batch_norm=BatchNorm(momentum=0.9))
    features = 5 + 3 * np.random.default_rng(1).normal(size=(4, 8, 8, 3)).astype(np.float32)
    tracked = block(features, training=False).numpy()
    before = block.batch_norm.moving_mean.numpy().copy()
    trained = block(features, training=True).numpy()
    assert np.abs(trained.mean(axis=(0, 1, 2))).max() < 1e-3
    assert np.abs(trained - tracked).max() > 0.1
    moved = block.batch_norm.moving_mean.numpy()
    assert np.abs(moved - before).max() > 0.01
    block(features, training=False)
    np.testing.assert_array_equal(block.batch_norm.moving_mean.numpy(), moved)


def drawn_block(groups):
    norm = BatchNorm(momentum=0.9, epsilon=1e-3)
    block = ConvolutionBlock(GroupedConvolution(8, (3, 2), 2, groups), norm, True, 0, 0)
    rng = np.random.default_rng(3)
    features = rng.normal(size=(2, 9, 10, 8)).astype(np.float32)
    block(features, training=False)
    for weight in block.weights:
        weight.assign(rng.uniform(0.2, 1.2, weight.shape))
    return block, features


@pytest.mark.parametrize("groups", [1, 2, 4])
@pytest.mark.parametrize("training", [False, True])
def test_normalisation_is_what_it_is_behind_the_convolution(groups, training):
    block, features = drawn_block(groups)
    cells = tf.nn.conv2d(features, block.convolution.kernel.value, 2, "VALID")
    expected = tf.nn.relu(block.batch_norm(cells + block.convolution.bias, training=training))
    found = block(features, training=training)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


def test_fixed_statistics_cost_no_operation_of_their_own():
    block, features = drawn_block(2)

    @tf.function
    def embed(cells):
        return block(cells, training=False)

    kinds = [
        op.type for op in embed.get_concrete_function(tf.constant(features)).graph.get_operations()
    ]
    assert not [kind for kind in kinds if kind.startswith("FusedBatchNorm")]
    assert (kinds.count("Conv2D"), kinds.count("BiasAdd")) == (2, 2)


def test_relu_and_pooling_come_last():
    features = np.random.default_rng(2).normal(size=(1, 7, 7, 3)).astype(np.float32)
    plain = block_of(relu=True, pool_sz=3, pool_stride=2)
    out = plain(features, training=False).numpy()
    before = np.maximum(plain.convolution(features).numpy(), 0)
    expected = np.array(
        [[before[0, i : i + 3, j : j + 3].max(axis=(0, 1)) for j in (0, 2, 4)] for i in (0, 2, 4)]
    )
    np.testing.assert_allclose(out[0], expected, rtol=1e-6)
    assert out.min() >= 0
