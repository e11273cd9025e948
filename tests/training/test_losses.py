import math

import numpy as np
import pytest
import tensorflow as tf

from src.network.siamese import build_network
from src.training.logistic import compare_pairs, logistic_loss
from tests.support.parameter_files import TINY, load_design
from tests.support.training_batches import batch_of


def loss_of(score, label, weight):
    shape = (*np.shape(score), 1)
    outputs = {"score": tf.reshape(tf.constant(score, tf.float32), shape)}
    targets = {
        "label": tf.reshape(tf.constant(label, tf.float32), shape),
        "weight": tf.reshape(tf.constant(weight, tf.float32), shape),
    }
    return float(logistic_loss(outputs, targets)["total"])


@pytest.mark.parametrize("training", [False, True])
def test_exemplars_are_compared_with_their_own_search_crops_in_the_asked_mode(training):
    network = build_network(load_design(**TINY), 1)
    batch = batch_of(0, pairs=3, shift=16)
    score = compare_pairs(network, batch, training)["score"].numpy()
    template = network.embed_template(batch["z"], training=training)
    search = network.embed_search(batch["x"], training=training)
    expected = network.compare(template, search, training=training)["score"].numpy()
    np.testing.assert_allclose(score, expected, atol=1e-5 * np.abs(expected).max())
    other = compare_pairs(network, batch, not training)["score"].numpy()
    assert np.abs(score - other).max() > 0.1 * np.abs(score).max()


def test_equals_the_formula_of_the_paper():
    rng = np.random.default_rng(0)
    score, label = rng.normal(size=(2, 3, 3)), rng.integers(0, 2, (2, 3, 3))
    weight = rng.uniform(size=(2, 3, 3))
    expected = 0.0
    for example in range(2):
        for row in range(3):
            for column in range(3):
                y = 1 if label[example, row, column] else -1
                nats = math.log(1 + math.exp(-y * score[example, row, column]))
                expected += weight[example, row, column] * nats / 2
    assert loss_of(score, label, weight) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("size", [1.0, 200.0, 1e4])
@pytest.mark.parametrize("sign", [-1, 1])
def test_is_finite_for_any_score_and_so_is_its_gradient(size, sign):
    # C4: exp overflowed at 200
    score = tf.Variable(tf.fill([1, 3, 3, 1], sign * size))
    ones = tf.ones([1, 3, 3, 1])
    with tf.GradientTape() as tape:
        loss = logistic_loss({"score": score}, {"label": ones, "weight": ones / 9})["total"]
    assert float(loss) == pytest.approx(
        max(0.0, -sign * size) + math.log1p(math.exp(-size)), rel=1e-5
    )
    assert np.isfinite(tape.gradient(loss, score)).all()
