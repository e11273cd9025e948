"""Reads the ImageNet weights of EfficientNet-Lite0 that were published for PyTorch."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import tensorflow as tf

from src.backbones.efficientnet_lite import EfficientNetLite, InvertedResidual
from src.batch_norm import BatchNorm
from src.errors import UserError
from src.torch_file import read_state_dict

Named = tuple[str, tf.Variable]


def load_efficientnet_lite(backbone: EfficientNetLite, path: Path) -> None:
    """Sets the weights of a backbone; what the file has beyond it is left out.

    Args:
        backbone: Built.
        path: State dict in the names of the lukemelas EfficientNet for PyTorch (`_conv_stem`, ...).

    Raises:
        UserError: The file is no state dict, or a tensor is missing or of another shape.
    """
    arrays, variables = read_state_dict(path), dict(_variables(backbone))
    for name, variable in variables.items():
        if name not in arrays:
            raise UserError(f"{path} has no {name}: it is not of EfficientNet-Lite0")
        arrays[name] = _in_keras_order(name, arrays[name])
        if arrays[name].shape != tuple(variable.shape):
            raise UserError(
                f"{path}: {name} has the shape {arrays[name].shape} where EfficientNet-Lite0 has "
                f"{tuple(variable.shape)}"
            )
    for name, variable in variables.items():
        variable.assign(arrays[name])


def _variables(backbone: EfficientNetLite) -> Iterator[Named]:
    """The backbone's variables by their names in the file."""
    yield "_conv_stem.weight", backbone.stem.kernel
    yield from _norm_variables("_bn0", backbone.stem_norm)
    for number, block in enumerate(backbone.blocks):
        yield from _block_variables(f"_blocks.{number}.", block)


def _block_variables(prefix: str, block: InvertedResidual) -> Iterator[Named]:
    if block.expands:
        yield f"{prefix}_expand_conv.weight", block.expand.kernel
        yield from _norm_variables(f"{prefix}_bn0", block.expand_norm)
    yield f"{prefix}_depthwise_conv.weight", block.depthwise.kernel
    yield from _norm_variables(f"{prefix}_bn1", block.depthwise_norm)
    yield f"{prefix}_project_conv.weight", block.project.kernel
    yield from _norm_variables(f"{prefix}_bn2", block.project_norm)


def _norm_variables(prefix: str, norm: BatchNorm) -> Iterator[Named]:
    yield f"{prefix}.weight", norm.gamma
    yield f"{prefix}.bias", norm.beta
    yield f"{prefix}.running_mean", norm.moving_mean
    yield f"{prefix}.running_var", norm.moving_variance


def _in_keras_order(name: str, array: np.ndarray) -> np.ndarray:
    """Filters [out, in, h, w] as [h, w, in, out], depth-wise ones as [h, w, channels, 1]."""
    if array.ndim != 4:
        return array
    return array.transpose((2, 3, 0, 1) if "depthwise" in name else (2, 3, 1, 0))
