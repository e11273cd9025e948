"""The loss of anchors against slow loops and finite differences."""

import math

import numpy as np
import pytest
import tensorflow as tf

from src.training.anchors import ROUNDINGS, anchor_loss, compare_anchors

CELLS, KINDS, PAIRS = 3, 2, 3
COUNT = CELLS * CELLS * KINDS


def outputs_of(seed, size=1.0):
    rng = np.random.default_rng(seed)
    return {
        "cls": rng.normal(0, size, (PAIRS, CELLS, CELLS, 2 * KINDS)),
        "loc": rng.normal(0, size, (PAIRS, CELLS, CELLS, 4 * KINDS)),
    }


def targets_of(seed, box_loss, pairs_with_boxes=PAIRS):
    rng = np.random.default_rng(seed)
    has_box = np.arange(PAIRS)[:, None] < pairs_with_boxes
    return {
        "is_target": rng.integers(0, 2, (PAIRS, COUNT)) * has_box,
        "cls_weight": rng.uniform(0, 1, (PAIRS, COUNT)) * rng.integers(0, 2, (PAIRS, COUNT)),
        "offsets": rng.normal(0, 1, (PAIRS, COUNT, 4)),
        "box_weight": rng.uniform(0, 1, (PAIRS, COUNT)) * has_box,
        "rounding": np.array(ROUNDINGS[box_loss]),
    }


def loss_of(outputs, targets, dtype=tf.float64):
    cast = [
        {key: tf.constant(value, dtype) for key, value in part.items()}
        for part in (outputs, targets)
    ]
    return {key: float(value) for key, value in anchor_loss(*cast).items()}


def by_loops(outputs, targets, box_loss):
    cls = box = 0.0
    for pair in range(PAIRS):
        for anchor in range(COUNT):
            cell, kind = divmod(anchor, KINDS)
            row, column = divmod(cell, CELLS)
            logits = [outputs["cls"][pair, row, column, k * KINDS + kind] for k in (0, 1)]
            right = logits[int(targets["is_target"][pair, anchor])]
            entropy = math.log(sum(math.exp(logit) for logit in logits)) - right
            cls += targets["cls_weight"][pair, anchor] * entropy
            for k in range(4):
                found = outputs["loc"][pair, row, column, k * KINDS + kind]
                error = abs(found - targets["offsets"][pair, anchor, k])
                if box_loss == "smooth_l1":
                    error = error**2 / 2 if error < 1 else error - 0.5
                box += targets["box_weight"][pair, anchor] * error
    return {"total": cls + box, "cls": cls, "box": box}


@pytest.mark.parametrize("box_loss", ROUNDINGS)
@pytest.mark.parametrize("seed", range(3))
def test_the_loss_equals_loops(box_loss, seed):
    outputs, targets = outputs_of(seed), targets_of(seed, box_loss)
    expected = by_loops(outputs, targets, box_loss)
    assert loss_of(outputs, targets) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("box_loss", ROUNDINGS)
def test_gradients_equal_finite_differences(box_loss):
    outputs, targets = outputs_of(5), targets_of(6, box_loss)
    variables = {key: tf.Variable(value) for key, value in outputs.items()}
    fixed = {key: tf.constant(value, tf.float64) for key, value in targets.items()}
    with tf.GradientTape() as tape:
        total = anchor_loss({key: value * 1.0 for key, value in variables.items()}, fixed)["total"]
    gradients = tape.gradient(total, variables)
    for key, gradient in gradients.items():
        for place in np.ndindex(*outputs[key].shape):
            sides = []
            for step in (1e-6, -1e-6):
                moved = {name: value.copy() for name, value in outputs.items()}
                moved[key][place] += step
                sides.append(by_loops(moved, targets, box_loss)["total"])
            expected = (sides[0] - sides[1]) / 2e-6
            assert float(gradient[place]) == pytest.approx(expected, abs=1e-6), (key, place)


@pytest.mark.parametrize("box_loss", ROUNDINGS)
@pytest.mark.parametrize("size", [0.0, 1e-30, 1.0, 1e15, 1e30])
def test_finite_for_finite_outputs(box_loss, size):
    targets = targets_of(2, box_loss)
    outputs = {key: tf.Variable(value, dtype=tf.float32) for key, value in outputs_of(1).items()}
    fixed = {key: tf.constant(value, tf.float32) for key, value in targets.items()}
    with tf.GradientTape() as tape:
        scaled = {key: value * size for key, value in outputs.items()}
        tape.watch(scaled)
        losses = anchor_loss(scaled, fixed)
    gradients = tape.gradient(losses["total"], scaled)
    for value in (*losses.values(), *gradients.values()):
        assert np.isfinite(value.numpy()).all()


def test_pairs_without_boxes_cost_nothing():
    outputs = outputs_of(3)
    assert loss_of(outputs, targets_of(4, "l1", 0))["box"] == 0
    some = targets_of(4, "l1", 1)
    changed = {key: value.copy() for key, value in outputs.items()}
    changed["loc"][1:] += 100
    assert loss_of(changed, some)["box"] == loss_of(outputs, some)["box"] > 0


def test_the_score_of_a_cell_is_that_of_its_best_anchor():
    outputs = {key: tf.constant(value) for key, value in outputs_of(7).items()}
    batch = {"z": tf.zeros([PAIRS, 1]), "x": tf.zeros([PAIRS, 1])}
    found = compare_anchors(lambda crops, training: outputs, batch, training=True)
    cls = outputs["cls"].numpy()
    for place in np.ndindex(PAIRS, CELLS, CELLS):
        expected = max(cls[place][KINDS + kind] - cls[place][kind] for kind in range(KINDS))
        assert float(found["score"][place][0]) == pytest.approx(expected)
    assert found["cls"] is outputs["cls"] and found["score"].shape == (PAIRS, CELLS, CELLS, 1)
