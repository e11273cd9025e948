"""Only the pickles of tensors are followed."""

import io
import pickle
from collections import OrderedDict

import numpy as np
import pytest

from src.weights.published.torch_pickle import (
    StoredNumbers,
    StoredTensor,
    TorchFileError,
    load_pickle,
)
from tests.support.torch_writer import TorchPickler, torch_names

ORDERED = b"ccollections\nOrderedDict\n"
MAKER = b"ctorch._utils\n_rebuild_tensor_v2\n"


def test_a_tensor_becomes_a_note_of_where_it_lies():
    stream = io.BytesIO()
    with torch_names():
        TorchPickler(stream).dump({"w": np.zeros((2, 3), np.float32)})
    loaded = load_pickle(b"before" + stream.getvalue() + b"after", len(b"before"))
    storage = StoredNumbers("FloatStorage", "0", 6)
    assert loaded.value == {"w": StoredTensor(storage, 0, (2, 3), (3, 1))}
    assert loaded.storages == {"0": storage}
    assert loaded.end == len(b"before") + len(stream.getvalue())


@pytest.mark.parametrize("value", [None, True, -5, 2**70, 0.5, "ä", [1, (2, 3, 4, 5)], {"a": {}}])
def test_plain_values_come_back(value):
    for protocol in (2, 3, 4, 5):
        assert load_pickle(pickle.dumps(value, protocol)).value == value


@pytest.mark.parametrize(
    "program",
    [
        b"cos\nsystem\n(S'true'\ntR.",
        b"\x80\x02cos\nsystem\nU\x04true\x85R.",
        b"\x80\x04\x8c\x08builtins\x8c\x04eval\x93\x8c\x041+1\n\x85R.",
        b"\x80\x04\x8c\x05torch\x8c\x15_utils.sys.modules.os\x93.",
        b"\x80\x04\x8c\x0bcollections\x8c\x14OrderedDict.__init__\x93.",
        b"\x80\x02ctorch\n__builtins__\n.",
        b"\x80\x02ctorch.storage\n_load_from_bytes\n.",
        b"\x80\x02cbuiltins\ngetattr\n.",
        b"\x80\x02c__builtin__\neval\n.",
        b"(i__main__\nx\n.",
        b"\x80\x02(" + ORDERED + b"o.",
        b"\x80\x02" + ORDERED + b")\x81.",
        b"\x80\x02\x82\x01.",
        b"Pid\n.",
    ],
)
def test_anything_else_is_refused(program):
    with pytest.raises(TorchFileError, match=r"never run|the instruction"):
        load_pickle(program)


@pytest.mark.parametrize(
    "program",
    [
        # attributes of what the names stand for cannot be set
        b"\x80\x02" + MAKER + b"}U\x01xK\x01sb.",
        b"\x80\x02" + MAKER + b"N}U\x08__call__K\x01s\x86b.",
        b"\x80\x02" + ORDERED + b"N}U\x06updateK\x01s\x86b.",
        b"\x80\x02ctorch\nFloatStorage\n}U\x01xK\x01sb.",
        b"\x80\x02ctorch\nFloatStorage\n)R.",
        b"\x80\x02" + MAKER + b")R.",
        b"\x80\x02" + ORDERED + b"K\x01\x85R.",
        b"\x80\x02h\x05.",
        b"\x80\x02s.",
        b"\x80\x02}]K\x01s.",
        b"\x80\x02K\x01Q.",
        b"\x80\x02X\x01\x00\x00\x00\xff.",
        b"\x80\x63N.",
    ],
)
def test_malformed_pickles_are_refused(program):
    with pytest.raises(TorchFileError):
        load_pickle(program)
    assert not hasattr(OrderedDict, "x")


@pytest.mark.parametrize(
    "program",
    [
        b"\x80\x02Nr\xff\xff\xff\xff.",
        b"\x80\x02X\xff\xff\xff\x7fabc.",
        b"\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\x7fabc.",
        b"\x80\x05\x96\xff\xff\xff\xff\xff\xff\xff\x7fabc.",
        b"\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\x7fN.",
        b"\x80\x02\x8b\xff\xff\xff\x7fabc.",
    ],
)
def test_implausible_sizes_are_refused(program):
    with pytest.raises(TorchFileError):
        load_pickle(program)


@pytest.mark.parametrize(
    "pid",
    [
        ("module", "x"),
        ("storage",),
        ("storage", "FloatStorage", 0, "cpu", 3),
        ("storage", "FloatStorage", "0", "cpu", -3),
        ("storage", "FloatStorage", "0", "cpu", 3, ("view", 0, 1)),
        ("storage", "Unheard", "0", "cpu", 3),
    ],
)
def test_unknown_storages_are_refused(pid):
    with pytest.raises(TorchFileError, match="storage"):
        load_pickle(pickle.dumps(pid, 2)[:-1] + b"Q.")


def test_one_key_means_one_storage():
    first, second = (
        pickle.dumps(("storage", kind, "0", "cpu", 3), 2)[2:-1] + b"Q"
        for kind in ("FloatStorage", "LongStorage")
    )
    assert load_pickle(b"\x80\x02" + first + first + b"\x86.").value
    with pytest.raises(TorchFileError, match="storage"):
        load_pickle(b"\x80\x02" + first + second + b"\x86.")
