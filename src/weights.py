"""Finds the weights that a tracker shall use: a trained checkpoint or a published network."""

import hashlib
from pathlib import Path

from src.checkpoints import BEST, NEWEST, find_checkpoint, restore_network
from src.errors import UserError
from src.matconvnet import load_matconvnet
from src.parameters import Design, Environment
from src.siamese import SiameseNetwork

NET = "net"


def load_weights(network: SiameseNetwork, env: Environment, design: Design, which: str) -> str:
    """Sets a network's weights.

    Args:
        network: Built for `design`.
        env: `root_pretrained` holds the files that `design.net` names.
        design: `saver_folder` holds the checkpoints.
        which: "best" (by validation) or "newest" checkpoint, or "net" for `design.net`. Without
            any checkpoint a named `design.net` is taken too.

    Returns:
        One line that names the file, with a fingerprint of the weights in it.

    Raises:
        UserError: No weights, or they belong to another design.
    """
    path = None if which == NET else find_checkpoint(design, which)
    if path is not None:
        restore_network(network, design, path)
        return f"checkpoint {path}, {fingerprint(network)}"
    if design.net:
        path = Path(env.root_pretrained) / design.net
        load_matconvnet(network, path)
        return f"pretrained network {path}, {fingerprint(network)}"
    raise UserError(
        f"no weights: there is no checkpoint in {design.saver_folder} (design.saver_folder) and "
        "design.net names no file; run run_tracker_training.py first"
        if which in (BEST, NEWEST)
        else 'evaluation.weights is "net", but design.net names no file in '
        f"{env.root_pretrained} (environment.root_pretrained)"
    )


def fingerprint(network: SiameseNetwork) -> str:
    """The first 12 digits of the SHA-256 of all weights."""
    digest = hashlib.sha256()
    for weight in network.weights:
        digest.update(weight.numpy().tobytes())
    return digest.hexdigest()[:12]
