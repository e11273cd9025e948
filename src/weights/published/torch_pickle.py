"""Reads the pickles in PyTorch's files without running anything in them.

A pickle is a program. Only the instructions that build dicts, lists, tuples, texts and numbers are
followed, and only the names of tensors, their storages and ordered dicts mean anything. NumPy's
numbers, types and arrays, which trainings of the pysot family keep beside the network (a learning
rate is a `numpy.float64` there), are passed over as values that nobody asks for.
"""

import io
import pickle
import pickletools
from collections import OrderedDict
from typing import NamedTuple

# storage in a file -> how its numbers lie there, without byte order
STORAGES = {
    "FloatStorage": "f4",
    "DoubleStorage": "f8",
    "HalfStorage": "f2",
    "BFloat16Storage": "u2",
    "LongStorage": "i8",
    "IntStorage": "i4",
}

_OPCODES = {
    *("PROTO", "FRAME", "STOP", "MARK"),
    *("NONE", "NEWTRUE", "NEWFALSE", "BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT"),
    *("BINSTRING", "SHORT_BINSTRING", "BINUNICODE", "SHORT_BINUNICODE"),
    *("BINBYTES", "SHORT_BINBYTES"),
    *("EMPTY_TUPLE", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3", "EMPTY_LIST", "APPEND", "APPENDS"),
    *("EMPTY_DICT", "SETITEM", "SETITEMS"),
    *("BINPUT", "LONG_BINPUT", "BINGET", "LONG_BINGET", "MEMOIZE"),
    *("GLOBAL", "STACK_GLOBAL", "REDUCE", "BUILD", "BINPERSID"),
}
# what makes NumPy's values, by the modules of NumPy 1 and 2; the last makes their bytes
_NUMPY = {
    *((f"numpy.{core}.multiarray", "scalar") for core in ("core", "_core")),
    *((f"numpy.{core}.multiarray", "_reconstruct") for core in ("core", "_core")),
    ("numpy", "dtype"),
    ("numpy", "ndarray"),
    ("_codecs", "encode"),
}
_MAX_DIMENSIONS = 8


class TorchFileError(ValueError):
    """What is wrong with a file, in words that follow its name."""


class StoredNumbers(NamedTuple):
    """A run of numbers that tensors look into.

    Attributes:
        kind: A row of `STORAGES`.
        key: Its name in the file.
        length: How many numbers.
    """

    kind: str
    key: str
    length: int


class StoredTensor(NamedTuple):
    """Where a tensor's numbers lie; offset and strides count numbers."""

    storage: StoredNumbers
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]


class Loaded(NamedTuple):
    """What a pickle held.

    Attributes:
        value: Dicts, lists, tuples, texts, numbers, `StoredTensor` and `StoredNumbers`.
        storages: All storages that it names, by key.
        end: The first byte after it.
    """

    value: object
    storages: dict[str, StoredNumbers]
    end: int


def load_pickle(data: bytes, start: int = 0) -> Loaded:
    """Reads one pickle.

    Args:
        data: What holds it.
        start: Its first byte.

    Returns:
        What it holds and where it ends.

    Raises:
        TorchFileError: It is truncated, no pickle, or wants to call something else.
    """
    end = _checked_end(data, start)
    unpickler = _Unpickler(data[start:end])
    try:
        return Loaded(unpickler.load(), unpickler.storages, end)
    except TorchFileError:
        raise
    # what a malformed pickle raises has no end: any instruction may meet any operands
    except Exception as error:
        raise TorchFileError("its pickle is malformed") from error


def _checked_end(data: bytes, start: int) -> int:
    """The byte after a pickle whose instructions are all allowed."""
    stream = io.BytesIO(data)
    stream.seek(start)
    try:
        for opcode, argument, _ in pickletools.genops(stream):
            if opcode.name not in _OPCODES:
                raise TorchFileError(f"its pickle has the instruction {opcode.name}")
            # the memo is an array as long as its largest place
            if opcode.name == "LONG_BINPUT" and argument > len(data):
                raise TorchFileError("its pickle claims an implausible size")
    except TorchFileError:
        raise
    except (ValueError, MemoryError) as error:
        raise TorchFileError("it is truncated or holds no pickle") from error
    return stream.tell()


class _Unpickler(pickle.Unpickler):
    """Knows a few names and refuses all others."""

    def __init__(self, data: bytes):
        super().__init__(io.BytesIO(data), encoding="utf-8")
        self.storages: dict[str, StoredNumbers] = {}

    def find_class(self, module: str, name: str) -> object:
        """The meaning of a name; nothing is imported."""
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _TensorMaker()
        if module == "torch" and name in STORAGES:
            return name
        if (module, name) in _NUMPY:
            return PassedOver()
        raise TorchFileError(
            f"its pickle calls for {f'{module}.{name}'[:80]!r}, which is never run"
        )

    def persistent_load(self, pid: object) -> StoredNumbers:
        """A storage, as ("storage", type, key, device, length) names it."""
        match pid:
            case ("storage", str(kind), str(key), _, int(length), *view) if (
                kind in STORAGES and length >= 0 and view in ([], [None])
            ):
                storage = self.storages.setdefault(key, StoredNumbers(kind, key, length))
                if storage == (kind, key, length):
                    return storage
        raise TorchFileError("its pickle names a storage in an unknown way")


class PassedOver:
    """Stands for one of NumPy's values and for what makes it: nothing is made."""

    __slots__ = ()

    def __call__(self, *_: object) -> "PassedOver":
        """What comes of a call."""
        return self

    def __setstate__(self, _: object) -> None:
        """The value's content, which is dropped."""


class _TensorMaker:
    """Stands for `torch._utils._rebuild_tensor_v2`; without attributes, so that none can be set."""

    __slots__ = ()

    def __call__(self, *arguments: object) -> StoredTensor:
        """Takes storage, offset, shape, strides; what follows does not matter here."""
        match arguments:
            case (StoredNumbers() as storage, int(offset), tuple(shape), tuple(stride), *_):
                sizes = (offset, *shape, *stride)
                if (
                    len(shape) == len(stride) <= _MAX_DIMENSIONS
                    and all(isinstance(size, int) for size in sizes)
                    and min(sizes) >= 0
                ):
                    return StoredTensor(storage, offset, shape, stride)
        raise TorchFileError("a tensor in it is described in an unknown way")
