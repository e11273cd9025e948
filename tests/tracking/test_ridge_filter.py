"""The ridge solution against a dense solve by NumPy, and against CFNet's in the Fourier domain."""

import numpy as np
import pytest
import tensorflow as tf

from src.tracking.ridge_filter import Samples, descend, gather_taps, respond
from tests.reference.ridge_by_solving import dense_solution, respond_by_loops

RNG = np.random.default_rng(0)
RIDGE = 0.3


def random_samples(targets=2, count=3, size=7, channels=2, cells=7):
    weights = RNG.uniform(0.1, 1, (targets, count))
    return Samples(
        *(
            tf.constant(part, tf.float32)
            for part in (
                RNG.normal(size=(targets, count, size, size, channels)),
                RNG.normal(size=(targets, count, cells, cells)),
                weights / weights.sum(axis=1, keepdims=True),
            )
        )
    )


@pytest.mark.parametrize(("side", "margin"), [(3, 1), (3, 0), (2, 0), (4, 1), (1, 0)])
def test_the_response_is_that_of_loops(side, margin):
    taps = RNG.normal(size=(2, side**2, 3)).astype(np.float32)
    features = RNG.normal(size=(2, 4, 6, 6, 3)).astype(np.float32)
    found = respond(tf.constant(taps), tf.constant(features), margin)
    for target in range(2):
        for one in range(4):
            square = taps[target].reshape(side, side, 3)
            expected = respond_by_loops(square, features[target, one], margin)
            np.testing.assert_allclose(found[target, one], expected, atol=1e-5)


@pytest.mark.parametrize(("side", "margin"), [(3, 1), (2, 0), (4, 1)])
def test_gathering_is_the_adjoint_of_responding(side, margin):
    """<r, A w> = <A* r, w> for any r and w."""
    features = tf.constant(RNG.normal(size=(2, 3, 6, 6, 2)), tf.float32)
    taps = tf.constant(RNG.normal(size=(2, side**2, 2)), tf.float32)
    response = respond(taps, features, margin)
    other = tf.constant(RNG.normal(size=response.shape), tf.float32)
    gathered = gather_taps(other, features, side, margin)
    assert float(tf.reduce_sum(other * response)) == pytest.approx(
        float(tf.reduce_sum(gathered * taps)), rel=1e-4
    )


@pytest.mark.parametrize(("side", "margin", "cells"), [(3, 1, 7), (2, 0, 6)])
def test_the_solution_is_the_dense_one(side, margin, cells):
    samples = random_samples(cells=cells)
    found = descend(tf.zeros([2, side**2, 2]), samples, RIDGE, margin, side**2 * 2)
    for target in range(2):
        expected = dense_solution(samples, side, margin, target, RIDGE)
        np.testing.assert_allclose(found[target], expected, atol=1e-4)


def test_the_gradient_is_zero_at_the_optimum():
    samples = random_samples()
    best = descend(tf.zeros([2, 9, 2]), samples, RIDGE, 1, 18)
    with tf.GradientTape() as tape:
        tape.watch(best)
        wrong = (respond(best, samples.features, 1) - samples.labels) ** 2
        cost = tf.reduce_sum(samples.weights[:, :, None, None] * wrong)
        cost += RIDGE * tf.reduce_sum(best**2)
    np.testing.assert_allclose(tape.gradient(cost, best), 0, atol=1e-4)


def test_steps_go_on_where_others_ended():
    samples = random_samples()
    expected = dense_solution(samples, 3, 1, 0, RIDGE)
    far = [
        np.abs(descend(tf.zeros([2, 9, 2]), samples, RIDGE, 1, steps)[0] - expected).max()
        for steps in (0, 2, 4)
    ]
    warm = descend(tf.zeros([2, 9, 2]), samples, RIDGE, 1, 2)
    for _ in range(8):
        warm = descend(warm, samples, RIDGE, 1, 2)
    assert far[0] > far[1] > far[2]
    np.testing.assert_allclose(warm[0], expected, atol=1e-3)


def test_at_the_optimum_steps_change_nothing():
    samples = random_samples()
    best = descend(tf.zeros([2, 9, 2]), samples, RIDGE, 1, 18)
    again = descend(best, samples, RIDGE, 1, 10)
    np.testing.assert_allclose(again, best, atol=1e-4)
    assert not np.abs(
        descend(tf.zeros([2, 9, 2]), samples._replace(labels=0 * samples.labels), RIDGE, 1, 3)
    ).any()


def test_a_sample_without_weight_counts_for_nothing():
    samples = random_samples()
    weights = samples.weights.numpy()
    weights[:, 1] = 0
    features = samples.features.numpy()
    without = samples._replace(weights=tf.constant(weights))
    features[:, 1] = RNG.normal(size=features[:, 1].shape)
    other = without._replace(features=tf.constant(features))
    start = tf.zeros([2, 9, 2])
    np.testing.assert_array_equal(
        descend(start, without, RIDGE, 1, 5), descend(start, other, RIDGE, 1, 5)
    )


def cfnet_filter(features, label, ridge):
    """The correlation filter of one map in closed form, circular (CFNet, eq. 7; Valmadre 2017).

    Args:
        features: [n, n, C].
        label: [n, n], its peak where the target is in the features.
        ridge: Weight of the squared filter.

    Returns:
        [n, n, C]; the middle tap is the one over the target.
    """
    spectrum = np.fft.fft2(features, axes=(0, 1))
    energy = (np.abs(spectrum) ** 2).sum(axis=-1, keepdims=True)
    dual = np.fft.fft2(label)[..., None] / (energy + ridge)
    closed = np.fft.ifft2(np.conj(dual) * spectrum, axes=(0, 1)).real
    return np.fft.fftshift(closed, axes=(0, 1))


def test_where_nothing_reaches_the_border_the_filter_is_that_of_cfnet():
    """Features in the middle of an empty map: nothing comes round the transform's circle."""
    size, side, middle = 31, 31, 15
    features = np.zeros((size, size, 2))
    features[middle - 1 : middle + 2, middle - 1 : middle + 2] = RNG.normal(size=(3, 3, 2))
    far = np.hypot(*np.meshgrid(*[np.arange(size) - middle] * 2))
    label, ridge = np.exp(-(far**2) / 2), 5.0
    closed = cfnet_filter(features, label, ridge)
    samples = Samples(
        tf.constant(features[None, None], tf.float32),
        tf.constant(label[None, None], tf.float32),
        tf.ones([1, 1]),
    )
    found = descend(tf.zeros([1, side**2, 2]), samples, ridge, middle, 60)
    found = found.numpy().reshape(side, side, 2)
    assert np.abs(closed).max() > 0.01
    np.testing.assert_allclose(found, closed, atol=1e-4)
