"""State dicts of both formats come back; whatever else a file holds is told and never run."""

import os
import pickle
import zipfile
from collections import OrderedDict

import numpy as np
import pytest

from src.base.errors import UserError
from src.weights.published.torch_file import read_state_dict
from tests.support.torch_writer import WRITERS, Strided, write_legacy, write_zip

RNG = np.random.default_rng(0)
STATE = OrderedDict(
    {
        "conv.weight": RNG.normal(size=(4, 3, 2, 2)).astype(np.float32),
        "conv.bias": RNG.normal(size=4),
        "half": RNG.normal(size=(2, 1)).astype(np.float16),
        "counter": np.array(17),
        "small": np.arange(6, dtype=np.int32).reshape(2, 3),
        "empty": np.zeros((0, 3), np.float32),
    }
)


@pytest.fixture(params=WRITERS)
def write(request, tmp_path):
    return lambda *args, **kwargs: WRITERS[request.param](tmp_path / "net.pth", *args, **kwargs)


def assert_state(read):
    assert list(read) == list(STATE)
    for name, array in STATE.items():
        assert read[name].dtype == array.dtype
        np.testing.assert_array_equal(read[name], array)


@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_tensors_come_back(write, protocol):
    assert_state(read_state_dict(write(STATE, protocol=protocol)))


@pytest.mark.parametrize(
    "wrapped",
    [
        dict(STATE),
        {"state_dict": STATE, "epoch": 3, "optimizer": {"lr": 0.1, "groups": [1, None, (2, "x")]}},
        {"model": STATE, "best": 0.5},
        {"net": STATE, "constructor": None},
        {"model": {"state_dict": STATE}, "epoch": 3},
        {"state_dict": {f"module.{name}": array for name, array in STATE.items()}},
        {**STATE, "epoch": 3},
    ],
)
def test_wrapped_tensors_come_back(write, wrapped):
    assert_state(read_state_dict(write(wrapped)))


@pytest.mark.parametrize(
    ("protocol", "module"),
    [(2, b"numpy._core"), (2, b"numpy.core"), (4, b"numpy._core"), (5, b"numpy._core")],
)
def test_numpys_values_beside_a_network_are_no_obstacle(tmp_path, protocol, module):
    # as trainings of the pysot family write them
    groups = [{"lr": np.float64(0.005), "betas": np.float32(0.9), "kind": np.dtype("f4")}]
    value = {"epoch": np.int64(19), "state_dict": STATE, "optimizer": {"param_groups": groups}}
    path = write_zip(tmp_path / "net.pth", value, protocol)
    with zipfile.ZipFile(path) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    pickled = contents["net/data.pkl"]
    assert b"numpy._core" in pickled
    if module == b"numpy.core":
        pickled = pickled.replace(b"cnumpy._core.", b"cnumpy.core.")
        contents["net/data.pkl"] = pickled
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    assert (b"numpy.core" in pickled) == (module == b"numpy.core")
    assert_state(read_state_dict(path))


def test_an_array_in_a_pickle_is_no_tensor_of_the_network(tmp_path):
    array = pickle.loads(pickle.dumps(np.arange(3.0), 2))
    path = write_zip(tmp_path / "net.pth", {"state_dict": STATE, "scores": [Plain(array)]})
    assert_state(read_state_dict(path))


class Plain:
    """Pickled as NumPy pickles an array, not as a tensor."""

    def __init__(self, array):
        self.array = array

    def __reduce__(self):
        return self.array.__reduce__()


def test_metadata_of_a_module_is_no_obstacle(write):
    state = OrderedDict(STATE)
    state._metadata = OrderedDict({"": {"version": 1}})
    assert_state(read_state_dict(write(state)))


def test_big_endian_archives_are_read(tmp_path):
    assert_state(read_state_dict(write_zip(tmp_path / "net.pth", STATE, order=">")))


def test_bfloat16_becomes_float32(write):
    values = np.array([1.0, -2.5, 0.0, 384.0], np.float32)
    stored = (values.view(np.uint32) >> 16).astype(np.uint16)
    read = read_state_dict(write({"w": Strided(stored, 0, (2, 2), (2, 1), "BFloat16")}))
    assert read["w"].dtype == np.float32
    np.testing.assert_array_equal(read["w"], values.reshape(2, 2))


def test_tensors_may_share_a_storage_and_have_rows_of_any_stride(write):
    numbers = np.arange(12, dtype=np.float32)
    read = read_state_dict(
        write({"a": Strided(numbers, 4, (2, 1, 3), (3, 99, 1)), "b": Strided(numbers, 0, (), ())})
    )
    np.testing.assert_array_equal(read["a"], numbers[4:10].reshape(2, 1, 3))
    assert read["b"] == 0
    assert not read["a"].flags.writeable


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 2, 0), (2, 0, 1), (0, 2, 1)])
def test_tensors_may_be_stored_with_their_axes_in_any_order(write, order):
    values = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    stored = values.transpose(order)
    stride = np.empty(3, int)
    stride[list(order)] = [stored.shape[1] * stored.shape[2], stored.shape[2], 1]
    tensor = Strided(stored.ravel(), 0, values.shape, tuple(stride.tolist()))
    np.testing.assert_array_equal(read_state_dict(write({"w": tensor}))["w"], values)


