"""What branches and cosine strive for: slow sums, and that twenty pairs can be learnt."""

import numpy as np
import pytest
import tensorflow as tf

from src.network.box_coding import BOX_CODINGS
from src.network.siamese import build_network
from src.training.boxes import compare_boxes, giou_loss, make_fused_loss
from src.training.objectives import find_objective
from src.training.train_step import Learner, batch_spec
from tests.support.parameter_files import load_design, load_hyperparams

CELLS, STRIDE, UNIT = 17, 16, 127 / 4
DESIGN = load_design("design_siamrpn_lite0")
HP = load_hyperparams("hyperparams_siamrpn_lite0", box_weight=3.0, cosine_weight=0.5)


@pytest.fixture(scope="module")
def batch():
    rng = np.random.default_rng(5)
    made = {
        key: tf.constant(rng.uniform(0, 255, (3, *spec.shape[1:])), tf.float32)
        for key, spec in batch_spec(DESIGN, HP, None).items()
        if spec.dtype == tf.float32
    }
    return made | {
        "disp_crop": tf.constant([[10.0, -20.0], [0.0, 40.0], [33.0, 5.0]]),
        "target_sz_crop": tf.constant([[60.0, 70.0], [90.0, 30.0], [50.0, 50.0]]),
        "positive": tf.constant([1.0, 1.0, 0.0]),
        "video": tf.constant(["one", "two", "three"]),
    }


@pytest.fixture(scope="module")
def compared(batch):
    network = build_network(DESIGN, 1)
    return network, compare_boxes(network, batch, training=False)


def test_every_cosine_of_the_batch_is_there(batch, compared):
    network, outputs = compared
    assert outputs["others"].shape == (3, 3, CELLS, CELLS)
    for i in range(3):
        for j in range(3):
            crops = (batch["z"][i : i + 1], batch["x"][j : j + 1])
            alone = network(crops, training=False)["cosine"][..., 0]
            expected = network.head.scaled(alone, training=False)[0]
            np.testing.assert_allclose(outputs["others"][i, j], expected, atol=1e-3)
        np.testing.assert_allclose(outputs["scaled"][i, 0], outputs["others"][i, i], atol=1e-3)
        np.testing.assert_array_equal(outputs["score"], outputs["cls"])


def test_the_loss_is_that_of_the_loops(batch):
    rng = np.random.default_rng(6)
    targets = find_objective("siamrpn_fused", "distances").make_targets(DESIGN, HP)(batch)
    shapes = {"score": 1, "cls": 1, "loc": 4}
    outputs = {key: rng.normal(size=(3, CELLS, CELLS, n)) for key, n in shapes.items()}
    outputs |= {
        "scaled": rng.normal(size=(3, 1, CELLS, CELLS)),
        "others": rng.normal(size=(3, 3, CELLS, CELLS)),
    }
    outputs = {key: value.astype(np.float32) for key, value in outputs.items()}
    parts = make_fused_loss(DESIGN, HP)(outputs, targets)

    score = box = 0.0
    for i in range(3):
        for row in range(CELLS):
            for column in range(CELLS):
                logit = outputs["score"][i, row, column, 0]
                sign = 1 if targets["label"][i, row, column, 0] else -1
                weight = targets["weight"][i, row, column, 0]
                score += weight * np.log1p(np.exp(-sign * logit)) / 3
                left, top, right, bottom = UNIT * np.exp(outputs["loc"][i, row, column])
                x, y = (column - 8) * STRIDE, (row - 8) * STRIDE
                centre = np.float32([x + (right - left) / 2, y + (bottom - top) / 2])
                cost = giou_loss(
                    centre,
                    np.float32([left + right, top + bottom]),
                    batch["disp_crop"][i],
                    batch["target_sz_crop"][i],
                )
                box += targets["box_share"][i, row, column, 0] * cost / 3
    assert float(parts["score"]) == pytest.approx(float(score), rel=1e-4)
    assert float(parts["box"]) == pytest.approx(float(box), rel=1e-4)
    total = parts["score"] + 3 * parts["box"] + 0.5 * parts["cosine"]
    assert float(parts["total"]) == pytest.approx(float(total), rel=1e-6)


def test_a_negative_pair_has_no_box(batch):
    targets = find_objective("siamrpn_fused", "distances").make_targets(DESIGN, HP)(batch)
    assert float(tf.reduce_sum(targets["box_share"][2])) == 0
    assert float(tf.reduce_sum(targets["box_share"][:2])) == pytest.approx(2)


def test_twenty_pairs_are_learnt():
    """The boxes at the best cells are then the true ones."""
    pairs, rng = 20, np.random.default_rng(8)
    design = load_design(
        "design_siamrpn_lite0",
        **{"levels": [4], "tot_stride": 8, "head_channels": 16, "frozen_blocks": 5},
        **{"batch_size": pairs, "exemplar_sz": 47, "exemplar_margin": 1, "template_cells": 5},
        **{"search_sz": 81, "score_sz": 11, "cosine_cells": 3, "freeze_batch_norm": False},
    )
    hp = load_hyperparams("hyperparams_siamrpn_lite0", lr=3e-3, lr_end=3e-4, backbone_lr=1.0)
    truth = rng.uniform(-15, 15, (pairs, 2)), rng.uniform(15, 35, (pairs, 2))
    search = rng.uniform(90, 160, (pairs, 81, 81, 3))
    exemplar = rng.uniform(90, 160, (pairs, 49, 49, 3))
    for i, (centre, size) in enumerate(zip(*truth, strict=True)):
        colour = rng.uniform(0, 255, 3)
        for crop, middle in ((search[i], centre), (exemplar[i], np.zeros(2))):
            half = len(crop) / 2
            left, top = np.rint(half + middle - size / 2).astype(int)
            right, bottom = np.rint(half + middle + size / 2).astype(int)
            crop[top:bottom, left:right] = colour
    batch = {
        "z": exemplar,
        "z_scaled": np.zeros((pairs, 0, 49, 49, 3)),
        "x": search,
        "disp_crop": truth[0],
        "target_sz_crop": truth[1],
        "positive": np.ones(pairs),
    }
    batch = {key: tf.constant(value, tf.float32) for key, value in batch.items()} | {
        "video": tf.constant([f"film{i}" for i in range(pairs)]),
        "z_frame": tf.zeros([pairs], tf.int64),
        "x_frame": tf.zeros([pairs], tf.int64),
    }
    steps = 80
    network = build_network(design, 1)
    learner = Learner(network, design, hp, steps)
    for _ in range(steps):
        assert learner.train_step(batch)
    outputs = network((batch["z"], batch["x"]), training=True)
    proposals = BOX_CODINGS["distances"].read(outputs, design, 11)
    best = tf.argmax(proposals.logit, axis=1)
    boxes = [tf.gather(p, best, axis=1, batch_dims=1) for p in proposals[1:3]]
    true = batch["disp_crop"], batch["target_sz_crop"]
    assert float(tf.reduce_mean(giou_loss(*boxes, *true))) < 0.35
