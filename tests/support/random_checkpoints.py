"""Checkpoints of tiny random networks."""

from src.network.siamese import build_network
from src.weights.checkpoints import Checkpoints, network_settings
from tests.support.parameter_files import (
    TINY,
    load_design,
)


def save_checkpoint(folder, seed=4):
    """A random tiny network as a training would save it."""
    design = load_design(**TINY, saver_folder=str(folder))
    network = build_network(design, seed)
    settings = {"design": network_settings(design)}
    Checkpoints(design, 1, settings, {"network": network}, network=network).save(seed)
    return design, network
