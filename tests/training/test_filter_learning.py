"""The loss of filters learned inside the step, against dense solutions and finite differences."""

from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

from src.network.siamese import build_network
from src.tracking.pasting import PLACES, pasted
from src.training.filter_learning import filter_loss, make_filter_comparison, make_filter_targets
from src.training.objectives import find_objective, make_objective
from src.training.train_step import Learner
from tests.reference.contrast_by_loops import loss_by_loops, share_by_loops
from tests.reference.ridge_by_solving import dense_solution, respond_by_loops
from tests.support.parameter_files import TINY, load_design, load_hyperparams
from tests.support.training_batches import batch_of, textured_pair

# 17 cells of 8 pixels; the filter has as many taps as the template has cells, so without a margin
DESIGN = load_design(**TINY)
CELLS, STRIDE, TAPS, CHANNELS = 17, 8, 6, 2
EMBEDDED = CELLS + TAPS - 1
VIDEOS = ("a", "b", "b", "c")


def filter_hyperparams(**changes):
    usual = {
        "filter_loss_weight": 0.5,
        "filter_weight": 10.0,
        "filter_cells": TAPS,
        "filter_ridge": 0.5,
        "filter_sigma": 12.0,
        "filter_pasted": 2,
        "filter_first_steps": 80,
    }
    return load_hyperparams(**usual | changes)


def network_of(mix):
    """Embeds crops as means of patches, their colours mixed by [3, C]."""

    def embed_search(crops, training):
        means = tf.image.resize(crops, (EMBEDDED, EMBEDDED), method="area") / 255 - 0.5
        return (tf.tensordot(means, mix, 1),)

    return SimpleNamespace(embed_search=embed_search)


def make_batch(seed=3, videos=VIDEOS, positive=(1.0, 1.0, 0.0, 1.0)):
    batch = batch_of(seed, pairs=len(videos), shift=24, videos=videos)
    rng = np.random.default_rng(seed)
    wide = batch_of(seed + 1, pairs=len(videos))["x"]
    return batch | {
        "positive": tf.constant(positive),
        "z_search": wide,
        "z_target_sz_crop": tf.constant(rng.uniform(40, 70, (len(videos), 2)), tf.float32),
    }


def mixed_colours(seed=0):
    return tf.Variable(np.random.default_rng(seed).normal(size=(3, CHANNELS)), dtype=tf.float32)


def unit_lengths(features):
    features = np.float64(features)
    return features / np.sqrt((features**2).sum(axis=-1, keepdims=True) + 1e-6)


def test_filters_are_the_dense_solutions_and_answer_in_every_crop():
    hp, batch, network = filter_hyperparams(), make_batch(), network_of(mixed_colours())
    (embedded,) = network.embed_search(batch["x"], training=True)
    compare = make_filter_comparison(DESIGN, hp)
    found = compare(network, batch, embedded, True)
    assert found["filter_scaled"].shape == (4, 1, CELLS, CELLS)
    assert found["filter_others"].shape == (4, 4, CELLS, CELLS)

    crops, sizes = batch["z_search"], batch["z_target_sz_crop"]
    views = [crops, *pasted(crops, sizes, PLACES[:2])]
    first = np.stack([network.embed_search(view, True)[0] for view in views], axis=1)
    labels = np.stack([gaussian(disp, hp.filter_sigma) for disp in ((0, 0), *PLACES[:2])])
    first, search = unit_lengths(first), unit_lengths(embedded)
    means = first.mean(axis=(1, 2, 3))
    apart = first - means[:, None, None, None]
    samples = apart, np.stack([labels] * 4), np.full((4, 3), 1 / 3)
    for i in range(4):
        taps = dense_solution(samples, TAPS, 0, i, hp.filter_ridge).reshape(TAPS, TAPS, CHANNELS)
        for j in range(4):
            expected = 10 * respond_by_loops(taps, search[j] - means[i], 0)
            np.testing.assert_allclose(found["filter_others"][i, j], expected, atol=2e-3)
        np.testing.assert_allclose(
            found["filter_scaled"][i, 0], found["filter_others"][i, i], atol=1e-5
        )


