from functools import partial

import numpy as np
import pytest
import tensorflow as tf

from src.network.batch_norm import BatchNorm
from src.network.convolutional import NormalisedConvolution


def layer_with(filters=4, size=3, **shape):
    layer = NormalisedConvolution(filters, size, BatchNorm(momentum=0.9, epsilon=1e-5), **shape)
    layer(tf.zeros([1, 9, 9, 3]), training=False)
    rng = np.random.default_rng(0)
    for weight in layer.weights:
        weight.assign(rng.uniform(0.5, 1.5, weight.shape))
    return layer


@pytest.mark.parametrize(
    "shape",
    [
        {},
        {"stride": 2},
        {"dilation": 2},
        {"padding": "SAME"},
        {"padding": "SAME", "stride": 2},
        {"dilation": 4, "padding": "SAME"},
    ],
)
@pytest.mark.parametrize("depthwise", [False, True])
def test_equals_convolution_then_normalisation(shape, depthwise):
    layer = layer_with(None if depthwise else 4, depthwise=depthwise, **shape)
    features = tf.random.stateless_normal([2, 11, 11, 3], [1, 2])
    kind = tf.keras.layers.DepthwiseConv2D if depthwise else partial(tf.keras.layers.Conv2D, 4)
    alone = kind(
        3,
        shape.get("stride", 1),
        shape.get("padding", "VALID").lower(),
        dilation_rate=shape.get("dilation", 1),
        use_bias=False,
    )
    alone.build(features.shape)
    alone.kernel.assign(layer.kernel)
    for training in (False, True):
        statistics = [weight.numpy() for weight in layer.norm.weights]
        expected = layer.norm(alone(features), training=training)
        for weight, before in zip(layer.norm.weights, statistics, strict=True):
            weight.assign(before)
        actual = layer(features, training=training)
        np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-4)


def test_without_a_number_there_are_as_many_filters_as_come_in():
    layer = layer_with(filters=None, size=1)
    assert layer.kernel.shape == (1, 1, 3, 3)
    assert layer(tf.zeros([1, 5, 5, 3]), training=False).shape == (1, 5, 5, 3)


@pytest.mark.parametrize("depthwise", [False, True])
def test_a_dilated_convolution_learns(depthwise):
    layer = layer_with(None, dilation=2, padding="SAME", depthwise=depthwise)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(tf.random.stateless_normal([2, 9, 9, 3], [1, 2]), training=True))
    assert all(gradient is not None for gradient in tape.gradient(loss, layer.trainable_weights))
