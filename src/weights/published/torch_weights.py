"""Sets variables from PyTorch's arrays by name: all of them, or none if one does not fit."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import tensorflow as tf

from src.base.errors import UserError

# PyTorch's counter of training steps: nothing that a network computes with
COUNTER = "num_batches_tracked"
CHOOSE = "choose the --design that belongs to this file"


def set_variables(
    path: Path, arrays: Mapping[str, np.ndarray], variables: Mapping[str, tf.Variable]
) -> None:
    """Sets each variable to the array of its name.

    Args:
        path: The file, for what is told of it.
        arrays: In PyTorch's order of axes: filters [out, in, h, w].
        variables: In Keras's: filters [h, w, in, out].

    Raises:
        UserError: An array is missing, left over or of another shape; nothing is set then.
    """
    _check(path, arrays, variables)
    for name, variable in variables.items():
        variable.assign(_in_keras_order(arrays[name]))


def _check(
    path: Path, arrays: Mapping[str, np.ndarray], variables: Mapping[str, tf.Variable]
) -> None:
    """Nothing missing, nothing left over, all shapes right."""
    for name, variable in variables.items():
        if name not in arrays:
            raise UserError(f"{path} has no {name}, which the design needs; {CHOOSE}")
        stored, needed = arrays[name].shape, _in_torch_order(tuple(variable.shape))
        if stored != needed:
            raise UserError(
                f"{path}: {name} has the shape {stored}, the design needs {needed}; {CHOOSE}"
            )
    for name in arrays:
        if name not in variables:
            raise UserError(f"{path} has {name[:80]!r}, which the design has no use for; {CHOOSE}")


def _in_keras_order(array: np.ndarray) -> np.ndarray:
    """Filters [out, in, h, w] as [h, w, in, out]; vectors as they are."""
    return array.transpose(2, 3, 1, 0) if array.ndim == 4 else array


def _in_torch_order(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of filters [h, w, in, out] as [out, in, h, w]; of vectors as it is."""
    return tuple(shape[axis] for axis in (3, 2, 0, 1)) if len(shape) == 4 else shape
