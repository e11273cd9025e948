"""Locks: one process at a time, told who it is; nobody is kept out by what a kill left behind."""

import errno
import fcntl
import json
import os
import re
import signal
import socket
import subprocess
import sys

import pytest

from src.base.errors import UserError
from src.base.locks import locked
from tests.support.places import ROOT

HOLDER = """
import sys, time
from pathlib import Path
from src.base.locks import locked
with locked(Path(sys.argv[1]), "it is full", "come back later"):
    print("held", flush=True)
    time.sleep(600)
"""


def lock(path):
    return locked(path, "it is full", "come back later")


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the lock `tmp_path/"place"/".lock"`."""
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "place" / ".lock")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_another_process_is_named_with_its_host(tmp_path, holder):
    path = tmp_path / "place" / ".lock"
    with pytest.raises(UserError) as told, lock(path):
        pass
    host = re.escape(socket.gethostname())
    who = rf"by process {holder.pid} on {host} since \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d"
    expected = rf"{re.escape(str(path.parent))}: it is full, {who}; come back later"
    assert re.fullmatch(expected, str(told.value))
    assert json.loads(path.read_text())["pid"] == holder.pid


def test_the_lock_of_a_killed_process_is_taken_over(tmp_path, holder):
    path = tmp_path / "place" / ".lock"
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert path.exists()
    with lock(path):
        assert json.loads(path.read_text())["pid"] == os.getpid()
    # the folder was there before
    assert not path.exists() and path.parent.exists()


@pytest.mark.parametrize("content", [b"", b"{", b"7", b'{"pid": 3}'])
def test_a_holder_that_has_not_said_who_it_is_keeps_others_out_too(tmp_path, content):
    path = tmp_path / ".lock"
    with lock(path):
        path.write_bytes(content)
        with pytest.raises(UserError, match="it is full, by another process; come"), lock(path):
            pass
    with lock(path):
        pass


def test_nothing_is_left_of_a_block_that_wrote_nothing(tmp_path):
    with pytest.raises(KeyError), lock(tmp_path / "new" / ".lock"):
        raise KeyError
    assert not (tmp_path / "new").exists()
    with lock(tmp_path / "new" / ".lock"):
        (tmp_path / "new" / "file").touch()
    assert os.listdir(tmp_path / "new") == ["file"]


def test_a_file_that_its_holder_removes_meanwhile_is_not_taken_for_the_lock(tmp_path, monkeypatch):
    path, flock = tmp_path / ".lock", fcntl.flock

    def late(handle, kind):
        monkeypatch.setattr(fcntl, "flock", flock)
        path.unlink()
        flock(handle, kind)

    monkeypatch.setattr(fcntl, "flock", late)
    with lock(path), pytest.raises(UserError, match="it is full"), lock(path):
        pass


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_a_file_system_without_locks_is_told(tmp_path, monkeypatch, capsys, number):
    def refuse(handle, kind):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with lock(tmp_path / ".lock"):
        pass
    told = capsys.readouterr().err
    assert told.startswith(f"{tmp_path}: this file system has no locks (")
    assert told.endswith("nothing keeps a second process from writing here too\n")


def test_other_errors_of_the_file_are_not_hidden(tmp_path, monkeypatch):
    def refuse(handle, kind):
        raise OSError(errno.EIO, "worn out")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(OSError, match="worn out"), lock(tmp_path / ".lock"):
        pass
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"), lock(tmp_path / "file" / ".lock"):
        pass
