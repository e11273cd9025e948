"""One step of learning and one of validation, as graphs, and their optimisers."""

from functools import partial

import tensorflow as tf

from src.network.siamese import SiameseNetwork
from src.parameters.design import Design
from src.parameters.hyperparams import Hyperparams
from src.parameters.network_arithmetic import exemplar_crop_sz, total_stride
from src.training.logistic import distance_to_gt
from src.training.objectives import make_objective


def batch_spec(design: Design, hp: Hyperparams, pairs: int | None) -> dict[str, tf.TensorSpec]:
    """What a batch of so many pairs (None: any number) holds: names, shapes and dtypes.

    `z`, `x`: crops, RGB 0...255; `z_scaled`: `z` at the `other_scales`. `disp_crop`: (x, y) of the
    target from the middle of the search crop, `target_sz_crop`: its (width, height), both in crop
    pixels. `positive`: 0 if the exemplar shows another target, else 1. `video`, `z_frame`,
    `x_frame`: where the pair comes from. Where a filter is learned, `z_search`: the exemplar in a
    crop of the search crop's size, and `z_target_sz_crop`, (width, height) of the target there.
    """
    exemplar_sz = exemplar_crop_sz(design)
    search_crop = tf.TensorSpec([pairs, design.search_sz, design.search_sz, 3])
    of_filter = {"z_search": search_crop, "z_target_sz_crop": tf.TensorSpec([pairs, 2])}
    return {
        "z": tf.TensorSpec([pairs, exemplar_sz, exemplar_sz, 3]),
        "z_scaled": tf.TensorSpec([pairs, len(hp.other_scales), exemplar_sz, exemplar_sz, 3]),
        "x": search_crop,
        "disp_crop": tf.TensorSpec([pairs, 2]),
        "target_sz_crop": tf.TensorSpec([pairs, 2]),
        "positive": tf.TensorSpec([pairs]),
        "video": tf.TensorSpec([pairs], tf.string),
        "z_frame": tf.TensorSpec([pairs], tf.int64),
        "x_frame": tf.TensorSpec([pairs], tf.int64),
        **(of_filter if hp.filter_loss_weight > 0 else {}),
    }


