"""Hyper-parameters of a training by contrast."""

from tests.support.parameter_files import load_hyperparams

TWO_SCALES = (0.95, 1.05)


def contrast_hyperparams(**changes):
    return load_hyperparams(loss="contrast", **changes)
