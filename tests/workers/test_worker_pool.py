import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from src.base.errors import UserError
from src.workers.worker_pool import MAX_DEATHS, signals_held, worker_pool
from tests.support.patience import PATIENCE
from tests.support.places import ROOT

# a program with two workers that sleep longer than anybody waits; prints their process ids
SLEEPERS = f"""
import os, signal, sys, time
from src.workers.worker_pool import worker_pool

def work(number):
    print(os.getpid(), flush=True)
    time.sleep({10 * PATIENCE})

if __name__ == "__main__":
    # a suite that runs in the background hands on that Ctrl-C is ignored
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with worker_pool(2) as pool:
        futures = [pool.submit(work, number) for number in range(4)]
        futures[0].result()
"""


def number_of_tries(folder, deaths):
    """Dies so many times, then tells how often it was tried."""
    (folder / str(os.getpid())).touch()
    tries = len(list(folder.iterdir()))
    if tries <= deaths:
        os.kill(os.getpid(), signal.SIGKILL)
    return tries


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
    deadline = time.monotonic() + PATIENCE
    for pid in pids:
        status = Path(f"/proc/{pid}/stat")
        while status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z":
            assert time.monotonic() < deadline, f"process {pid} is still there"
            time.sleep(0.05)


def test_tasks_run_in_other_processes():
    with worker_pool(1) as pool:
        assert pool.submit(os.getpid).result() != os.getpid()


def test_what_a_worker_died_of_is_done_again(tmp_path):
    with worker_pool(2) as pool:
        futures = [pool.submit(pow, number, 2) for number in range(20)]
        dying = pool.submit(number_of_tries, tmp_path, MAX_DEATHS - 1)
        assert [future.result() for future in futures] == [number**2 for number in range(20)]
        assert dying.result() == MAX_DEATHS


def test_what_workers_die_of_again_and_again_is_told(tmp_path):
    with (
        pytest.raises(UserError, match=r"worker process died 3 times.*run\.workers"),
        worker_pool(2) as pool,
    ):
        others = pool.submit(pow, 3, 2)
        try:
            pool.submit(number_of_tries, tmp_path, 99).result()
        finally:
            assert others.result() == 9
    assert len(list(tmp_path.iterdir())) == MAX_DEATHS


def test_workers_do_not_outlive_a_killed_parent(tmp_path):
    running, pids = start_sleepers(tmp_path)
    running.kill()
    running.communicate()
    await_end(pids)


@pytest.mark.parametrize("whole_group", [False, True])
def test_an_interrupt_stops_everything_at_once(tmp_path, whole_group):
    running, pids = start_sleepers(tmp_path)
    (os.killpg if whole_group else os.kill)(running.pid, signal.SIGINT)
    _, errors = running.communicate(timeout=PATIENCE)
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
