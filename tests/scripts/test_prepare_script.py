"""The preparation script as a user runs it: interrupted, on broken data, without room."""

import resource
import signal
import subprocess
import sys
import time

import pytest

from src.records import preparation as record_preparation
from src.records.store import manifest_path, open_records
from tests.support.executors import threads
from tests.support.helpers import complaints
from tests.support.parameter_files import load_design
from tests.support.patience import PATIENCE
from tests.support.places import ROOT
from tests.support.small_records import BROKEN, environment_in, folder_bytes, make_list

SCRIPT = "prepare_training_dataset.py"
SHARDS = 6


def options(env, workers=1):
    values = {key: getattr(env, key) for key in ("root_dataset", "pair_list", "tfrecord_path")}
    settings = [f"environment.{key}={value}" for key, value in values.items()]
    settings += [f"run.workers={workers}", f"run.num_shards={SHARDS}"]
    return [word for setting in settings for word in ("--set", setting)]


def interrupt(env, number):
    """Starts the script, sends the signal once more shards are done than before, and waits."""
    folder = manifest_path(env, "train").parent
    done = len(list(folder.glob(".*/*.json")))
    running = subprocess.Popen(
        [sys.executable, ROOT / SCRIPT, *options(env)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    deadline = time.monotonic() + PATIENCE
    while len(list(folder.glob(".*/*.json"))) <= done and running.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    running.send_signal(number)
    _, errors = running.communicate(timeout=PATIENCE)
    assert not manifest_path(env, "train").exists(), "the script was done before the signal"
    return running.returncode, errors


@pytest.fixture
def prepare_here(run_here, monkeypatch):
    """The script and its workers in this process."""
    monkeypatch.setattr(record_preparation, "open_executor", threads)
    return lambda *arguments: run_here(SCRIPT, *arguments)


def test_killed_and_started_again_it_ends_with_the_same_bytes(tmp_path, prepare_here):
    home = tmp_path / "a folder, ünïcode"
    env = make_list(home, n_train=24, n_validation=3, n_broken=1)
    done = prepare_here(*options(env))
    assert done.returncode == 0, done.stderr
    assert "1 pairs skipped" in done.stdout
    assert BROKEN in done.stdout
    assert open_records(load_design(), env, "train").pairs == 23

    again = environment_in(home, tfrecord_path=str(home / "interrupted"))
    assert interrupt(again, signal.SIGKILL)[0] == -signal.SIGKILL
    status, errors = interrupt(again, signal.SIGTERM)
    assert (status, complaints(errors)) == (143, ["terminated"])
    assert not list((home / "interrupted").glob(".*/.*.part"))
    done = prepare_here(*options(again, workers=2))
    assert done.returncode == 0, done.stderr
    assert folder_bytes(home / "interrupted") == folder_bytes(home / "records")

    done = prepare_here(*options(again))
    assert (done.returncode, "complete already" in done.stdout) == (0, True)
    done = prepare_here(*options(again), "--set", "design.context=0.4")
    assert done.returncode == 2
    assert "design.context 0.5, now 0.4" in done.stderr


def test_too_many_unreadable_frames_stop_it(tmp_path, prepare_here, refusal):
    env = make_list(tmp_path, n_train=10, n_validation=0, n_broken=2)
    done = prepare_here(*options(env))
    refusal(done, "of 10 pairs cannot be read, more than 5%", BROKEN)
    assert not manifest_path(env, "train").exists()


def test_a_full_disk_leaves_no_half_file(tmp_path, prepare_here, refusal):
    env = make_list(tmp_path, n_train=7, n_validation=0)
    limit = (30_000, resource.getrlimit(resource.RLIMIT_FSIZE)[1])
    done = subprocess.run(
        [sys.executable, ROOT / SCRIPT, *options(env)],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit),
        check=False,
    )
    refusal(done, "cannot be written", "run the same command again")
    assert not [path for path in (tmp_path / "records").rglob("*") if path.is_file()]
    done = prepare_here(*options(env))
    assert done.returncode == 0, done.stderr
    assert open_records(load_design(), env, "train").pairs == 7


@pytest.mark.parametrize("missing", ["list", "folder"])
def test_what_is_not_there_is_told_at_once(tmp_path, prepare_here, refusal, missing):
    env = make_list(tmp_path, n_train=2, n_validation=0)
    if missing == "list":
        env = environment_in(tmp_path, pair_list=str(tmp_path / "none.csv"))
        refusal(prepare_here(*options(env)), "none.csv", "get_shuffled_list_from_vedio.py")
    else:
        (tmp_path / "records").write_text("a file in place of the folder")
        refusal(prepare_here(*options(env)), str(tmp_path / "records"), "tfrecord_path")
