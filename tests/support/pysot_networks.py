"""pysot's networks with drawn weights, whose outputs are stored in tests/golden/pysot."""

import ast
import math
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import numpy as np
import tensorflow as tf

from src.network.siamese import build_network
from src.weights.published.pysot import set_pysot_weights
from tests.support.parameter_files import load_design, load_hyperparams
from tests.support.places import GOLDEN

STORED = np.load(GOLDEN / "pysot" / "networks.npz")


class Reference(NamedTuple):
    """A network of pysot: our parameters, and the factors on its last filters."""

    parameters: str
    cls_factor: float
    loc_factor: float

    @property
    def design(self):
        return load_design(f"design_{self.parameters}")

    @property
    def hp(self):
        return load_hyperparams(f"hyperparams_{self.parameters}")


REFERENCES = {
    "siamrpn_alex_upchannel": Reference("siamrpn", 0.0004, 0.0001),
    "siamrpn_alex_dwxcorr": Reference("siamrpn_dw", 0.01, 0.003),
    "siamrpn_r50_l234_dwxcorr": Reference("siamrpn_pp", 0.01, 0.001),
}


def stored(name, key):
    return STORED[f"{name}/{key}"]


def stored_crops(side):
    """The exemplar and the search crop of a side, float32 [1, s, s, 3], RGB."""
    crops = STORED["z"], STORED[f"x_{side}"]
    return tuple(crop[None, ..., ::-1].astype(np.float32) for crop in crops)


def drawn_state(name):
    """The weights of a stored network by pysot's names, drawn in the order of its state dict."""
    rng, state = np.random.default_rng(5), {}
    for entry in stored(name, "names"):
        key, _, shape = str(entry).partition(" ")
        if not key.endswith("num_batches_tracked"):
            array = _draw(rng, key, ast.literal_eval(shape))
            state[key] = (array * _factor(key, array, REFERENCES[name])).astype(np.float32)
    return state


def _draw(rng, key, shape):
    if key.endswith("running_var") or (key.endswith("weight") and len(shape) == 1):
        return rng.uniform(0.5, 1.5, shape)
    if len(shape) == 4:
        gain = 1 if "rpn" in key else 2
        return rng.normal(0, math.sqrt(gain / math.prod(shape[1:])), shape)
    return rng.normal(0, 0.1, shape)


def _factor(key, array, reference):
    if array.ndim == 4 and array.shape[1] == 3:
        return 0.01
    if key.endswith("bn3.weight"):
        return 0.2
    task = reference.cls_factor if "cls" in key else reference.loc_factor
    last = key.endswith("head.3.weight") or ".template_" in key
    return task if last else 1.0


def drawn_network(name):
    # without random filters, which would cost seconds and are overwritten
    zeros = tf.keras.initializers.Zeros
    with (
        mock.patch("src.network.convolutional.kernel_initializer", zeros),
        mock.patch("src.network.convolutional.kernel_initializer", zeros),
    ):
        network = build_network(REFERENCES[name].design, seed=0)
    set_pysot_weights(network, Path(name), drawn_state(name))
    return network
