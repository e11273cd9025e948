"""Optimisers and their learning rates: one for all, or the backbone's apart from the rest."""

import tensorflow as tf

from src.network.siamese import SiameseNetwork
from src.parameters.hyperparams import Hyperparams

Optimizer = tf.keras.optimizers.Optimizer
LearningRateSchedule = tf.keras.optimizers.schedules.LearningRateSchedule


def learning_rate(hp: Hyperparams, steps: int) -> LearningRateSchedule:
    """Geometric decay from `hp.lr` at the first step to `hp.lr_end` at the last of `steps`."""
    return tf.keras.optimizers.schedules.ExponentialDecay(
        hp.lr, max(steps - 1, 1), hp.lr_end / hp.lr
    )


class BackboneRate(LearningRateSchedule):
    """A share of the learning rate, from a step on; 0 before."""

    def __init__(self, rate: LearningRateSchedule, share: float, first_step: int):
        """Records them; steps count from 0."""
        super().__init__()
        self.rate, self.share, self.first_step = rate, share, first_step

    def __call__(self, step: tf.Tensor) -> tf.Tensor:
        """The learning rate of a step, float32 []."""
        learns = tf.cast(step, tf.int64) >= self.first_step
        return tf.cast(learns, tf.float32) * self.share * self.rate(step)


def _sgd(hp: Hyperparams, rate: LearningRateSchedule) -> Optimizer:
    """Stochastic gradient descent with momentum (reference recipe)."""
    return tf.keras.optimizers.SGD(rate, momentum=hp.momentum)


def _adam(hp: Hyperparams, rate: LearningRateSchedule) -> Optimizer:
    """Adam; `hp.momentum` is its first decay."""
    return tf.keras.optimizers.Adam(rate, beta_1=hp.momentum)


OPTIMIZERS = {"sgd": _sgd, "adam": _adam}


def make_optimizers(
    network: SiameseNetwork, hp: Hyperparams, steps: int, steps_per_epoch: int
) -> list[tuple[Optimizer, slice]]:
    """Makes the optimisers of a network, built for its variables.

    Args:
        network: Built network.
        hp: `optimizer` and rates; `backbone_lr` and `backbone_start` set the backbone apart.
        steps: Steps of the whole training.
        steps_per_epoch: Steps of an epoch.

    Returns:
        Each optimiser with the slice of `network.trainable_variables` that it changes: first that
        of the head, or of all where the backbone is not set apart; then the backbone's, if it is.
    """
    rate, variables = learning_rate(hp, steps), network.trainable_variables
    alike = hp.backbone_lr == 1 and hp.backbone_start == 0
    if alike or not network.backbone.trainable_variables:
        rates = [(rate, slice(None))]
    else:
        of_backbone = len(network.backbone.trainable_variables)
        first_step = round(hp.backbone_start * steps_per_epoch)
        backbone_rate = BackboneRate(rate, hp.backbone_lr, first_step)
        rates = [(rate, slice(of_backbone, None)), (backbone_rate, slice(of_backbone))]
    made = [(OPTIMIZERS[hp.optimizer](hp, one), part) for one, part in rates]
    for optimizer, part in made:
        optimizer.build(variables[part])
    return made
