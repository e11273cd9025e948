"""What a training computes with: `run.precision`, "auto" found out by trying a step in both."""

import math
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import tensorflow as tf

from src.base.errors import UserError
from src.network.siamese import build_network
from src.parameters.design import Design
from src.parameters.hyperparams import Hyperparams
from src.parameters.models import Run
from src.tracking.opening import AUTO, EXACT, LEAST_GAIN, SHORT
from src.training.dilation_check import check_dilation
from src.training.train_step import Learner, batch_spec
from src.weights.checkpoints import NEWEST, find_checkpoint
from src.weights.training_folder import read_settings

# few: without its instructions a pair in bfloat16 takes seconds
_PAIRS = 2
_REPETITIONS = 3
# so much slower in bfloat16 that one repetition is enough
_CLEARLY_SLOWER = 2.0
# seconds of a step that chance changes little
_LONG = 2.0

Rates = dict[str, float]


def refuse_auto(run: Run, in_cluster: bool) -> None:
    """Refuses to let the workers of a cluster find out for themselves, each by its own machine.

    Raises:
        UserError: `run.precision` is "auto", in a cluster.
    """
    if in_cluster and run.precision == AUTO:
        raise UserError(
            'run.precision: "auto" is found out by each machine for itself, but all workers of '
            f'TF_CONFIG must compute alike; "{EXACT}" or "{SHORT}" is right'
        )


def stored_precision(design: Design) -> str | None:
    """What the training in `design.saver_folder` computes with; None if there is none.

    Raises:
        UserError: Its settings cannot be read.
    """
    if find_checkpoint(design, NEWEST) is None:
        return None
    return read_settings(Path(design.saver_folder)).get("run", {}).get("precision")


def settle_training_precision(run: Run, design: Design, hp: Hyperparams, stored: str | None) -> Run:
    """Decides `run.precision` if it is "auto"; tells that, and where bfloat16 does not pay.

    Args:
        run: The parameters.
        design: The network.
        hp: What the objective depends on.
        stored: What an interrupted training computes with, which goes on so; None: a new one.

    Returns:
        The parameters with "float32" or "bfloat16".

    Raises:
        UserError: TensorFlow cannot train the network here.
    """
    if run.precision == EXACT:
        return run
    if run.precision == AUTO and stored:
        print(f"Precision: {stored}, as this training began", flush=True)
        return run.model_copy(update={"precision": stored})
    rates = step_rates(design, hp, required=run.precision)
    gain = rates[SHORT] / rates[EXACT]
    told = f"{rates[SHORT]:.3g} pairs/s for {rates[EXACT]:.3g} in float32"
    if run.precision == AUTO:
        precision = SHORT if gain >= LEAST_GAIN else EXACT
        print(f"Precision: {precision} (a step in bfloat16 is tried: {told})", flush=True)
        return run.model_copy(update={"precision": precision})
    if gain * LEAST_GAIN < 1:
        print(
            "warning: run.precision is bfloat16, in which a step is slower on this machine: "
            f"{told}; run.precision=auto takes the faster one",
            file=sys.stderr,
        )
    return run


def step_rates(
    design: Design,
    hp: Hyperparams,
    required: str,
    clock: Callable[[], float] = time.perf_counter,
) -> Rates:
    """Times a step of learning in both precisions, on a few pairs of noise.

    Args:
        design: The network.
        hp: What the objective depends on.
        required: The precision that TensorFlow must be able to train in, or "auto".
        clock: Seconds, rising.

    Returns:
        Pairs a second by precision; 0 where TensorFlow cannot train in it.

    Raises:
        UserError: TensorFlow cannot train in float32, or in what is required.
    """
    few = design.model_copy(update={"batch_size": _PAIRS})
    steps, seconds = {EXACT: _step(few, hp, EXACT)}, {EXACT: math.inf, SHORT: math.inf}
    try:
        steps[SHORT] = _step(few, hp, SHORT)
    except UserError:
        if required == SHORT:
            raise
    for _ in range(_REPETITIONS):
        # in turns, and the shortest of each: other programs then disturb both alike
        for name, step in steps.items():
            begin = clock()
            step()
            seconds[name] = min(seconds[name], clock() - begin)
        if seconds[EXACT] > _LONG or seconds[SHORT] > _CLEARLY_SLOWER * seconds[EXACT]:
            break
    return {name: _PAIRS / taken for name, taken in seconds.items()}


def _step(design: Design, hp: Hyperparams, precision: str) -> Callable[[], object]:
    """A step of learning of a network of its own; it was done once.

    Raises:
        UserError: TensorFlow cannot do it.
    """
    try:
        network = build_network(design, 0, precision)
        check_dilation(network)
        learner, batch = Learner(network, design, hp, steps=100), _noise(design, hp)
        bool(learner.train_step(batch))
    except tf.errors.OpError as error:
        raise UserError(
            f"run.precision: TensorFlow cannot train this design in {precision} on this machine "
            f"({type(error).__name__}); {EXACT if precision == SHORT else SHORT} or another design "
            "may do"
        ) from error
    return lambda: bool(learner.train_step(batch))


def _noise(design: Design, hp: Hyperparams) -> dict[str, tf.Tensor]:
    """A batch as `batch_spec` says: targets of half an exemplar's side, in the middle."""
    rng, spec = np.random.default_rng(0), batch_spec(design, hp, design.batch_size)
    crops = {name: rng.uniform(0, 255, one.shape) for name, one in spec.items() if _is_crop(one)}
    sizes = (name for name in spec if name.endswith("target_sz_crop"))
    others = {
        **{name: np.full(spec[name].shape, design.exemplar_sz / 2) for name in sizes},
        "positive": np.ones(spec["positive"].shape),
        "video": np.full(spec["video"].shape, "noise"),
    }
    zeros = {name: np.zeros(one.shape) for name, one in spec.items() if one.dtype != tf.string}
    values = zeros | crops | others
    return {name: tf.constant(values[name], one.dtype) for name, one in spec.items()}


def _is_crop(spec: tf.TensorSpec) -> bool:
    """Whether it is of images."""
    return spec.shape.rank >= 4
