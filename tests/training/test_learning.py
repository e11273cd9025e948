"""The network learns: it over-fits twenty pairs, which the original could not."""

import numpy as np
import tensorflow as tf

from src.network.siamese import build_network
from src.training.train_step import Learner
from tests.support.parameter_files import load_design, load_hyperparams
from tests.support.training_batches import batch_of

PAIRS, BATCH, STEPS = 20, 10, 100


def test_twenty_pairs_are_over_fitted():
    design = load_design(filter_num=[8, 16, 16, 16, 16], batch_size=BATCH)
    hp = load_hyperparams(lr=0.05, lr_end=0.01)
    learner = Learner(build_network(design, 1), design, hp, STEPS)
    pairs = batch_of(7, pairs=PAIRS, shift=8)
    rng = np.random.default_rng(0)
    for _ in range(STEPS):
        chosen = rng.permutation(PAIRS)[:BATCH]
        learner.train_step({key: tf.gather(value, chosen) for key, value in pairs.items()})
    result = learner.validate_step(pairs)
    assert float(result["loss"] / result["pairs"]) < 0.1
    assert float(result["distance_to_gt"] / result["pairs"]) < 4
