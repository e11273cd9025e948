"""Writes files as `torch.save` does, without PyTorch: the zip archive and the older format."""

import contextlib
import io
import pickle
import sys
import types
import zipfile
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np

KINDS = {"f4": "Float", "f8": "Double", "f2": "Half", "i8": "Long", "i4": "Int"}


@dataclass(frozen=True, eq=False)
class Strided:
    """A tensor that looks into its storage as told."""

    storage: np.ndarray
    offset: int
    shape: tuple
    stride: tuple
    kind: str = ""


def _rebuild_tensor_v2():
    """Stands for PyTorch's."""


_rebuild_tensor_v2.__module__ = "torch._utils"
STORAGES = {
    f"{kind}Storage": type(f"{kind}Storage", (), {"__module__": "torch"})
    for kind in (*KINDS.values(), "BFloat16", "ComplexFloat")
}


@contextlib.contextmanager
def torch_names():
    """Modules from which the pickler takes PyTorch's names."""
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
    vars(torch).update(STORAGES, _utils=utils)
    utils._rebuild_tensor_v2 = _rebuild_tensor_v2
    fakes = {"torch": torch, "torch._utils": utils}
    kept = {name: sys.modules[name] for name in fakes if name in sys.modules}
    sys.modules.update(fakes)
    try:
        yield
    finally:
        for name in fakes:
            del sys.modules[name]
        sys.modules.update(kept)


@dataclass(frozen=True, eq=False)
class _Storage:
    array: np.ndarray
    kind: str
    key: str


class TorchPickler(pickle.Pickler):
    """Pickles arrays as tensors, whose storages it keeps apart."""

    def __init__(self, stream, protocol=2, lengths=None):
        super().__init__(stream, protocol)
        self.storages, self.lengths = {}, lengths or {}

    def persistent_id(self, value):
        if isinstance(value, _Storage):
            length = self.lengths.get(value.key, value.array.size)
            return ("storage", STORAGES[f"{value.kind}Storage"], value.key, "cpu", length)
        return None

    def reducer_override(self, value):
        if isinstance(value, np.ndarray):
            strides = tuple(step // value.itemsize for step in value.strides)
            value = Strided(value, 0, value.shape, strides)
        if not isinstance(value, Strided):
            return NotImplemented
        kind = value.kind or KINDS[value.storage.dtype.str[1:]]
        known = self.storages.setdefault(
            id(value.storage), _Storage(value.storage, kind, str(len(self.storages)))
        )
        arguments = (known, value.offset, value.shape, value.stride, False, OrderedDict())
        return _rebuild_tensor_v2, arguments


def _pickled(value, protocol, lengths):
    stream = io.BytesIO()
    pickler = TorchPickler(stream, protocol, lengths)
    with torch_names():
        pickler.dump(value)
    return stream.getvalue(), list(pickler.storages.values())


def write_zip(path, value, protocol=2, order="<", lengths=None, compression=zipfile.ZIP_STORED):
    """The format since 2020; `lengths` are lies about storages, by key."""
    pickled, storages = _pickled(value, protocol, lengths)
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("net/data.pkl", pickled)
        archive.writestr("net/byteorder", {"<": "little", ">": "big"}.get(order, order))
        for storage in storages:
            data = storage.array.astype(storage.array.dtype.newbyteorder(order[-1]))
            archive.writestr(f"net/data/{storage.key}", data.tobytes())
        archive.writestr("net/version", "3\n")
    return path


def write_legacy(path, value, protocol=2, lengths=None):
    """The format before 2020; `lengths` are lies about storages, by key."""
    pickled, storages = _pickled(value, protocol, lengths)
    system = {"protocol_version": 1001, "little_endian": True, "type_sizes": {"int": 4}}
    with path.open("wb") as stream:
        for part in (0x1950A86A20F9469CFC6C, 1001, system):
            pickle.dump(part, stream, 2)
        stream.write(pickled)
        pickle.dump([storage.key for storage in storages], stream, 2)
        for storage in storages:
            stream.write(storage.array.size.to_bytes(8, "little") + storage.array.tobytes())
    return path


WRITERS = {"zip": write_zip, "legacy": write_legacy}
