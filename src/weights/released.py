"""Released weights: one small file with the weights of a network and the design they belong to."""

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import tensorflow as tf

from src.base.errors import UserError
from src.base.files import atomic_write_bytes
from src.network.siamese import SiameseNetwork
from src.parameters.design import Design
from src.weights.checkpoints import compare_settings, network_settings

SETTINGS = "settings"
PROJECT = Path(__file__).resolve().parents[2]


def save_released(network: SiameseNetwork, design: Design, path: Path) -> None:
    """Writes the weights of a network: filters as float16, all else as float32.

    Args:
        network: Built for `design`.
        design: The design that the weights belong to.
        path: The `.npz` file to write.
    """
    arrays = {
        name: weight.numpy().astype(np.float16 if len(weight.shape) > 1 else np.float32)
        for name, weight in _named_weights(network).items()
    }
    settings = json.dumps(network_settings(design))
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **{SETTINGS: np.array(settings)}, **arrays)
    atomic_write_bytes(path, buffer.getvalue())


def load_released(network: SiameseNetwork, design: Design, path: Path) -> None:
    """Sets the weights of a network from such a file.

    Args:
        network: Built for `design`.
        design: Must be the one that the weights belong to.
        path: The file.

    Raises:
        UserError: It does not exist, is damaged, or belongs to another design.
    """
    settings, arrays = _read(path, "weights")
    place = f"{path} (design.weights)"
    compare_settings(place, {"design": settings}, {"design": network_settings(design)})
    if not _assign(_named_weights(network), arrays):
        raise UserError(f"design.weights: {path} does not hold the weights of its own design")


def load_initial(network: SiameseNetwork, design: Design) -> None:
    """Sets the weights of a network from `design.initial_weights`, a file of released weights.

    Crops, strides and what the template is may be others than those the weights were made with. Of
    a network that differs behind the backbone, the backbone is taken.

    Args:
        network: Built for `design`.
        design: Names the file.

    Raises:
        UserError: It does not exist, is damaged, or is of a network with other layers.
    """
    path = find_file(design.initial_weights)
    _, arrays = _read(path, "initial_weights")
    backbone = _named_weights(network.backbone)
    of_backbone = {name: array for name, array in arrays.items() if name in backbone}
    if not (_assign(_named_weights(network), arrays) or _assign(backbone, of_backbone)):
        raise UserError(f"design.initial_weights: {path} is of a network with other layers")


def _read(path: Path, key: str) -> tuple[dict, dict[str, np.ndarray]]:
    """Settings and arrays of a file that the design names by a key."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            settings = json.loads(str(stored[SETTINGS]))
            return settings, {name: stored[name] for name in stored.files if name != SETTINGS}
    except FileNotFoundError as error:
        raise UserError(f"design.{key}: {path} does not exist") from error
    except (ValueError, KeyError, EOFError, OSError, zipfile.BadZipFile) as error:
        raise UserError(f"design.{key}: {path} is damaged or not released weights") from error


def _assign(weights: dict, arrays: dict[str, np.ndarray]) -> bool:
    """Sets the weights if names and shapes are the same, and says whether they are."""
    shapes = {name: tuple(weight.shape) for name, weight in weights.items()}
    if shapes != {name: array.shape for name, array in arrays.items()}:
        return False
    for name, weight in weights.items():
        weight.assign(arrays[name].astype(np.float32))
    return True


def find_file(name: str) -> Path:
    """Where a file that a design names lies: below the current folder, or beside the scripts."""
    path = Path(name)
    return path if path.exists() else PROJECT / path


def _named_weights(network: tf.keras.Model) -> dict:
    """The variables by place and name, as `03_beta`; backbone first, in the order of the layers."""
    return {f"{place:02d}_{weight.name}": weight for place, weight in enumerate(network.weights)}
