"""Trains a network of the centre-bias experiment and asks it where the test's targets are."""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from src.centre_bias_network import PaddedNetwork, build_padded_network
from src.centre_bias_setup import DESIGN, REACH, learning
from src.errors import UserError
from src.progress import progress
from src.read_training_dataset import training_batches
from src.record_store import RecordSet
from src.train_step import Learner

_TEST_ROUNDS = 2  # how often each test pair is shown, shifted anew


class Responses(NamedTuple):
    """What a network said about the pairs of the test.

    Attributes:
        response: float32 [N, n, n], 0...1, of the cells of each search crop: logistic scores.
        disp_crop: float32 [N, 2], (x, y) of the targets from the middles, crop pixels.
    """

    response: np.ndarray
    disp_crop: np.ndarray


def train(records: RecordSet, shift: int, steps: int, seed: int) -> PaddedNetwork:
    """Trains a network from random weights, as `run_tracker_training.py` would.

    Args:
        records: What to learn from.
        shift: Largest shift of the search crops, crop pixels.
        steps: Batches to learn from.
        seed: Seed of weights, order and shifts; the same for every `shift`, so that nothing else
            tells the networks apart.

    Returns:
        The trained network.

    Raises:
        UserError: The loss or its gradient is not a finite number.
    """
    hp = learning(shift)
    network = build_padded_network(seed)
    learner = Learner(network, DESIGN, hp, steps)
    epochs = -(-steps // (records.pairs // DESIGN.batch_size))
    batches = training_batches(records, DESIGN, hp, seed, epochs).take(steps)
    for batch in progress(batches, total=steps, desc=f"shift {shift}", unit="step"):
        if not learner.train_step(batch):
            raise UserError(f"shift {shift}: the training diverged; try another --seed")
    return network


def respond(network: PaddedNetwork, records: RecordSet, seed: int) -> Responses:
    """Shows the test's pairs, with targets anywhere in the search area, equally likely.

    Args:
        network: A trained network; stays as it is.
        records: Pairs that it did not learn from.
        seed: Seed of the shifts.

    Returns:
        The responses to whole batches.
    """
    compare = tf.function(lambda z, x: network((z, x), training=False)["score"][..., 0])
    batches = training_batches(records, DESIGN, learning(REACH), seed, _TEST_ROUNDS)
    said = [(tf.sigmoid(compare(one["z"], one["x"])), one["disp_crop"]) for one in batches]
    return Responses(*(np.concatenate(values) for values in zip(*said, strict=True)))
