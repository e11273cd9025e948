"""Folding changes no value and no gradient."""

import numpy as np
import pytest
import tensorflow as tf

from src.network.batch_norm import BatchNorm
from src.network.convolutional import convolve_and_normalise

RNG = np.random.default_rng(0)
FEATURES = RNG.normal(0.5, 1.0, (2, 7, 6, 4)).astype(np.float32)


def dense(features, filters, bias):
    cells = tf.nn.conv2d(features, filters, (2, 2), "SAME")
    return cells if bias is None else cells + bias


def depthwise(features, filters, bias):
    cells = tf.nn.depthwise_conv2d(features, filters, (1, 1, 1, 1), "SAME", None, (2, 2))
    return cells if bias is None else cells + bias


CASES = {
    "dense": (dense, (3, 3, 4, 5), 5, False),
    "dense, bias": (dense, (3, 3, 4, 5), 5, True),
    "depthwise": (depthwise, (3, 3, 4, 1), 4, False),
}


def drawn_norm(channels, trainable=False):
    norm = BatchNorm(momentum=0.9, epsilon=1e-3, trainable=trainable)
    norm.build((None, None, None, channels))
    norm.gamma.assign(RNG.uniform(0.5, 1.5, channels))
    norm.beta.assign(RNG.normal(size=channels))
    norm.moving_mean.assign(RNG.normal(size=channels))
    norm.moving_variance.assign(RNG.uniform(0.2, 2.0, channels))
    return norm


def drawn_filters(shape):
    return tf.Variable(RNG.normal(size=shape), dtype=tf.float32)


def drawn_bias(channels, wanted):
    return tf.Variable(RNG.normal(size=channels), dtype=tf.float32) if wanted else None


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("training", [False, True])
def test_values_and_gradients_are_those_of_one_after_the_other(case, training):
    convolve, shape, channels, biased = CASES[case]
    filters, norm = drawn_filters(shape), drawn_norm(channels)
    features, bias = tf.constant(FEATURES), drawn_bias(channels, biased)
    found = []
    for folded in (True, False):
        with tf.GradientTape() as tape:
            tape.watch(features)
            if folded:
                output = convolve_and_normalise(convolve, filters, bias, norm, features, training)
            else:
                output = norm(convolve(features, filters, bias), training=training)
            loss = tf.reduce_sum(output**2)
        sources = [features, filters] + ([bias] if biased else [])
        found.append([output, *tape.gradient(loss, sources)])
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("case", CASES)
def test_a_norm_that_learns_sees_the_batch(case):
    convolve, shape, channels, biased = CASES[case]
    filters, norm = drawn_filters(shape), drawn_norm(channels, trainable=True)
    before = norm.moving_mean.numpy()
    features, bias = tf.constant(FEATURES), drawn_bias(channels, biased)
    output = convolve_and_normalise(convolve, filters, bias, norm, features, training=True)
    cells = output.numpy().reshape(-1, channels)
    np.testing.assert_allclose(cells.mean(axis=0), norm.beta, atol=1e-4)
    assert np.abs(norm.moving_mean.numpy() - before).min() > 0


def test_bfloat16_features_stay_bfloat16():
    filters, norm = drawn_filters((3, 3, 4, 5)), drawn_norm(5)
    features = tf.cast(FEATURES, tf.bfloat16)
    output = convolve_and_normalise(dense, filters, None, norm, features, training=False)
    exact = convolve_and_normalise(
        dense, filters, None, norm, tf.constant(FEATURES), training=False
    )
    assert output.dtype == tf.bfloat16
    np.testing.assert_allclose(tf.cast(output, tf.float32), exact, rtol=0.05, atol=0.2)