def gaussian(disp, sigma):
    """Around a displacement (x, y) in crop pixels, [m, m]."""
    axis = (np.arange(CELLS) - CELLS // 2) * STRIDE
    x, y = axis[None, :] - disp[0], axis[:, None] - disp[1]
    return np.exp(-(x**2 + y**2) / (2 * sigma**2))


def test_the_loss_is_that_of_loops_and_scenes_and_negative_pairs_count_as_in_contrast():
    hp, batch = filter_hyperparams(other_scales=(0.9, 1.1), loss="contrast"), make_batch()
    targets = make_filter_targets(DESIGN, hp)(batch)
    rng = np.random.default_rng(1)
    outputs = {
        "filter_scaled": rng.normal(size=(4, 1, CELLS, CELLS)),
        "filter_others": rng.normal(size=(4, 4, CELLS, CELLS)),
    }
    share = [
        share_by_loops(CELLS, STRIDE, disp, (1.0,), hp.label_sigma, 1.0)
        for disp in batch["disp_crop"].numpy()
    ]
    np.testing.assert_allclose(targets["filter_share"], share, atol=1e-5)
    logits = {key: tf.constant(value, tf.float32) for key, value in outputs.items()}
    expected = loss_by_loops(*outputs.values(), share, VIDEOS, (1, 1, 0, 1))
    assert float(filter_loss(logits, targets)) == pytest.approx(expected, rel=1e-4)


def loss_and_gradient(mix, batch, hp):
    compare, targets = make_filter_comparison(DESIGN, hp), make_filter_targets(DESIGN, hp)(batch)
    network = network_of(mix)
    with tf.GradientTape() as tape:
        (embedded,) = network.embed_search(batch["x"], training=True)
        loss = filter_loss(compare(network, batch, embedded, True), targets)
    return float(loss), tape.gradient(loss, mix).numpy()


# between few steps and all that are needed, float32 decides where conjugate gradients stand
@pytest.mark.parametrize("steps", [2, 40])
def test_the_gradient_goes_through_the_learning_of_the_filter(steps):
    hp, batch, mix = filter_hyperparams(filter_first_steps=steps), make_batch(), mixed_colours()
    _, gradient = loss_and_gradient(mix, batch, hp)
    start, size = mix.numpy(), float(np.abs(gradient).max())
    assert size > 1
    for place in np.ndindex(gradient.shape):
        ends = []
        for way in (0.003, -0.003):
            changed = start.copy()
            changed[place] += way
            mix.assign(changed)
            ends.append(loss_and_gradient(mix, batch, hp)[0])
        assert gradient[place] == pytest.approx((ends[0] - ends[1]) / 0.006, abs=0.03 * size)


def test_it_is_weighed_beside_the_loss_and_off_at_weight_0():
    plain, weighed = load_hyperparams(), filter_hyperparams(filter_first_steps=3)
    assert make_objective(DESIGN, plain) is find_objective("siamfc", "logistic")
    network, batch = build_network(DESIGN, 1), make_batch()
    parts = {}
    for name, hp in (("plain", plain), ("weighed", weighed)):
        objective = make_objective(DESIGN, hp)
        outputs = objective.compare(network, batch, False)
        parts[name] = objective.make_loss(DESIGN, hp)(
            outputs, objective.make_targets(DESIGN, hp)(batch)
        )
    total, of_filter = parts["weighed"]["total"], parts["weighed"]["filter"]
    assert float(of_filter) > 0.1
    assert float(total) == pytest.approx(float(parts["plain"]["total"] + 0.5 * of_filter), rel=1e-5)


def shown_twice(pairs=4):
    """Pairs whose targets are in `z_search` as in `x`, where they stand elsewhere."""
    rng = np.random.default_rng(5)
    disp = rng.integers(-24, 25, (pairs, 2))
    same = [np.random.default_rng([5, pair]) for pair in range(pairs)]
    wide = [textured_pair(one, exemplar_sz=255)[0] for one in same]
    same = [np.random.default_rng([5, pair]) for pair in range(pairs)]
    x = [textured_pair(one, disp=place)[1] for one, place in zip(same, disp, strict=True)]
    return make_batch(videos="abcd", positive=(1.0,) * pairs) | {
        "x": tf.constant(np.stack(x)),
        "disp_crop": tf.constant(disp, tf.float32),
        "z_search": tf.constant(np.stack(wide)),
        "z_target_sz_crop": tf.fill([pairs, 2], 60.0),
    }


def test_steps_bring_the_filters_nearer_to_their_targets():
    bare = {"batch_norm": [False] * 5, "join_method": "cosine", "score_scaling": "gain_bias"}
    design = load_design(**TINY | bare | {"batch_size": 4, "score_gain": 20.0})
    rates = {"lr": 0.003, "lr_end": 0.003, "optimizer": "adam"}
    hp = filter_hyperparams(filter_first_steps=3, filter_loss_weight=5.0, **rates)
    learner = Learner(build_network(design, 1), design, hp, steps=30)
    batch, objective = shown_twice(), make_objective(design, hp)

    def loss():
        outputs = objective.compare(learner.network, batch, False)
        return float(filter_loss(outputs, objective.make_targets(design, hp)(batch)))

    before = loss()
    for _ in range(30):
        assert learner.train_step(batch)
    assert loss() < 0.7 * before
