"""Parts of a batch on several replicas are normalised as the whole batch on one device is.

The replicas are played by calls in turn; real ones are trained on in test_strategies.
"""

import numpy as np
import pytest
import tensorflow as tf

from src.network.batch_norm import BatchNorm, SyncBatchNorm, make_batch_norm

SETTINGS = {"momentum": 0.9, "epsilon": 1e-3, "trainable": True}


def built(kind, **changes):
    layer = kind(**(SETTINGS | changes))
    layer.build((None, None, None, 3))
    layer.gamma.assign([1.0, 2.0, 0.5])
    layer.beta.assign([0.0, -1.0, 3.0])
    return layer


@pytest.fixture
def features():
    rng = np.random.default_rng(1)
    # a mean far above the spread: sums of squares would cancel
    return tf.constant(rng.normal([0, 900, -5], [1, 0.5, 3], (6, 4, 5, 3)), tf.float32)


def moments(part):
    return tf.stack(tf.nn.moments(part, (0, 1, 2)))


@pytest.fixture
def replicas(monkeypatch, features):
    """Three replicas, whose statistics every one of them knows."""

    class Strategy:
        num_replicas_in_sync = 3

    every = tf.stack([moments(part) for part in tf.split(features, 3)])
    monkeypatch.setattr(tf.distribute, "get_strategy", Strategy)
    monkeypatch.setattr("src.network.batch_norm.gather", lambda own: every)


def test_parts_are_normalised_as_the_whole(features, replicas):
    whole, layers = built(BatchNorm), [built(SyncBatchNorm) for _ in range(3)]
    expected = whole(features, training=True)
    parts = [
        layer(part, training=True)
        for layer, part in zip(layers, tf.split(features, 3), strict=True)
    ]
    np.testing.assert_allclose(tf.concat(parts, 0), expected, atol=2e-3)
    for layer in layers:
        np.testing.assert_allclose(layer.moving_mean, whole.moving_mean, rtol=1e-5)
        np.testing.assert_allclose(layer.moving_variance, whole.moving_variance, rtol=1e-3)


def test_bfloat16_stays_bfloat16(features, replicas):
    layer = built(SyncBatchNorm, dtype="mixed_bfloat16")
    part = tf.cast(tf.split(features, 3)[0], tf.bfloat16)
    assert layer(part, training=True).dtype == tf.bfloat16


@pytest.mark.parametrize(("trainable", "training"), [(True, False), (False, True)])
def test_fixed_statistics_need_no_other_replica(features, trainable, training):
    ours, theirs = (built(kind, trainable=trainable) for kind in (SyncBatchNorm, BatchNorm))
    np.testing.assert_array_equal(
        ours(features, training=training), theirs(features, training=training)
    )


def test_one_device_keeps_the_fused_layer():
    layer = make_batch_norm(**SETTINGS)
    assert type(layer) is BatchNorm


def test_several_replicas_get_the_synchronised_layer(replicas):
    assert type(make_batch_norm(**SETTINGS)) is SyncBatchNorm
