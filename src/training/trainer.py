"""The training: steps, reports, validation, checkpoints; killed and started again, it goes on."""

import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf

from src.base.errors import UserError, deferred_signals
from src.base.progress import progress
from src.parameters.design import Design
from src.parameters.models import Run
from src.training.lengthening import planned_steps, refuse_shorter
from src.training.strategies import is_chief
from src.training.train_step import Learner, Optimizer
from src.weights.checkpoints import Checkpoints
from src.weights.training_folder import TrainingLog

REPORT_STEPS = 20


def training_steps(design: Design, pairs: int) -> tuple[int, int]:
    """Steps of an epoch and of the whole training.

    Args:
        design: `batch_size`, and `num_epochs` or `num_steps`.
        pairs: Training pairs.

    Returns:
        (steps an epoch, steps in all).

    Raises:
        UserError: There are fewer pairs than one batch.
    """
    per_epoch = pairs // design.batch_size
    if per_epoch == 0:
        raise UserError(
            f"there are {pairs} training pairs, fewer than one batch of {design.batch_size} "
            "(design.batch_size); make more pairs or a smaller batch"
        )
    if design.num_steps is not None:
        return per_epoch, design.num_steps
    return per_epoch, per_epoch * design.num_epochs


class Trainer:
    """Runs a `Learner` over batches.

    Attributes:
        step: Steps done so far.
        planned: Steps that the training which goes on was to take; those of now for a new one.
        chief: Whether this process reports, validates and saves; of several, one does.
    """

    def __init__(
        self,
        learner: Learner,
        design: Design,
        run: Run,
        settings: dict,
        steps_per_epoch: int,
        steps: int,
        judge: Callable[[], dict[str, float]] | None,
    ):
        """Looks for a training to go on with.

        Args:
            learner: What learns.
            design: Where checkpoints lie.
            run: How often and how many to keep; summaries.
            settings: All that the result depends on, `{file: {key: value}}`.
            steps_per_epoch: Steps between validations.
            steps: Steps in all.
            judge: Tracks with the network as it is and returns scores, of which `success_auc`
                chooses the best; None: the validation loss chooses.

        Raises:
            UserError: The folder holds a training with other settings, or a longer one.
        """
        self.learner, self.run, self.batch_size = learner, run, design.batch_size
        self.steps_per_epoch, self.steps = steps_per_epoch, steps
        self.judge, self.chief = judge, is_chief(learner.strategy)
        self.best_score = tf.Variable(-math.inf)
        self.checkpoints = Checkpoints(
            design,
            run.keep_checkpoints,
            settings,
            best_of={"network": learner.network},
            network=learner.network,
            **_named(learner.optimizers),
            step=learner.step,
            sums=learner.sums,
            best_score=self.best_score,
        )
        stored = self.checkpoints.stored
        self.planned = steps if stored is None else planned_steps(stored, steps_per_epoch)
        refuse_shorter(self.checkpoints.place, self.planned, steps)
        self.log = TrainingLog(Path(design.saver_folder), run.write_summary)
        self.resumed = self.checkpoints.restore()
        self.step = int(learner.step)
        if self.chief:
            self.log.rewind(self.step)
        # a training that was made longer reported at its old end too
        usual = self.step - self.step % REPORT_STEPS
        self._reported = max(usual, self.log.last_step("train"))

    def train(self, batches: Iterator[dict], validation: tf.data.Dataset | None) -> None:
        """Trains until all steps are done.

        On SIGTERM or Ctrl-C the state after the last whole step is saved; the same command goes on
        from there, as it does from the last checkpoint after a SIGKILL.

        Args:
            batches: Batches from step `self.step` on.
            validation: Batches to validate with after every epoch, or None.

        Raises:
            UserError: The loss or the gradient is not finite; the message names step and pairs.
        """
        pairs = self.batch_size
        total, done = self.steps * pairs, self.step * pairs
        with (
            progress(total=total, initial=done, desc="training", unit="pair") as bar,
            deferred_signals() as request,
        ):
            while self.step < self.steps:
                self._one_step(next(batches))
                bar.update(pairs)
                if self.chief:
                    self._after_step(bar, validation)
                if request.reason:
                    if self.chief:
                        self.checkpoints.save(self.step)
                    raise request.reason

    def _one_step(self, batch: dict[str, tf.Tensor]) -> None:
        """Learns from one batch, or stops if its numbers blow up."""
        if not self.learner.train_step(batch):
            raise UserError(_not_finite(self.step + 1, self._seen(batch)))
        self.step += 1

    def _seen(self, batch: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """The names of the pairs that this process had."""
        local = self.learner.strategy.experimental_local_results
        keys = ("video", "z_frame", "x_frame")
        return {key: tf.concat(local(batch[key]), axis=0) for key in keys}

    def _after_step(self, bar: object, validation: tf.data.Dataset | None) -> None:
        """Reports, validates and saves when it is time."""
        done = self.step == self.steps
        if done or self.step % REPORT_STEPS == 0:
            values = self._report()
            bar.set_postfix(values)
        if done or self.step % self.steps_per_epoch == 0:
            loss = self._validate(validation)
            if self.judge is None and loss is not None:
                self._keep_best(-loss)
        if self.judge and (done or self.step % self._steps_to_tracking == 0):
            scores = self.judge()
            self.log.write("tracking", self.step, scores)
            self._keep_best(scores["success_auc"])
        if done or self.step % self.run.checkpoint_steps == 0:
            self.checkpoints.save(self.step)

    def _report(self) -> dict[str, float]:
        """Writes the means since the last report to the log and returns them.

        The distance is left out if no pair was positive.
        """
        loss, distance, steps_with_positives = self.learner.sums.numpy()
        self.learner.sums.assign([0.0, 0.0, 0.0])
        steps, self._reported = self.step - self._reported, self.step
        values = {"loss": round(float(loss / steps), 6)}
        if steps_with_positives:
            values["distance_to_gt"] = round(float(distance / steps_with_positives), 3)
        values["lr"] = float(self.learner.optimizer.learning_rate)
        self.log.write("train", self.step, values)
        return values

    @property
    def _steps_to_tracking(self) -> int:
        """Steps from one tracking of the validation videos to the next."""
        return max(1, round(self.steps_per_epoch * self.run.track_every))

    def _validate(self, validation: tf.data.Dataset | None) -> float | None:
        """Writes the validation's means to the log and returns the loss; None without pairs."""
        if validation is None:
            return None
        sums = np.zeros(3)
        for batch in validation:
            result = self.learner.validate_step(batch)
            sums += [float(result[key]) for key in ("pairs", "loss", "distance_to_gt")]
        values = {"loss": sums[1] / sums[0], "distance_to_gt": sums[2] / sums[0]}
        self.log.write("validation", self.step, values)
        return values["loss"]

    def _keep_best(self, score: float) -> None:
        """Keeps the network as the best if no score was higher before."""
        if score > float(self.best_score):
            self.best_score.assign(score)
            self.checkpoints.save_best(self.step)


def _named(optimizers: Sequence[Optimizer]) -> dict[str, Optimizer]:
    """By their names in a checkpoint: the backbone's own is missing where one serves all."""
    return dict(zip(("optimizer", "backbone_optimizer"), optimizers, strict=False))


def _not_finite(step: int, batch: dict[str, tf.Tensor]) -> str:
    """The sentence that stops a training whose numbers blew up."""
    pairs = ", ".join(
        f"{video.decode()} {int(z)}-{int(x)}"
        for video, z, x in zip(
            batch["video"].numpy(), batch["z_frame"].numpy(), batch["x_frame"].numpy(), strict=True
        )
    )
    return (
        f"the loss or its gradient is not a finite number at step {step}; its pairs (video, "
        f"frames) are: {pairs}; the last checkpoint is kept: lower hyperparams.lr or leave these "
        "pairs out"
    )
