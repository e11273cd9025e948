"""What a training computes with: named, tried out, or as it began."""

import json

import pytest
import tensorflow as tf

from src.base.errors import UserError
from src.network.siamese import build_network
from src.training import precision as training_precision
from src.training.precision import (
    refuse_auto,
    settle_training_precision,
    step_rates,
    stored_precision,
)
from src.weights.training_folder import SETTINGS_FILE
from tests.support.parameter_files import TINY, load_design, load_hyperparams, load_run

SMALL = TINY | {"filter_num": [4, 4, 4, 4, 4]}


def clock_of(repetitions):
    """A clock for steps in float32 and bfloat16, in turns, that take so many seconds."""
    times, now = [], 0.0
    for seconds in (one for pair in repetitions for one in pair):
        times += [now, now + seconds]
        now += seconds
    return iter(times).__next__


def timed(monkeypatch, *repetitions):
    monkeypatch.setattr(training_precision, "_step", lambda *how: lambda: None)
    return step_rates(load_design(), load_hyperparams(), "auto", clock_of(repetitions))


def test_the_quickest_of_three_steps_of_two_pairs_counts(monkeypatch):
    rates = timed(monkeypatch, (0.5, 0.6), (0.8, 0.25), (0.4, 0.5))
    assert rates == {"float32": pytest.approx(5.0), "bfloat16": pytest.approx(8.0)}


@pytest.mark.parametrize(
    ("once", "expected"), [((0.4, 10.0), (5.0, 0.2)), ((4.0, 3.0), (0.5, 0.6667))]
)
def test_long_steps_are_done_once(monkeypatch, once, expected):
    # a second repetition would ask the clock in vain
    rates = timed(monkeypatch, once)
    assert tuple(rates.values()) == pytest.approx(expected, rel=1e-3)


def test_a_step_that_tensorflow_cannot_do_is_not_taken(monkeypatch):
    def step(design, hp, precision):
        if precision == "bfloat16":
            raise UserError("not in bfloat16")
        return lambda: None

    monkeypatch.setattr(training_precision, "_step", step)
    clock = iter(range(100)).__next__
    rates = step_rates(load_design(), load_hyperparams(), "auto", clock)
    assert rates == {"float32": 2.0, "bfloat16": 0.0}
    with pytest.raises(UserError, match="not in bfloat16"):
        step_rates(load_design(), load_hyperparams(), "bfloat16", clock)


def test_what_tensorflow_says_of_it_is_a_sentence(monkeypatch):
    def refuse(design, seed, precision):
        if precision == "bfloat16":
            raise tf.errors.AbortedError(None, None, "could not create a primitive descriptor")
        return build_network(design, seed, precision)

    monkeypatch.setattr(training_precision, "build_network", refuse)
    with pytest.raises(UserError, match=r"cannot train this design in bfloat16 .*Aborted.*float32"):
        step_rates(load_design(**SMALL), load_hyperparams(), "bfloat16", clock_of([]))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"loss": "contrast", "other_scales": [0.9, 1.1]},
        {"filter_loss_weight": 1.0, "filter_weight": 10.0, "filter_cells": 6},
    ],
    ids=["logistic", "contrast", "with a filter"],
)
def test_a_real_step_is_done_in_both(changes):
    hp = load_hyperparams(**changes)
    rates = step_rates(load_design(**SMALL), hp, "auto")
    assert rates["float32"] > 0 and set(rates) == {"float32", "bfloat16"}


def settled(monkeypatch, wanted, rates=None, stored=None):
    def found(design, hp, required):
        assert required == wanted
        return dict(zip(("float32", "bfloat16"), rates, strict=True))

    monkeypatch.setattr(training_precision, "step_rates", found)
    run = load_run(precision=wanted)
    settled = settle_training_precision(run, load_design(), load_hyperparams(), stored)
    assert settled == run.model_copy(update={"precision": settled.precision})
    return settled.precision


@pytest.mark.parametrize(
    ("rates", "precision", "told"),
    [
        ((4.6, 0.19), "float32", "0.19 pairs/s for 4.6 in float32"),
        ((4.6, 8.28), "bfloat16", "8.28 pairs/s for 4.6 in float32"),
        ((4.6, 4.7), "float32", "4.7 pairs/s for 4.6 in float32"),
        ((4.6, 0.0), "float32", "0 pairs/s for 4.6 in float32"),
    ],
)
def test_auto_takes_what_is_clearly_faster_and_tells_both_figures(
    monkeypatch, capsys, rates, precision, told
):
    assert settled(monkeypatch, "auto", rates) == precision
    expected = f"Precision: {precision} (a step in bfloat16 is tried: {told})\n"
    assert capsys.readouterr() == (expected, "")


def test_bfloat16_that_is_slower_is_told_with_both_figures(monkeypatch, capsys):
    assert settled(monkeypatch, "bfloat16", (4.6, 0.19)) == "bfloat16"
    assert capsys.readouterr() == (
        "",
        "warning: run.precision is bfloat16, in which a step is slower on this machine: 0.19 "
        "pairs/s for 4.6 in float32; run.precision=auto takes the faster one\n",
    )


@pytest.mark.parametrize("rates", [(4.6, 8.28), (4.6, 4.5)])
def test_bfloat16_that_is_faster_or_by_chance_slower_is_not(monkeypatch, capsys, rates):
    assert settled(monkeypatch, "bfloat16", rates) == "bfloat16"
    assert capsys.readouterr() == ("", "")


def test_float32_is_never_tried(monkeypatch, capsys):
    assert settled(monkeypatch, "float32") == "float32"
    assert settled(monkeypatch, "float32", stored="bfloat16") == "float32"
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("stored", ["float32", "bfloat16"])
def test_auto_goes_on_as_the_training_began(monkeypatch, capsys, stored):
    assert settled(monkeypatch, "auto", stored=stored) == stored
    assert capsys.readouterr().out == f"Precision: {stored}, as this training began\n"


def test_a_folder_tells_what_its_training_computes_with(tmp_path):
    design = load_design(saver_folder=str(tmp_path))
    (tmp_path / SETTINGS_FILE).write_text(json.dumps({"run": {"precision": "bfloat16"}}))
    # settings of a training that saved nothing yet
    assert stored_precision(design) is None
    tf.train.CheckpointManager(tf.train.Checkpoint(), str(tmp_path), 1).save()
    assert stored_precision(design) == "bfloat16"


def test_workers_of_a_cluster_do_not_decide_each_for_itself():
    for wanted, in_cluster in (("auto", False), ("bfloat16", True), ("float32", True)):
        refuse_auto(load_run(precision=wanted), in_cluster)
    with pytest.raises(UserError, match=r'precision: "auto" .*TF_CONFIG .*"bfloat16" is right'):
        refuse_auto(load_run(precision="auto"), in_cluster=True)
