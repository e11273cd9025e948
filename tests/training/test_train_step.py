import numpy as np
import pytest
import tensorflow as tf

from src.network.siamese import build_network
from src.training.contrast import compare_with_others, contrast_loss, make_contrast_targets
from src.training.logistic import distance_to_gt, logistic_loss, make_logistic_targets
from src.training.train_step import Learner, batch_spec
from tests.support.parameter_files import TINY, load_design, load_hyperparams
from tests.support.training_batches import batch_of

DESIGN = load_design(**TINY, batch_size=4)
CONTRAST = {"loss": "contrast", "other_scales": [0.95, 1.05]}


def learner_of(steps=100, design=DESIGN, **changes):
    network = build_network(design, seed=1)
    return Learner(network, design, load_hyperparams(**changes), steps)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_the_first_rate_is_used_and_logged(optimizer):
    learner = learner_of(optimizer=optimizer, lr=1e-3, lr_end=1e-4)
    assert float(learner.optimizer.learning_rate) == pytest.approx(1e-3)


def test_sgd_with_momentum_and_decay_equals_the_formula():
    learner = learner_of(lr=1e-2, lr_end=1e-2, momentum=0.9, weight_decay=0.1, steps=10)
    network, batch = learner.network, batch_of(0)
    expected = [variable.numpy().copy() for variable in network.trainable_variables]
    velocity = [np.zeros_like(value) for value in expected]
    for _ in range(2):
        with tf.GradientTape() as tape:
            outputs = network((batch["z"], batch["x"]), training=True)
            loss = logistic_loss(outputs, learner.targets(batch))["total"]
        gradients = tape.gradient(loss, network.trainable_variables)
        for index, (gradient, variable) in enumerate(
            zip(gradients, network.trainable_variables, strict=True)
        ):
            decay = 0.1 if variable.path.endswith("kernel") else 0.0
            total = gradient.numpy() + decay * expected[index]
            velocity[index] = 0.9 * velocity[index] - 1e-2 * total
            expected[index] = expected[index] + velocity[index]
        learner.train_step(batch)
        for variable, value in zip(network.trainable_variables, expected, strict=True):
            np.testing.assert_allclose(variable.numpy(), value, rtol=2e-3, atol=2e-5)
            # the next gradient is taken where the formula stands
            variable.assign(value)


def contrast_batch(seed, pairs=4, shift=16):
    videos = [f"{seed} {pair}" for pair in range(pairs)]
    return batch_of(seed, pairs, shift, CONTRAST["other_scales"], videos)


@pytest.mark.parametrize("margin", [0, 8])
@pytest.mark.parametrize("other_scales", [[], [0.9, 0.95, 1.05]])
def test_a_batch_has_an_exemplar_for_every_other_scale(margin, other_scales):
    design = load_design(exemplar_margin=margin, batch_size=2)
    hp = load_hyperparams(loss="contrast", other_scales=other_scales)
    size = 127 + 2 * margin
    for pairs in (2, None):
        spec = batch_spec(design, hp, pairs)
        assert spec["z"].shape.as_list() == [pairs, size, size, 3]
        assert spec["z_scaled"].shape.as_list() == [pairs, len(other_scales), size, size, 3]
    assert batch_spec(DESIGN, hp, 4).keys() == batch_of(0).keys()


@pytest.mark.parametrize("loss", ["logistic", "contrast"])
def test_the_hyperparams_pick_what_is_learned(loss):
    changes = CONTRAST if loss == "contrast" else {"loss": loss}
    learner, hp = learner_of(**changes), load_hyperparams(**changes)
    batch = batch_of(1, other_scales=hp.other_scales, videos="abcd", shift=16)
    if loss == "contrast":
        outputs = compare_with_others(learner.network, batch, training=True)
        expected = contrast_loss(outputs, make_contrast_targets(DESIGN, hp)(batch))["total"]
    else:
        outputs = learner.network((batch["z"], batch["x"]), training=True)
        expected = logistic_loss(outputs, make_logistic_targets(DESIGN, hp)(batch))["total"]
    assert learner.train_step(batch)
    assert float(learner.sums[0]) == pytest.approx(float(expected), rel=1e-4)


