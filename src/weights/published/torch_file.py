"""Reads PyTorch's state dicts (`.pth`) without PyTorch."""

import io
import math
import struct
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf

from src.base.errors import UserError
from src.weights.published.torch_pickle import (
    STORAGES,
    StoredNumbers,
    StoredTensor,
    TorchFileError,
    load_pickle,
)

_ZIP_START = b"PK\x03\x04"
_LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
_LEGACY_PROTOCOL = 1001
# dicts within which a training wraps the network's
_WRAPPERS = ("state_dict", "model", "net")
_PARALLEL_PREFIX = "module."
_BYTE_ORDERS = {b"little": "<", b"big": ">"}
# what a damaged archive raises
_ZIP_ERRORS = (
    *(zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError),
    *(ValueError, OverflowError, LookupError, struct.error),
)
Raw = Callable[[StoredNumbers], np.ndarray]


def read_state_dict(path: Path) -> dict[str, np.ndarray]:
    """Reads the named tensors of a file that `torch.save` wrote, running nothing in it.

    Both formats are read: the zip archive, and the one of before 2020. The state dict may be
    wrapped as `{"state_dict": ...}`, `{"model": ...}` or `{"net": ...}`, and its names may begin
    with "module.".

    Args:
        path: The file.

    Returns:
        Arrays by name, read-only; bfloat16 becomes float32.

    Raises:
        UserError: The file is truncated, is no state dict of plain tensors, or its pickle asks for
            anything else.
    """
    try:
        data = path.read_bytes()
        tree, raw = _open_zip(data) if data.startswith(_ZIP_START) else _open_legacy(data)
        return dict(_arrays(_state_dict(tree), raw))
    except (TorchFileError, *_ZIP_ERRORS) as error:
        raise UserError(
            f"{path} is not a state dict of PyTorch: {error}; right is a whole file that "
            "torch.save(network.state_dict(), ...) wrote"
        ) from error


def _open_zip(data: bytes) -> tuple[object, Raw]:
    """The object in an archive, and what reads its storages."""
    archive = zipfile.ZipFile(io.BytesIO(data))
    entries = {entry.filename: entry for entry in archive.infolist()}
    pickles = [name for name in entries if name.rpartition("/")[2] == "data.pkl"]
    if len(pickles) != 1:
        raise TorchFileError(f"the archive has {len(pickles)} files called data.pkl, not one")
    root = pickles[0].removesuffix("data.pkl")

    def content(name: str) -> bytes:
        entry = entries.get(name)
        if entry is None:
            raise TorchFileError(f"the archive has no {name[:80]!r}")
        # PyTorch never compresses: so nothing can be larger than the file
        if entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & 1:
            raise TorchFileError(f"{name[:80]!r} in the archive is compressed or encrypted")
        return archive.read(entry)

    order = _byte_order(content(f"{root}byteorder") if f"{root}byteorder" in entries else b"little")

    def raw(storage: StoredNumbers) -> np.ndarray:
        return _numbers(storage, content(f"{root}data/{storage.key}"), order)

    return load_pickle(content(pickles[0])).value, raw


def _byte_order(told: bytes) -> str:
    if told not in _BYTE_ORDERS:
        raise TorchFileError(f"its byte order is {told[:20]!r}, not little or big")
    return _BYTE_ORDERS[told]


