"""The loop: reports, validation, checkpoints; a killed run ends like an undisturbed one."""

import functools
import json
import os
import signal
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from src.base.errors import Terminated, UserError
from src.network.siamese import build_network
from src.training.train_step import Learner
from src.training.trainer import Trainer, training_steps
from src.weights.checkpoints import find_checkpoint
from src.weights.training_folder import LOG_FILE
from tests.support.parameter_files import TINY, load_design, load_hyperparams, load_run
from tests.support.training_batches import batch_of

STEPS, PER_EPOCH = 9, 4


def design_in(folder, steps):
    return load_design(
        **TINY, batch_size=2, num_epochs=None, num_steps=steps, saver_folder=str(folder)
    )


def variables_of(learner):
    parts = [learner.network.weights, *(one.variables for one in learner.optimizers)]
    return [*(one.value for part in parts for one in part), learner.step, learner.sums]


def new_learner(steps, changes):
    design = design_in("nowhere", steps)
    network, hp = build_network(design, seed=1), load_hyperparams(**changes)
    return Learner(network, design, hp, steps, steps_per_epoch=PER_EPOCH)


@functools.cache
def traced_learner(steps, **changes):
    """A learner whose graphs serve every trainer, and how all of its variables begin."""
    learner = new_learner(steps, changes)
    return learner, [variable.numpy() for variable in variables_of(learner)]


def untrained(steps, **changes):
    """The learner as new: nothing that it learned before is left."""
    learner, beginning = traced_learner(steps, **changes)
    for variable, value in zip(variables_of(learner), beginning, strict=True):
        variable.assign(value)
    return learner


def trainer_in(folder, steps=STEPS, judge=None, changes=None, learner=None, **run_changes):
    design = design_in(folder, steps)
    run = load_run(**({"checkpoint_steps": 3} | run_changes))
    learner = learner or untrained(steps, **(changes or {}))
    settings = {"design": {"num_steps": steps}}
    return Trainer(learner, design, run, settings, PER_EPOCH, steps, judge), design


def batches_from(step):
    while True:
        yield batch_of(step, pairs=2)
        step += 1


def validation():
    return [batch_of(100, pairs=2), batch_of(101, pairs=1)]


def weights_of(trainer):
    return [weight.numpy() for weight in trainer.learner.network.weights]


def log_of(folder):
    return (Path(folder) / LOG_FILE).read_text().splitlines()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """A whole training's folder, and its trainer, whose learner is its own."""
    folder = tmp_path_factory.mktemp("undisturbed")
    trainer, _ = trainer_in(folder, learner=new_learner(STEPS, {}))
    trainer.train(batches_from(0), validation())
    return folder, trainer


class Killed(BaseException):
    """Stands for a SIGKILL: nothing is saved any more."""


