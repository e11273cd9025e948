"""Finds the weights that a tracker shall use: a trained checkpoint or a published network."""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

from src.base.errors import UserError
from src.network.heads.correlation import CorrelationHead
from src.network.siamese import SiameseNetwork
from src.parameters.design import Design
from src.parameters.models import Environment
from src.weights.checkpoints import BEST, NEWEST, find_checkpoint, restore_network
from src.weights.published.imagenet import load_keras_backbone, load_torch_backbone
from src.weights.published.pysot import HEADS as PYSOT_HEADS
from src.weights.published.pysot import load_pysot
from src.weights.published.siamfc import load_matconvnet, load_siamfc_pytorch
from src.weights.released import find_file, load_initial, load_released

NET, RELEASED = "net", "released"

Loader = Callable[[SiameseNetwork, Path], None]


def _by_head(loaders: Mapping[type, Loader]) -> Loader:
    """What reads the files of one suffix, by the head of the network that they are for."""

    def load(network: SiameseNetwork, path: Path) -> None:
        loader = loaders.get(type(network.head))
        if loader is None:
            raise UserError(
                f"{path} is of another kind than networks of this design.join_method: choose the "
                "--design that belongs to this file"
            )
        loader(network, path)

    return load


# suffix of a published network -> what reads it
LOADERS: dict[str, Loader] = {
    ".mat": _by_head({CorrelationHead: load_matconvnet}),
    ".pth": _by_head(
        {CorrelationHead: load_siamfc_pytorch} | dict.fromkeys(PYSOT_HEADS, load_pysot)
    ),
}

# suffix of `design.initial_weights` -> what reads a backbone from it
BACKBONE_LOADERS: dict[str, Loader] = {
    ".pth": load_torch_backbone,
    ".model": load_torch_backbone,
    ".h5": load_keras_backbone,
    ".keras": load_keras_backbone,
}


def load_weights(network: SiameseNetwork, env: Environment, design: Design, which: str) -> str:
    """Sets a network's weights.

    Args:
        network: Built for `design`.
        env: `root_pretrained` holds the files that `design.net` names.
        design: `saver_folder` holds the checkpoints.
        which: "best" or "newest" checkpoint, "net" for `design.net`, or "released" for
            `design.weights`. Without any checkpoint `design.net` is taken, if it names a file,
            or else `design.weights`.

    Returns:
        One line that names the file, with a fingerprint of the weights in it.

    Raises:
        UserError: No weights, or they belong to another design.
    """
    path = trained_checkpoint(design, which)
    if path is not None:
        restore_network(network, design, path)
        return f"checkpoint {path}, {fingerprint(network)}"
    if design.net and which != RELEASED:
        return load_pretrained(network, Path(env.root_pretrained) / design.net)
    if design.weights and which != NET:
        path = find_file(design.weights)
        load_released(network, design, path)
        return f"released weights {path.name}, {fingerprint(network)}"
    raise UserError(
        f"no weights: there is no checkpoint in {design.saver_folder} (design.saver_folder) and "
        "neither design.net nor design.weights names a file; run run_tracker_training.py first"
        if which in (BEST, NEWEST)
        else f'evaluation.weights is "{which}", but '
        f"{'design.net' if which == NET else 'design.weights'} names no file"
    )


def trained_checkpoint(design: Design, which: str) -> Path | None:
    """The checkpoint that `load_weights` would take, or None if it would take another file."""
    return find_checkpoint(design, which) if which in (BEST, NEWEST) else None


def uses_net(design: Design, which: str) -> bool:
    """Whether `load_weights` would take `design.net`."""
    return bool(design.net) and which != RELEASED and trained_checkpoint(design, which) is None


def start_from(network: SiameseNetwork, env: Environment, design: Design) -> str:
    """Sets the weights that a training starts from; random ones stay.

    Args:
        network: Built for `design`.
        env: `root_pretrained` holds what `design.net` names.
        design: Names `initial_weights`, or else `net`, or neither.

    Returns:
        What they are, in some words.

    Raises:
        UserError: The file is missing, damaged, or of another network.
    """
    if design.initial_weights:
        path = find_file(design.initial_weights)
        load_backbone = BACKBONE_LOADERS.get(path.suffix.lower())
        if load_backbone is None:
            load_initial(network, design)
            return f"initial weights {path.name}"
        if not path.is_file():
            raise UserError(f"design.initial_weights: {path} does not exist")
        load_backbone(network, path)
        return f"the backbone of {path.name}, all else random weights"
    if design.net:
        return load_pretrained(network, Path(env.root_pretrained) / design.net)
    return "random weights"


def load_pretrained(network: SiameseNetwork, path: Path) -> str:
    """Sets a network's weights from a published file.

    Args:
        network: Built for the design that belongs to the file.
        path: A file with a suffix of `LOADERS`.

    Returns:
        One line that names the file, with a fingerprint of the weights in it.

    Raises:
        UserError: No such file, of no known format, damaged, or of another design.
    """
    if path.suffix.lower() not in LOADERS:
        raise UserError(
            f"{path} is of an unknown format: design.net and design.net_gray name files that end "
            f"in {' or '.join(LOADERS)}"
        )
    if not path.is_file():
        raise UserError(
            f"{path} does not exist: put the file there, or leave design.net and design.net_gray "
            "empty"
        )
    LOADERS[path.suffix.lower()](network, path)
    return f"pretrained network {path}, {fingerprint(network)}"


def fingerprint(network: SiameseNetwork) -> str:
    """The first 12 digits of the SHA-256 of all weights."""
    digest = hashlib.sha256()
    for weight in network.weights:
        digest.update(weight.numpy().tobytes())
    return digest.hexdigest()[:12]
