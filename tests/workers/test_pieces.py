import os
import socket
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from src.base.errors import UserError
from src.workers import pieces
from src.workers.pieces import View, do_piece, kept, no_setup, shared_view, versions

calls = []


def setup():
    calls.append("setup")


def load(*args):
    calls.append(args)
    return len(calls)


def refused(view):
    with pytest.raises(UserError) as refusal:
        do_piece(view, int)
    assert f"worker process {os.getpid()} on {socket.gethostname()}" in str(refusal.value)
    return str(refusal.value)


@pytest.fixture
def data(tmp_path):
    calls.clear()
    (tmp_path / "frame.jpg").write_bytes(bytes(10))
    return tmp_path


def test_a_piece_is_done_where_the_program_was_started(data, monkeypatch):
    here = Path.cwd()
    monkeypatch.chdir(data)
    with shared_view([Path("frame.jpg"), Path("none.jpg")], []) as view:
        monkeypatch.chdir(here)
        assert do_piece(view, os.getcwd) == str(data)
        assert do_piece(view, pow, 2, 5) == 32
    assert Path.cwd() == here


def test_what_a_worker_does_not_see_is_named(data):
    frame = data / "frame.jpg"
    with shared_view([frame], [data]) as view:
        assert do_piece(view, int) == 0
    message = refused(replace(view, run="2"))
    assert f"{data}/.shared-" in message and "is not there" in message
    with shared_view([frame], []) as view:
        frame.write_bytes(bytes(11))
        assert f"{frame}: has 11 bytes instead of 10" in refused(view)
        assert f"{data / 'no'}: is not there" in refused(replace(view, folder=data / "no"))
    assert list(data.iterdir()) == [frame]


def test_other_versions_are_refused(data, monkeypatch):
    names = [name for name, _ in versions()]
    assert names == ["Python", "this program", "numpy", "pillow", "tensorflow"]
    with shared_view([], []) as view:
        theirs = tuple((name, "0.1" if name == "pillow" else text) for name, text in versions())
        assert "has pillow " in refused(replace(view, versions=theirs))


class Installed:
    """Python's `importlib.metadata` where these packages are installed: (version, modules)."""

    def __init__(self, **packages):
        self.packages = {name.replace("_", "-"): told for name, told in packages.items()}

    def version(self, name):
        return self.packages[name][0]

    def packages_distributions(self):
        found = {}
        for name, (_, modules) in self.packages.items():
            for module in modules:
                found.setdefault(module, []).append(name)
        return found


@pytest.fixture
def installed(monkeypatch):
    def install(**packages):
        monkeypatch.setattr(pieces, "metadata", Installed(**packages))
        pieces._packages_of.cache_clear()

    yield install
    pieces._packages_of.cache_clear()


@pytest.mark.parametrize("name", ["tensorflow", "tensorflow_cpu", "tensorflow_rocm", "tf_nightly"])
def test_a_package_is_found_by_its_module_whatever_it_is_called(installed, name):
    installed(**{name: ("2.21.0", ["tensorflow"])}, pillow_simd=("9.5", ["PIL"]))
    assert pieces._version("tensorflow") == "2.21.0"
    assert pieces._version("PIL") == "9.5"


def test_packages_that_bring_the_same_module_are_told_together(installed):
    installed(tensorflow_cpu=("2.20.0", ["tensorflow"]), tensorflow=("2.21.0", ["tensorflow"]))
    assert pieces._version("tensorflow") == "2.21.0 and 2.20.0"
    installed(tensorflow_cpu=("2.21.0", ["tensorflow"]), tensorflow=("2.21.0", ["tensorflow"]))
    assert pieces._version("tensorflow") == "2.21.0"


def test_a_module_that_no_package_claims_is_asked_itself(installed):
    installed()
    assert pieces._version("numpy") == np.__version__
    with pytest.raises(ModuleNotFoundError):
        pieces._version("no_such_module")


def test_any_change_of_the_source_is_another_version(tmp_path, monkeypatch):
    monkeypatch.setattr(pieces, "__file__", str(tmp_path / "pieces.py"))
    (tmp_path / "below").mkdir()
    source = tmp_path / "below" / "a.py"
    source.write_text("1")
    one = pieces._program()
    source.write_text("2")
    two = pieces._program()
    source.rename(tmp_path / "a.py")
    assert len({one, two, pieces._program()}) == 3


def test_a_worker_is_set_up_once_in_a_run_and_keeps_what_it_loaded(data):
    for _ in range(2):
        with shared_view([], [], setup) as view:
            for name in ("a", "a", "b", "b", "a"):
                do_piece(view, kept, load, name)
    assert calls == ["setup", ("a",), ("b",), ("a",)] * 2


def test_a_refused_worker_is_asked_again(data):
    frame = data / "frame.jpg"
    view = View(data, ((frame, 11),), no_setup, versions())
    refused(view)
    frame.write_bytes(bytes(11))
    assert do_piece(view, int) == 0
