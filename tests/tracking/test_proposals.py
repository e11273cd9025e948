"""Choice of the best proposal: loops, and one rule at a time."""

import math

import numpy as np
import pytest
import tensorflow as tf

from src.network.box_coding import Proposals, best_of_cell, read_proposals
from src.tracking.proposals import blend, pick
from tests.support.proposals_by_loops import ANCHORS, CELLS, KINDS, boxes_by_loops, outputs_of

FLAT = np.ones((CELLS, CELLS))


def padded(width, height):
    margin = (width + height) / 2
    return math.sqrt((width + margin) * (height + margin))


def choice_by_loops(outputs, example, target, window, influence, penalty_k):
    best = (-1.0,)
    for number, (logit, x, y, width, height) in enumerate(boxes_by_loops(outputs, example)):
        size = padded(width, height) / padded(*target)
        shape = (width / height) / (target[0] / target[1])
        change = max(size, 1 / size) * max(shape, 1 / shape)
        trust = math.exp(-penalty_k * (change - 1)) / (1 + math.exp(-logit))
        score = (1 - influence) * trust + influence * window.reshape(-1)[number // KINDS]
        best = max(best, (score, logit, x, y, width, height, trust))
    return best


@pytest.mark.parametrize("influence", [0.0, 0.4])
@pytest.mark.parametrize("penalty_k", [0.0, 0.2])
@pytest.mark.parametrize("seed", range(4))
def test_the_choice_equals_the_loops(seed, penalty_k, influence):
    outputs, target = outputs_of(seed), np.array([[40.0, 70.0], [60.0, 60.0]], np.float32)
    window = np.outer(np.hanning(CELLS + 2)[1:-1], np.hanning(CELLS + 2)[1:-1])
    proposals = read_proposals(outputs, ANCHORS)
    choice = pick(proposals, target, window, influence, penalty_k)
    for example in range(2):
        score, logit, *box, trust = choice_by_loops(
            outputs, example, target[example], window, influence, penalty_k
        )
        found = [*choice.centre_crop[example], *choice.size_crop[example]]
        np.testing.assert_allclose(found, box, rtol=1e-4)
        assert float(choice.logit[example]) == pytest.approx(logit, rel=1e-4)
        assert float(choice.trust[example]) == pytest.approx(trust, rel=1e-4)
        assert float(np.max(choice.response[example])) == pytest.approx(score, rel=1e-4)


def test_an_absurd_size_leaves_the_choice_finite():
    outputs = outputs_of(0)
    outputs["loc"] += 1000
    proposals = read_proposals(outputs, ANCHORS)
    choice = pick(proposals, np.full((2, 2), 40, np.float32), FLAT, 0.4, 0.16)
    assert all(np.isfinite(part).all() for part in choice)


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_the_cosine_counts_from_its_lowest_to_its_highest_squared(share):
    rng = np.random.default_rng(4)
    logit = rng.normal(size=(2, CELLS**2 * KINDS)).astype(np.float32)
    cosine = rng.uniform(-1, 1, (2, CELLS, CELLS, 1)).astype(np.float32)
    proposals = Proposals(logit, None, None, tf.sigmoid(logit))
    found = blend(proposals, tf.constant(cosine), share).likeness
    for example in range(2):
        low, high = cosine[example].min(), cosine[example].max()
        for number in range(CELLS**2 * KINDS):
            row, column = divmod(number // KINDS, CELLS)
            height = ((cosine[example, row, column, 0] - low) / (high - low)) ** 2
            expected = (1 - share) / (1 + math.exp(-logit[example, number])) + share * height
            assert float(found[example, number]) == pytest.approx(expected, abs=1e-5)


def test_a_flat_cosine_says_nothing():
    unsure = Proposals(tf.zeros([1, 9]), None, None, tf.fill([1, 9], 0.5))
    found = blend(unsure, tf.ones([1, 3, 3, 1]), 0.5).likeness
    np.testing.assert_allclose(found, np.full((1, 9), 0.25))


def test_the_best_of_each_cell():
    values = np.arange(2 * CELLS**2 * KINDS, dtype=np.float32).reshape(2, -1)
    best = best_of_cell(values, CELLS).numpy()
    np.testing.assert_array_equal(best, values.reshape(2, CELLS, CELLS, KINDS)[..., -1])
