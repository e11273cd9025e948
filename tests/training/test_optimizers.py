"""Learning rates, and what learns by which."""

import numpy as np
import pytest
import tensorflow as tf

from src.network.siamese import build_network
from src.training.train_step import BackboneRate, Learner, learning_rate, make_optimizers
from tests.support.parameter_files import TINY, load_design, load_hyperparams
from tests.support.training_batches import batch_of

DESIGN = load_design(**TINY, batch_size=2)


def learner_of(steps=10, epoch=2, design=DESIGN, **changes):
    network = build_network(design, seed=1)
    hp = load_hyperparams(**changes)
    return Learner(network, design, hp, steps, steps_per_epoch=epoch)


def values(variables):
    return [variable.numpy().copy() for variable in variables]


def parts(network):
    """Variables of the backbone, and of the rest."""
    count = len(network.backbone.trainable_variables)
    return network.trainable_variables[:count], network.trainable_variables[count:]


def test_the_learning_rate_falls_geometrically():
    schedule = learning_rate(load_hyperparams(lr=1e-2, lr_end=1e-5), 4)
    assert [float(schedule(step)) for step in range(4)] == pytest.approx(
        [1e-2, 1e-3, 1e-4, 1e-5], rel=1e-4
    )


def test_the_backbones_rate_is_a_share_from_its_step_on():
    whole = learning_rate(load_hyperparams(lr=1e-2, lr_end=1e-5), 4)
    schedule = BackboneRate(whole, 0.5, 2)
    for kind in (tf.int64, tf.float32):
        rates = [float(schedule(tf.constant(step, kind))) for step in range(4)]
        assert rates == pytest.approx([0, 0, 5e-5, 5e-6], rel=1e-4)


def test_one_optimizer_serves_all_unless_the_backbone_is_apart():
    network = build_network(DESIGN, seed=1)
    [(optimizer, part)] = make_optimizers(network, load_hyperparams(), 10, 2)
    assert part == slice(None) and float(optimizer.learning_rate) == pytest.approx(1e-2)
    for changes in ({"backbone_lr": 0.1}, {"backbone_start": 1}):
        made = make_optimizers(network, load_hyperparams(**changes), 10, 2)
        of_rest, of_backbone = (network.trainable_variables[part] for _, part in made)
        expected = network.backbone.trainable_variables
        assert [v.path for v in of_backbone] == [v.path for v in expected]
        assert [v.path for v in of_rest] == [v.path for v in network.head.trainable_variables]


def test_a_backbone_that_is_apart_at_the_same_rate_learns_the_same():
    together = learner_of(optimizer="adam")
    apart = learner_of(optimizer="adam", backbone_start=1e-6)
    assert (len(together.optimizers), len(apart.optimizers)) == (1, 2)
    for seed in range(2):
        for learner in (together, apart):
            learner.train_step(batch_of(seed, pairs=2))
    for one, other in zip(together.network.weights, apart.network.weights, strict=True):
        np.testing.assert_array_equal(one.numpy(), other.numpy())


def test_the_backbone_is_released_after_its_epochs():
    learner = learner_of(backbone_start=1.5, weight_decay=0.1)
    backbone, rest = parts(learner.network)
    for step in range(5):
        kept, others = values(backbone), values(rest)
        learner.train_step(batch_of(step, pairs=2))
        moved = [np.abs(new - old).max() for new, old in zip(values(backbone), kept, strict=True)]
        assert (max(moved) == 0) if step < 3 else (min(moved) > 0), step
        assert any((new != old).any() for new, old in zip(values(rest), others, strict=True))
    assert learner.train_step.experimental_get_tracing_count() == 1


def test_the_first_step_of_the_backbone_is_its_share():
    steps = []
    for share in (1.0, 0.1):
        learner = learner_of(backbone_lr=share, weight_decay=0.0)
        before = values(parts(learner.network)[0])
        learner.train_step(batch_of(3, pairs=2))
        after = values(parts(learner.network)[0])
        steps.append([new - old for new, old in zip(after, before, strict=True)])
    for whole, tenth in zip(*steps, strict=True):
        np.testing.assert_allclose(tenth, 0.1 * whole, rtol=1e-2, atol=2e-6)


def test_a_frozen_backbone_needs_no_rate():
    design = load_design(**TINY, batch_size=2, frozen_blocks=5, freeze_batch_norm=True)
    learner = learner_of(design=design, backbone_lr=0.1)
    backbone, rest = parts(learner.network)
    assert not backbone and rest and len(learner.optimizers) == 1
    assert learner.train_step(batch_of(0, pairs=2))