def test_a_training_by_contrast_takes_steps_in_one_graph_and_learns():
    learner = learner_of(**CONTRAST, optimizer="adam", lr=1e-3, lr_end=1e-3)
    assert learner.train_step(contrast_batch(0))
    first = learner.sums.numpy()
    for seed in (1, 2, 0, 0, 0, 0):
        learner.sums.assign([0.0, 0.0, 0.0])
        assert learner.train_step(contrast_batch(seed))
    loss, distance, steps = learner.sums.numpy()
    assert 0 < loss < 0.8 * first[0]
    assert (distance > 0, steps) == (True, 1)
    assert int(learner.step) == 7
    assert learner.train_step.experimental_get_tracing_count() == 1


def test_validation_by_contrast_takes_a_last_smaller_batch_and_learns_nothing():
    learner, hp = learner_of(**CONTRAST), load_hyperparams(**CONTRAST)
    before = [weight.numpy().copy() for weight in learner.network.weights]
    for seed, pairs in ((1, 4), (2, 4), (3, 1)):
        batch = contrast_batch(seed, pairs)
        found = learner.validate_step(batch)
        outputs = compare_with_others(learner.network, batch, training=False)
        loss = contrast_loss(outputs, make_contrast_targets(DESIGN, hp)(batch))["total"]
        distances = distance_to_gt(outputs["score"], batch["disp_crop"], 8)
        assert float(found["pairs"]) == pairs
        assert float(found["loss"]) == pytest.approx(pairs * float(loss), rel=1e-3)
        assert float(found["distance_to_gt"]) == pytest.approx(sum(distances.numpy()), rel=1e-3)
    assert learner.validate_step.experimental_get_tracing_count() == 1
    for weight, value in zip(learner.network.weights, before, strict=True):
        np.testing.assert_array_equal(weight.numpy(), value)


def test_one_trace_and_statistics_that_move():
    # C3, C27: the graph grew with every step
    learner = learner_of()
    before = learner.network.non_trainable_variables[0].numpy().copy()
    for seed in range(3):
        learner.train_step(batch_of(seed))
    assert learner.train_step.experimental_get_tracing_count() == 1
    assert int(learner.step) == 3
    loss, distance, steps = learner.sums.numpy()
    assert (0.1 * 3 < loss < 10 * 3, distance > 0, steps) == (True, True, 3)
    assert np.abs(learner.network.non_trainable_variables[0].numpy() - before).max() > 0


def test_validation_learns_nothing_and_sums_over_pairs():
    learner = learner_of()
    before = [weight.numpy().copy() for weight in learner.network.weights]
    whole = learner.validate_step(batch_of(5, pairs=4))
    for weight, value in zip(learner.network.weights, before, strict=True):
        np.testing.assert_array_equal(weight.numpy(), value)
    batch = batch_of(5, pairs=4)
    halves = [
        learner.validate_step({key: value[part] for key, value in batch.items()})
        for part in (slice(0, 1), slice(1, 4))
    ]
    for key in ("pairs", "loss", "distance_to_gt"):
        assert float(whole[key]) == pytest.approx(sum(float(h[key]) for h in halves), rel=1e-3)


def test_a_number_that_is_not_finite_is_noticed():
    learner = learner_of()
    assert learner.train_step(batch_of(0))
    broken = batch_of(0)
    broken["x"] = broken["x"] * np.nan
    assert not learner.train_step(broken)


def test_the_distance_is_that_of_positive_pairs():
    learner = learner_of()
    for positive in ((1, 1, 1, 1), (1, 0, 0, 1), (0, 1, 0, 0), (0, 0, 0, 0)):
        batch = batch_of(0, shift=40) | {"positive": tf.constant(positive, tf.float32)}
        score = learner.network((batch["z"], batch["x"]), training=True)["score"]
        distances = distance_to_gt(score, batch["disp_crop"], 8).numpy()
        learner.sums.assign([0.0, 0.0, 0.0])
        assert learner.train_step(batch)
        loss, distance, steps = learner.sums.numpy()
        kept = distances[np.array(positive) == 1]
        assert loss > 0
        assert distance == pytest.approx(kept.mean() if len(kept) else 0, rel=1e-3), positive
        assert steps == bool(len(kept))


def test_a_negative_pair_pulls_the_scores_down():
    learner = learner_of(lr=1e-3, lr_end=1e-3)
    batch = batch_of(3) | {"positive": tf.zeros([4])}
    losses = []
    for _ in range(6):
        learner.sums.assign([0.0, 0.0, 0.0])
        learner.train_step(batch)
        losses.append(float(learner.sums[0]))
    assert losses[-1] < losses[0]
