import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from src.errors import UserError
from src.worker_pool import signals_held, worker_pool
from tests.conftest import ROOT

# a program with two workers that sleep; prints their process ids
SLEEPERS = """
import os, signal, sys, time
from src.worker_pool import signals_held, worker_pool

def work(number):
    print(os.getpid(), flush=True)
    time.sleep(60)

if __name__ == "__main__":
    # a suite that runs in the background hands on that Ctrl-C is ignored
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with worker_pool(2, int) as pool:
        with signals_held():
            futures = [pool.submit(work, number) for number in range(4)]
        futures[0].result()
"""


def nothing():
    pass


def start_sleepers(folder):
    """The running program and its workers."""
    script = folder / "sleepers.py"
    script.write_text(SLEEPERS)
    running = subprocess.Popen(
        [sys.executable, script],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    return running, [int(running.stdout.readline()) for _ in range(2)]


def await_end(pids):
    """Waits for processes that are not children to be gone; zombies count as gone."""
    deadline = time.monotonic() + 20
    for pid in pids:
        status = Path(f"/proc/{pid}/stat")
        while status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z":
            assert time.monotonic() < deadline, f"process {pid} is still there"
            time.sleep(0.05)


def test_tasks_run_in_other_processes():
    with worker_pool(1, nothing) as pool:
        assert pool.submit(os.getpid).result() != os.getpid()


def test_the_death_of_a_worker_is_told():
    with (
        pytest.raises(UserError, match=r"worker process died.*run\.workers"),
        worker_pool(1, nothing) as pool,
    ):
        pool.submit(os._exit, 1).result()


def test_workers_do_not_outlive_a_killed_parent(tmp_path):
    running, pids = start_sleepers(tmp_path)
    running.kill()
    running.communicate()
    await_end(pids)


@pytest.mark.parametrize("whole_group", [False, True])
def test_an_interrupt_stops_everything_at_once(tmp_path, whole_group):
    running, pids = start_sleepers(tmp_path)
    start = time.monotonic()
    (os.killpg if whole_group else os.kill)(running.pid, signal.SIGINT)
    _, errors = running.communicate(timeout=30)
    assert time.monotonic() - start < 20
    assert running.returncode == -signal.SIGINT
    assert errors.count("Traceback") == 1, errors
    await_end(pids)


def test_held_signals_arrive_afterwards():
    arrived = []
    kept = signal.signal(signal.SIGTERM, lambda *_: arrived.append(True))
    try:
        with signals_held():
            # to this thread: others that a library has started do not hold it back
            signal.pthread_kill(threading.get_ident(), signal.SIGTERM)
            assert not arrived
        assert arrived
    finally:
        signal.signal(signal.SIGTERM, kept)