@pytest.mark.parametrize(
    ("offset", "shape", "stride", "words"),
    [
        (0, (3, 3), (1, 4), "gaps"),
        (0, (2, 6), (0, 1), "gaps"),
        (0, (2, 3), (1, 1), "gaps"),
        (0, (13,), (1,), "larger than what is stored"),
        (8, (5,), (1,), "larger than what is stored"),
        (0, (10**9, 10**9, 10**9), (10**18, 10**9, 1), "larger than what is stored"),
        (0, (10**9,), (0,), "larger than what is stored"),
        (-1, (2,), (1,), "unknown way"),
        (0, (2, -1), (1, 1), "unknown way"),
        (0, (2, 2), (1,), "unknown way"),
        (0, (2.5,), (1,), "unknown way"),
        (0, (1,) * 40, (1,) * 40, "unknown way"),
        (0, [2], (1,), "unknown way"),
    ],
)
def test_impossible_tensors_are_told(write, offset, shape, stride, words):
    tensor = Strided(np.arange(12, dtype=np.float32), offset, shape, stride)
    with pytest.raises(UserError, match=rf"net\.pth .*{words}"):
        read_state_dict(write({"w": tensor}))


@pytest.mark.parametrize("length", [5, 7, 0, -1, 2**62, 2**70])
def test_wrong_sizes_are_told(write, length):
    path = write({"w": np.arange(6, dtype=np.float32)}, lengths={"0": length})
    with pytest.raises(UserError, match=r"net\.pth is not a state dict"):
        read_state_dict(path)


@pytest.mark.parametrize(
    "value",
    [[], 3, {}, {"a": 1}, {"state_dict": 3}, ["w", np.zeros(2)], {3: np.zeros(2)}, None],
)
def test_other_objects_are_told(write, value):
    with pytest.raises(UserError, match="holds no"):
        read_state_dict(write(value))


def test_unknown_numbers_are_told(write):
    tensor = Strided(np.zeros(4, np.float32), 0, (2,), (1,), "ComplexFloat")
    with pytest.raises(UserError, match=r"torch\.ComplexFloatStorage"):
        read_state_dict(write({"w": tensor}))


class Call:
    """Pickled as a call."""

    def __init__(self, function, *arguments):
        self.reduced = function, arguments

    def __reduce__(self):
        return self.reduced


@pytest.mark.parametrize("protocol", [0, 1, 2, 4, 5])
def test_code_is_never_run(write, tmp_path, protocol):
    trace = tmp_path / "ran"
    touch = f"open({str(trace)!r}, 'w')"
    for call in (
        Call(os.system, f"touch {trace}"),
        Call(eval, touch),
        Call(exec, touch),
        Call(getattr, "text", "upper"),
        Call(__import__, "os"),
        Call(open, str(trace), "w"),
    ):
        for value in (call, {"w": np.zeros(3), "x": call}, {"state_dict": {"w": call}}):
            path = write(value, protocol=protocol)
            with pytest.raises(UserError, match=r"never run|the instruction"):
                read_state_dict(path)
    assert not trace.exists()


@pytest.mark.parametrize("content", [b"", b"no network", b"PK\x03\x04", b"\x80\x02", b"\x80\x02N."])
def test_other_files_are_told(tmp_path, content):
    path = tmp_path / "net.pth"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"net\.pth is not a state dict of PyTorch: .*right is"):
        read_state_dict(path)


def test_truncated_files_are_told(write):
    path = write(STATE)
    data = path.read_bytes()
    for length in range(0, len(data), 7):
        path.write_bytes(data[:length])
        with pytest.raises(UserError, match="not a state dict"):
            read_state_dict(path)


def test_damaged_files_are_read_or_told(write):
    path = write(STATE)
    data = path.read_bytes()
    for _ in range(1500):
        damaged = bytearray(data)
        for place in RNG.integers(0, len(data), RNG.integers(1, 4)):
            damaged[place] = RNG.integers(256)
        path.write_bytes(damaged)
        try:
            read_state_dict(path)
        except UserError as error:
            assert "\n" not in str(error)


def test_compressed_archives_are_told(tmp_path):
    bomb = {"w": np.zeros(10**6, np.float32)}
    path = write_zip(tmp_path / "net.pth", bomb, compression=zipfile.ZIP_DEFLATED)
    with pytest.raises(UserError, match="compressed"):
        read_state_dict(path)


def test_incomplete_archives_are_told(tmp_path):
    path = write_zip(tmp_path / "net.pth", STATE, order="middle-=")
    with pytest.raises(UserError, match="byte order"):
        read_state_dict(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("net/other", "")
    with pytest.raises(UserError, match=r"0 files called data\.pkl"):
        read_state_dict(path)
    whole = write_zip(tmp_path / "whole.pth", STATE)
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(path, "w") as archive:
        archive.writestr("net/data.pkl", source.read("net/data.pkl"))
    with pytest.raises(UserError, match="has no 'net/data/0'"):
        read_state_dict(path)


def test_a_big_endian_legacy_file_is_told(tmp_path):
    path = write_legacy(tmp_path / "net.pth", STATE)
    data = path.read_bytes()
    path.write_bytes(data.replace(b"little_endianq\x02\x88", b"little_endianq\x02\x89", 1))
    assert path.read_bytes() != data
    with pytest.raises(UserError, match="little-endian"):
        read_state_dict(path)
