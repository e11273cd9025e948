import numpy as np
import pytest
import tensorflow as tf

from src.network.batch_norm import BatchNorm

RNG = np.random.default_rng(0)
FEATURES = RNG.normal(3.0, 2.0, (4, 5, 6, 3)).astype(np.float32)


def layers():
    """Keras's layer and ours, with equal weights."""
    both = [
        kind(momentum=0.9, epsilon=1e-3) for kind in (tf.keras.layers.BatchNormalization, BatchNorm)
    ]
    for layer in both:
        layer.build(FEATURES.shape)
        layer.gamma.assign([1.5, 0.5, 2.0])
        layer.beta.assign([0.1, -0.2, 0.3])
        layer.moving_mean.assign([1.0, 2.0, 3.0])
        layer.moving_variance.assign([4.0, 5.0, 6.0])
    return both


def outputs_and_gradients(layer, training):
    features, weigh = tf.constant(FEATURES), tf.constant(RNG_WEIGHTS)
    with tf.GradientTape() as tape:
        tape.watch(features)
        output = layer(features, training=training)
        loss = tf.reduce_sum(output * weigh)
    return [output, *tape.gradient(loss, [features, layer.gamma, layer.beta])]


RNG_WEIGHTS = RNG.normal(size=FEATURES.shape).astype(np.float32)


@pytest.mark.parametrize("training", [True, False])
def test_outputs_and_gradients_are_those_of_keras(training):
    theirs, ours = (outputs_and_gradients(layer, training) for layer in layers())
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4)


def test_the_batch_is_remembered_with_its_unbiased_variance():
    _, layer = layers()
    layer(FEATURES, training=True)
    cells = FEATURES.reshape(-1, 3)
    mean = 0.9 * np.array([1.0, 2.0, 3.0]) + 0.1 * cells.mean(axis=0)
    variance = 0.9 * np.array([4.0, 5.0, 6.0]) + 0.1 * cells.var(axis=0, ddof=1)
    np.testing.assert_allclose(layer.moving_mean, mean, rtol=1e-5)
    np.testing.assert_allclose(layer.moving_variance, variance, rtol=1e-5)


@pytest.mark.parametrize("trainable", [True, False])
def test_only_a_learning_layer_in_training_remembers(trainable):
    theirs, ours = layers()
    theirs.trainable = ours.trainable = trainable
    for training in (False, True):
        outputs = [layer(FEATURES, training=training) for layer in (theirs, ours)]
        np.testing.assert_allclose(outputs[0], outputs[1], rtol=1e-4, atol=1e-4)
        moved = not np.array_equal(ours.moving_mean, [1.0, 2.0, 3.0])
        assert moved == (training and trainable)


def test_bfloat16_goes_through_and_statistics_stay_float32():
    layer = BatchNorm(momentum=0.9, epsilon=1e-3, dtype="mixed_bfloat16")
    output = layer(tf.cast(FEATURES, tf.bfloat16), training=True)
    assert output.dtype == tf.bfloat16
    assert all(weight.dtype == "float32" for weight in layer.weights)
    exact, _ = layers()
    exact.gamma.assign([1.0, 1.0, 1.0])
    exact.beta.assign([0.0, 0.0, 0.0])
    np.testing.assert_allclose(
        tf.cast(output, tf.float32), exact(FEATURES, training=True), atol=0.03
    )
