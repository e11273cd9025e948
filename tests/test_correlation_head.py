import numpy as np
import tensorflow as tf

from src.cross_correlation import cross_correlation
from src.heads.correlation import CorrelationHead
from tests.parameter_files import load_design


def levels(seed, size):
    return (np.random.default_rng(seed).normal(size=(2, size, size, 4)).astype(np.float32),)


def test_gain_and_bias_are_trained_and_start_neutral():
    head = CorrelationHead(load_design("design_alexnet_v1"))
    score = head(levels(0, 3), levels(1, 7), training=True)["score"]
    np.testing.assert_allclose(
        score, 0.001 * cross_correlation(levels(0, 3)[0], levels(1, 7)[0]), rtol=1e-5
    )
    assert len(head.trainable_variables) == 2


def test_batch_norm_of_the_scores_normalises_in_training():
    head = CorrelationHead(load_design())
    score = head(levels(0, 3), levels(1, 7), training=True)["score"].numpy()
    assert abs(score.mean()) < 1e-3
    assert abs(score.std() - 1) < 0.05
    assert len(head.trainable_variables) == 2
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(head(levels(0, 3), levels(1, 7), training=True)["score"] ** 3)
    for gradient in tape.gradient(loss, head.trainable_variables):
        assert float(tf.norm(gradient)) > 0