def _open_legacy(data: bytes) -> tuple[object, Raw]:
    """The object in a file of the older format, and what reads its storages."""
    place = 0
    for expected in (_LEGACY_MAGIC, _LEGACY_PROTOCOL):
        part = load_pickle(data, place)
        if part.value != expected:
            raise TorchFileError("it does not begin like a file of torch.save")
        place = part.end
    system = load_pickle(data, place)
    if not isinstance(system.value, dict) or system.value.get("little_endian") is not True:
        raise TorchFileError("it was not written in little-endian byte order")
    tree = load_pickle(data, system.end)
    keys = load_pickle(data, tree.end)
    if not isinstance(keys.value, list) or sorted(map(str, keys.value)) != sorted(tree.storages):
        raise TorchFileError("its list of storages is not that of its tensors")
    stored, place = {}, keys.end
    for key in keys.value:
        # each storage follows as its length, 8 bytes, and its numbers
        end = place + 8 + _byte_count(tree.storages[key])
        length = int.from_bytes(data[place : place + 8], "little")
        if length != tree.storages[key].length or end > len(data):
            raise TorchFileError("it is truncated, or a storage has not the length that is told")
        stored[key] = data[place + 8 : end]
        place = end
    return tree.value, lambda storage: _numbers(storage, stored[storage.key], "<")


def _byte_count(storage: StoredNumbers) -> int:
    return storage.length * np.dtype(STORAGES[storage.kind]).itemsize


def _numbers(storage: StoredNumbers, content: bytes, order: str) -> np.ndarray:
    """The numbers of a storage, [length], in this machine's byte order."""
    if len(content) != _byte_count(storage):
        raise TorchFileError(
            f"a storage should have {storage.length} numbers, but it has {len(content)} bytes"
        )
    stored = np.dtype(order + STORAGES[storage.kind])
    numbers = np.frombuffer(content, stored).astype(stored.newbyteorder("="), copy=False)
    if storage.kind == "BFloat16Storage":
        # the upper half of a float32
        return (numbers.astype(np.uint32) << 16).view(np.float32)
    return numbers


def _state_dict(tree: object) -> dict[str, StoredTensor]:
    """The tensors by name, out of what a training may have wrapped around them."""
    # one may be inside another
    for wrapper in 2 * _WRAPPERS:
        if isinstance(tree, dict) and isinstance(tree.get(wrapper), dict):
            tree = tree[wrapper]
    if not isinstance(tree, dict):
        raise TorchFileError("it holds no dict of tensors")
    tensors = {
        name: value
        for name, value in tree.items()
        if isinstance(name, str) and isinstance(value, StoredTensor)
    }
    if not tensors:
        raise TorchFileError("it holds no named tensors")
    if all(name.startswith(_PARALLEL_PREFIX) for name in tensors):
        return {name.removeprefix(_PARALLEL_PREFIX): tensors[name] for name in tensors}
    return tensors


def _arrays(tensors: dict[str, StoredTensor], raw: Raw) -> Iterator[tuple[str, np.ndarray]]:
    """The tensors as views of their storages, each of which is read once."""
    storages: dict[StoredNumbers, np.ndarray] = {}
    for name, tensor in tensors.items():
        if tensor.storage not in storages:
            storages[tensor.storage] = raw(tensor.storage)
        end = tensor.offset + math.prod(tensor.shape)
        if end > tensor.storage.length:
            raise TorchFileError(f"the tensor {name[:80]!r} is larger than what is stored of it")
        axes = _axes_as_stored(tensor)
        stored = [tensor.shape[axis] for axis in axes]
        if not _is_dense(stored, [tensor.stride[axis] for axis in axes]):
            raise TorchFileError(f"the tensor {name[:80]!r} has gaps or uses a number twice")
        array = storages[tensor.storage][tensor.offset : end].reshape(stored)
        array = array.transpose(np.argsort(axes))
        array.flags.writeable = False
        yield name, array


def _axes_as_stored(tensor: StoredTensor) -> list[int]:
    """The axes from the slowest to the fastest; strides of single rows do not matter."""
    return sorted(
        range(len(tensor.shape)),
        key=lambda axis: (tensor.shape[axis] > 1, -tensor.stride[axis]),
    )


def _is_dense(shape: Sequence[int], stride: Sequence[int]) -> bool:
    """Whether the numbers lie row by row, none left out and none used twice."""
    if 0 in shape:
        return True
    step = 1
    for size, stride_of_axis in zip(reversed(shape), reversed(stride), strict=True):
        if size > 1 and stride_of_axis != step:
            return False
        step *= size
    return True


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