class Learner:
    """Network, optimiser and the graphs of a step.

    Attributes:
        network: The network that learns.
        optimizers: The head's and the backbone's, or one for both.
        optimizer: The first of them.
        step: int64 variable [], steps done.
        sums: float32 variable [3], of the steps since it was last set to zero: loss, mean
            `distance_to_gt` of a step's positive pairs, number of the steps that had any.
    """

    def __init__(
        self,
        network: SiameseNetwork,
        design: Design,
        hp: Hyperparams,
        steps: int,
        strategy: tf.distribute.Strategy | None = None,
        steps_per_epoch: int | None = None,
    ):
        """Prepares the graphs; each is traced once, at its first call.

        Args:
            network: Built network.
            design: Gives the method and the stride of the score map.
            hp: Optimiser, learning rates, weight decay, labels; `loss` picks the objective.
            steps: Steps of the whole training, for the schedule.
            strategy: In whose scope the network was built; None: one device.
            steps_per_epoch: Steps of an epoch, for the backbone's schedule; None: all.
        """
        self.strategy = strategy or tf.distribute.get_strategy()
        self.replicas = self.strategy.num_replicas_in_sync
        self.network, self.objective = network, make_objective(design, hp)
        self.targets = self.objective.make_targets(design, hp)
        self.loss = self.objective.make_loss(design, hp)
        self.tot_stride, self.weight_decay = total_stride(design), hp.weight_decay
        with self.strategy.scope():
            made = make_optimizers(network, hp, steps, steps_per_epoch or steps)
        self.optimizers, self.parts = zip(*made, strict=True)
        self.optimizer = self.optimizers[0]
        self.step = tf.Variable(0, dtype=tf.int64)
        self.sums = tf.Variable([0.0, 0.0, 0.0])
        # the parts of several replicas fit no signature; their shapes never change
        spec = [batch_spec(design, hp, design.batch_size)] if self.replicas == 1 else None
        # partial: TensorFlow would count the traces of several learners as those of one
        # no branch of the graphs is Python's
        self.train_step = tf.function(
            partial(self._train_step), autograph=False, input_signature=spec
        )
        self.validate_step = tf.function(
            partial(self._validate_step),
            autograph=False,
            input_signature=[batch_spec(design, hp, None)],
        )

    def _train_step(self, batch: dict[str, tf.Tensor]) -> tf.Tensor:
        """Learns from one batch, counts the step and adds to the sums.

        Args:
            batch: See `batch_spec`; every replica has its part of it.

        Returns:
            bool []: whether the loss and the whole gradient were finite numbers.
        """
        parts = self.strategy.run(self._learn, (batch,))
        loss, distance, positives, not_finite = tf.unstack(
            self.strategy.reduce(tf.distribute.ReduceOp.SUM, parts, axis=None)
        )
        mean_distance = tf.math.divide_no_nan(distance, positives)
        self.step.assign_add(1)
        self.sums.assign_add(tf.stack([loss, mean_distance, tf.minimum(positives, 1.0)]))
        return not_finite == 0

    def _learn(self, batch: dict[str, tf.Tensor]) -> tf.Tensor:
        """One replica's part of a step; the optimiser adds up the gradients of all.

        Returns:
            float32 [4], to be summed over the replicas: loss, distances of positive pairs, number
            of these, and 1 if a number is not finite.
        """
        with tf.GradientTape() as tape:
            outputs, mean_loss = self._forward(batch, training=True)
            loss = mean_loss / self.replicas  # the parts are of one size
        variables = self.network.trainable_variables
        gradients = [
            self._decayed(gradient, variable)
            for gradient, variable in zip(tape.gradient(loss, variables), variables, strict=True)
        ]
        for optimizer, part in zip(self.optimizers, self.parts, strict=True):
            optimizer.apply_gradients(zip(gradients[part], variables[part], strict=True))
        distance = tf.reduce_sum(self._distance(outputs, batch) * batch["positive"])
        finite = tf.math.is_finite(loss) & tf.math.is_finite(tf.linalg.global_norm(gradients))
        positives = tf.reduce_sum(batch["positive"])
        return tf.stack([loss, distance, positives, tf.cast(~finite, tf.float32)])

    def _validate_step(self, batch: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """Loss and distance of one batch without learning, as sums over its pairs.

        Returns:
            `pairs` [], `loss` [] and `distance_to_gt` [], the latter two summed over the pairs.
        """
        outputs, loss = self._forward(batch, training=False)
        distances = self._distance(outputs, batch)
        pairs = tf.cast(tf.shape(distances)[0], tf.float32)
        return {
            "pairs": pairs,
            "loss": loss * pairs,
            "distance_to_gt": tf.reduce_sum(distances),
        }

    def _forward(
        self, batch: dict[str, tf.Tensor], training: bool
    ) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
        """The head's outputs and the total loss of a batch."""
        outputs = self.objective.compare(self.network, batch, training)
        return outputs, self.loss(outputs, self.targets(batch))["total"]

    def _distance(self, outputs: dict[str, tf.Tensor], batch: dict[str, tf.Tensor]) -> tf.Tensor:
        """Distance of each example's peak from its target, crop pixels, [B]."""
        return distance_to_gt(outputs["score"], batch["disp_crop"], self.tot_stride)

    def _decayed(self, gradient: tf.Tensor, variable: tf.Variable) -> tf.Tensor:
        """Adds the replica's share of the L2 penalty's gradient: filters only."""
        if variable.path.endswith("kernel"):
            share = self.weight_decay / self.replicas
            return gradient + share * tf.convert_to_tensor(variable)
        return gradient


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