def test_a_killed_run_ends_like_an_undisturbed_one(tmp_path, undisturbed):
    trainer, _ = trainer_in(tmp_path)

    def dying():
        for step, batch in enumerate(batches_from(0)):
            if step == 7:
                raise Killed
            yield batch

    with pytest.raises(Killed):
        trainer.train(dying(), validation())
    again, _ = trainer_in(tmp_path)
    assert again.resumed
    assert again.step == 6
    again.train(batches_from(again.step), validation())
    folder, reference = undisturbed
    for ours, theirs in zip(weights_of(again), weights_of(reference), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert log_of(tmp_path) == log_of(folder)


def test_a_backbone_with_a_rate_of_its_own_goes_on_where_it_was(tmp_path):
    apart, ended = {"backbone_lr": 0.5, "backbone_start": 0.25}, []
    for name, parts in (("whole", [4]), ("again", [3, 1])):
        for steps in parts:
            trainer, _ = trainer_in(tmp_path / name, changes=apart)
            with pytest.raises(Killed):
                trainer.train(killed_after(trainer.step, steps), None)
            if steps == 3:
                assert trainer.checkpoints.newest.checkpoint.backbone_optimizer is not None
        ended.append(weights_of(trainer))
    for ours, theirs in zip(*ended, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def killed_after(start, steps):
    """Batches of so many steps from one on, and then an end."""
    for step in range(start, start + steps):
        yield batch_of(step, pairs=2)
    raise Killed


def test_sigterm_saves_the_last_whole_step(tmp_path, undisturbed):
    trainer, _ = trainer_in(tmp_path)

    def signalled():
        for step, batch in enumerate(batches_from(0)):
            if step == 4:
                os.kill(os.getpid(), signal.SIGTERM)
            yield batch

    with pytest.raises(Terminated):
        trainer.train(signalled(), validation())
    again, _ = trainer_in(tmp_path)
    assert again.step == 5
    again.train(batches_from(5), validation())
    for ours, theirs in zip(weights_of(again), weights_of(undisturbed[1]), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_reports_and_validation_come_when_they_should(undisturbed):
    folder, _ = undisturbed
    lines = [json.loads(line) for line in log_of(folder)]
    assert [(line["kind"], line["step"]) for line in lines] == [
        ("validation", 4),
        ("validation", 8),
        ("train", 9),
        ("validation", 9),
    ]
    assert all(np.isfinite(line["loss"]) for line in lines)
    assert set(lines[2]) == {"kind", "step", "loss", "distance_to_gt", "lr"}


def reported(folder, negative_steps, steps=24):
    """Training reports of a run whose pairs are all negative in some steps."""
    trainer, _ = trainer_in(folder, steps=steps, learner=new_learner(steps, {}))
    whole = [batch_of(step, pairs=2) for step in range(steps)]
    for step in negative_steps:
        whole[step]["positive"] = tf.zeros([2])
    trainer.train(iter(whole), None)
    return [json.loads(line) for line in log_of(folder)]


def test_steps_without_positive_pairs_count_in_the_loss_but_not_in_the_distance(
    tmp_path, monkeypatch
):
    told = []
    step = Learner._train_step

    def listening(self, batch):
        before = tf.identity(self.sums)
        finite = step(self, batch)
        tf.py_function(lambda change: told.append(change.numpy()), [self.sums - before], [])
        return finite

    monkeypatch.setattr(Learner, "_train_step", listening)
    first, last = reported(tmp_path, negative_steps=[0, 5, 20, 21, 22, 23])
    assert (first["step"], last["step"]) == (20, 24)
    losses, distances, had_positives = np.array(told).T
    assert had_positives.sum() == 18
    assert first["loss"] == pytest.approx(losses[:20].mean(), abs=1e-4)
    assert last["loss"] == pytest.approx(losses[20:].mean(), abs=1e-4)
    expected = distances[:20][had_positives[:20] > 0.5].mean()
    assert first["distance_to_gt"] == pytest.approx(expected, abs=1e-2)
    assert "distance_to_gt" not in last


def test_validation_is_the_mean_over_pairs(undisturbed):
    folder, trainer = undisturbed
    sums = np.zeros(2)
    for batch in validation():
        result = trainer.learner.validate_step(batch)
        sums += [float(result["loss"]), float(result["pairs"])]
    last = json.loads(log_of(folder)[-1])
    assert last["loss"] == pytest.approx(sums[0] / sums[1], rel=1e-4)


def test_the_best_is_kept_beside_the_newest(undisturbed):
    # C16: trained checkpoints were never the ones evaluated
    folder, reference = undisturbed
    _, design = trainer_in(folder)
    losses = {
        line["step"]: line["loss"]
        for line in map(json.loads, log_of(folder))
        if line["kind"] == "validation"
    }
    best = min(losses, key=losses.get)
    newest = find_checkpoint(design, "newest")
    assert newest.name == f"saver-test-{STEPS}"
    restored = build_network(design, seed=2)
    tf.train.Checkpoint(network=restored).restore(str(newest)).expect_partial()
    for ours, theirs in zip(restored.weights, weights_of(reference), strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs)
    assert find_checkpoint(design, "best") == folder / "best" / f"saver-test-{best}"


def test_old_checkpoints_are_removed(tmp_path):
    trainer, _ = trainer_in(tmp_path, keep_checkpoints=2, checkpoint_steps=1)
    trainer.train(batches_from(0), None)
    assert len(list(tmp_path.glob("*.index"))) == 2
    assert not (tmp_path / "best").exists()


def test_a_finished_training_does_nothing_more(undisturbed):
    folder, reference = undisturbed
    trainer, _ = trainer_in(folder)
    trainer.train(iter(()), validation())
    assert trainer.step == STEPS
    for ours, theirs in zip(weights_of(trainer), weights_of(reference), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_shorter_training_is_refused(undisturbed):
    folder, _ = undisturbed
    with pytest.raises(UserError, match=r"a training of 9 steps, 8 are asked for \(design\.num_s"):
        trainer_in(folder, steps=8)


SAME_BATCH = {"lr": 1e-12, "lr_end": 1e-12}  # the same loss at every step


def test_a_training_made_longer_ends_alike_whether_it_is_killed_or_not(tmp_path):
    longer, ended = 12, []
    for name, parts in (("whole", [3]), ("killed", [2, 1])):
        trainer, _ = trainer_in(tmp_path / name)
        trainer.train(batches_from(0), validation())
        for steps in parts:
            trainer, _ = trainer_in(tmp_path / name, steps=longer, checkpoint_steps=1)
            if trainer.step + steps < longer:
                with pytest.raises(Killed):
                    trainer.train(killed_after(trainer.step, steps), validation())
            else:
                trainer.train(batches_from(trainer.step), validation())
        ended.append(weights_of(trainer))
    for ours, theirs in zip(*ended, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert log_of(tmp_path / "whole") == log_of(tmp_path / "killed")
    steps = [json.loads(line)["step"] for line in log_of(tmp_path / "whole")]
    assert steps == [4, 8, 9, 9, 12, 12]


def test_a_report_of_a_training_made_longer_is_the_mean_since_the_last(tmp_path):
    batch = batch_of(0, pairs=2)
    for steps in (3, 5, 24):
        trainer, _ = trainer_in(tmp_path, steps, learner=new_learner(steps, SAME_BATCH))
        trainer.train(iter([batch] * 24), None)
    reports = [json.loads(line) for line in log_of(tmp_path)]
    assert [report["step"] for report in reports] == [3, 5, 20, 24]
    for report in reports:
        assert report["loss"] == pytest.approx(reports[0]["loss"], rel=1e-3)


def test_without_a_log_a_report_is_the_mean_of_its_usual_steps(tmp_path):
    batch = batch_of(0, pairs=2)
    trainer, _ = trainer_in(tmp_path, 24, learner=new_learner(24, SAME_BATCH))
    with pytest.raises(StopIteration):
        trainer.train(iter([batch] * 21), None)
    first = json.loads(log_of(tmp_path)[0])
    (tmp_path / LOG_FILE).unlink()
    trainer, _ = trainer_in(tmp_path, 24, learner=new_learner(24, SAME_BATCH))
    assert trainer.step == 21
    trainer.train(iter([batch] * 3), None)
    last = json.loads(log_of(tmp_path)[0])
    assert (first["step"], last["step"]) == (20, 24)
    assert last["loss"] == pytest.approx(first["loss"], rel=1e-3)


def test_a_training_made_longer_takes_the_rates_of_its_new_length(tmp_path):
    rates = {"lr": 0.1, "lr_end": 0.001}
    trainer, _ = trainer_in(tmp_path, 3, learner=new_learner(3, rates))
    trainer.train(batches_from(0), None)
    trainer, _ = trainer_in(tmp_path, 5, learner=new_learner(5, rates))
    # 0.1, 0.0316, 0.01, 0.00316, 0.001
    assert float(trainer.learner.optimizer.learning_rate) == pytest.approx(0.00316, rel=1e-2)


def test_numbers_that_blow_up_stop_with_step_and_pairs(tmp_path):
    trainer, _ = trainer_in(tmp_path)

    def breaking():
        for step, batch in enumerate(batches_from(0)):
            yield batch | {"x": batch["x"] * np.nan} if step == 4 else batch

    with pytest.raises(UserError, match=r"step 5.*video_4 0-1, video_4 1-2"):
        trainer.train(breaking(), validation())
    again, _ = trainer_in(tmp_path)
    assert again.step == 3
    assert all(np.isfinite(weight).all() for weight in weights_of(again))


@pytest.mark.parametrize(
    ("pairs", "epochs", "steps", "expected"), [(17, 3, None, (4, 12)), (17, None, 30, (4, 30))]
)
def test_length_by_epochs_or_steps(pairs, epochs, steps, expected):
    design = load_design(batch_size=4, num_epochs=epochs, num_steps=steps)
    assert training_steps(design, pairs) == expected


def test_fewer_pairs_than_a_batch_are_told():
    with pytest.raises(UserError, match="7 training pairs, fewer than one batch of 8"):
        training_steps(load_design(), 7)


def test_tracking_chooses_the_best_when_it_is_asked_for(tmp_path):
    scores = iter([0.3, 0.5, 0.4])
    trainer, design = trainer_in(
        tmp_path, judge=lambda: {"success_auc": next(scores), "precision": 0.5}, track_every=1
    )
    trainer.train(batches_from(0), validation())
    told = [line for line in map(json.loads, log_of(tmp_path)) if line["kind"] == "tracking"]
    assert [(line["step"], line["success_auc"]) for line in told] == [(4, 0.3), (8, 0.5), (9, 0.4)]
    assert find_checkpoint(design, "best").name == "saver-test-8"


def test_tracking_every_other_epoch(tmp_path):
    calls = []
    trainer, _ = trainer_in(
        tmp_path, judge=lambda: calls.append(1) or {"success_auc": 0.1}, track_every=2
    )
    trainer.train(batches_from(0), None)
    told = [json.loads(line) for line in log_of(tmp_path)]
    assert [line["step"] for line in told if line["kind"] == "tracking"] == [8, 9]


def test_tracking_twice_an_epoch(tmp_path):
    trainer, _ = trainer_in(tmp_path, judge=lambda: {"success_auc": 0.1}, track_every=0.5)
    trainer.train(batches_from(0), None)
    told = [json.loads(line) for line in log_of(tmp_path)]
    assert [line["step"] for line in told if line["kind"] == "tracking"] == [2, 4, 6, 8, 9]
