import numpy as np
import pytest
import tensorflow as tf

from src.network.cross_correlation import cosine_correlation, cross_correlation
from src.network.heads.correlation import CorrelationHead
from tests.support.parameter_files import load_design


def levels(seed, size, channels=(4,)):
    rng = np.random.default_rng(seed)
    return tuple(rng.normal(size=(2, size, size, c)).astype(np.float32) for c in channels)


def test_gain_and_bias_are_trained_and_start_neutral():
    head = CorrelationHead(load_design("design_alexnet_v1"))
    score = head(levels(0, 3), levels(1, 7), training=True)["score"]
    products = cross_correlation(levels(0, 3)[0], levels(1, 7)[0], training=False)
    np.testing.assert_allclose(score, 0.001 * products, rtol=1e-5)
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


@pytest.mark.parametrize(
    ("join_method", "correlate"), [("xcorr", cross_correlation), ("cosine", cosine_correlation)]
)
@pytest.mark.parametrize("channels", [(4,), (4, 7), (2, 3, 5)])
def test_the_mean_over_the_levels_is_scaled(join_method, correlate, channels):
    head = CorrelationHead(
        load_design("design_alexnet_v1", join_method=join_method, score_gain=0.5)
    )
    templates, searches = levels(2, 3, channels), levels(3, 7, channels)
    score = head(templates, searches, training=False)["score"]
    pairs = zip(templates, searches, strict=True)
    scores = [correlate(*pair, training=False).numpy() for pair in pairs]
    assert score.shape == (2, 5, 5, 1)
    np.testing.assert_allclose(score, 0.5 * np.mean(scores, axis=0), atol=1e-5)
    head.scaling.gain.assign(3.0)
    head.scaling.bias.assign(-1.0)
    scaled = head(templates, searches, training=True)["score"]
    np.testing.assert_allclose(scaled, 3 * score - 1, atol=1e-4)
