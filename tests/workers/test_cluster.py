"""A Dask cluster of two processes gives what one process gives, though workers die."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from src.base.errors import UserError
from src.datasets import index_building
from src.datasets.index_building import make_index
from src.evaluating.protocols import plan_protocol
from src.evaluating.running import print_report, print_tracks
from src.records import preparation as record_preparation
from src.records.preparation import prepare_records
from src.workers import executors as cluster
from src.workers.executors import open_executor
from tests.support.cases import load_identity
from tests.support.cluster_pieces import die, folder_of_worker, load_dying, write_shard_or_die
from tests.support.evaluations import files, make_job
from tests.support.helpers import make_clip
from tests.support.parameter_files import load_design, load_run
from tests.support.patience import PATIENCE
from tests.support.places import ROOT
from tests.support.small_records import environment_in, folder_bytes, make_list, prepare_here
from tests.support.trackers import IdentityTracker

DESIGN = load_design()


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A scheduler that cannot import this program, and two workers in a folder of their own."""
    folder = tmp_path_factory.mktemp("cluster")
    file, log = folder / "scheduler.json", (folder / "log").open("w")
    paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    commands = {
        "dask_scheduler": ["--host", "127.0.0.1", "--port", "0", "--no-dashboard"],
        "dask_worker": ["--nworkers", "2", "--nthreads", "1", "--memory-limit", "0"],
    }
    running = []
    for program, options in commands.items():
        command = [sys.executable, "-m", f"distributed.cli.{program}", "--scheduler-file", file]
        seen = [*paths, str(ROOT)] if program == "dask_worker" else paths
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, seen))}
        running.append(
            subprocess.Popen(
                [*command, *options], cwd=folder, env=environment, stdout=log, stderr=log
            )
        )
    yield await_cluster(file)
    for process in reversed(running):
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def await_cluster(file):
    """The scheduler's address, once both workers are there."""
    from distributed import Client

    deadline = time.monotonic() + PATIENCE
    while not file.exists():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    with Client(scheduler_file=str(file), set_as_default=False) as client:
        client.wait_for_workers(2, timeout=PATIENCE)
        return client.scheduler.address


@pytest.fixture
def run(address):
    return load_run(cluster=address, num_shards=9, visualization=0)


def test_workers_work_where_the_program_does_and_see_its_files(run, tmp_path):
    data = tmp_path / "data.txt"
    data.write_text("123")
    with open_executor(run, 6, [data], [tmp_path]) as executor:
        places = [future.result() for future in [executor.submit(folder_of_worker)] * 2]
        assert {folder for folder, _ in places} == {Path.cwd()}
        assert os.getpid() not in {pid for _, pid in places}
        assert len(list(tmp_path.iterdir())) == 2
    assert list(tmp_path.iterdir()) == [data]
    with (
        pytest.raises(UserError, match=r"data\.txt: has 5 bytes instead of 3 for worker.* on "),
        open_executor(run, 1, [data]) as executor,
    ):
        data.write_text("12345")
        executor.submit(folder_of_worker).result()


def test_the_records_are_those_of_one_process(run, tmp_path, monkeypatch):
    env = make_list(tmp_path, n_train=45, n_validation=5)
    alone = environment_in(tmp_path, tfrecord_path=str(tmp_path / "alone"))
    prepare_here(DESIGN, alone, run.num_shards)
    monkeypatch.setattr(record_preparation, "write_shard", write_shard_or_die)
    report = prepare_records(DESIGN, env, run)
    assert (tmp_path / "data" / "a writer died").exists()
    assert "45 pairs in 9 shards" in report and "0 pairs skipped" in report
    assert folder_bytes(tmp_path / "records") == folder_bytes(tmp_path / "alone")


def test_the_index_of_many_videos_is_that_of_one_process(run, tmp_path, monkeypatch):
    for number in range(8):
        make_clip(tmp_path / "train" / f"clip_{number}", 6, seed=number)
    monkeypatch.setattr(index_building, "UNITS_PER_PIECE", 3)
    for place, parameters in (("alone", load_run(workers=1)), ("shared", run)):
        index = make_index(tmp_path / place, tmp_path / "train", None, parameters)
        assert index.n_targets == 8
    alone, shared = (folder_bytes(next((tmp_path / p).iterdir())) for p in ("alone", "shared"))
    assert shared == alone


def test_the_results_of_all_videos_are_those_of_one_process(address, tmp_path, capsys):
    for number in range(8):
        make_clip(tmp_path / "clips" / f"clip {number}", 8, step=(number, 0), seed=number)

    def evaluate(load, **places):
        job = make_job(tmp_path, protocol="vot", **places)
        segments = plan_protocol(job.parameters.env, job.evaluation)
        print_report(job, print_tracks(job, IdentityTracker(), segments, load), "clips", {})
        written = files(job.results.path)
        shutil.rmtree(job.results.path)
        return written, capsys.readouterr().out.splitlines()

    here, lines = evaluate(load_identity)
    there, told = evaluate(load_dying, cluster=address)
    assert (tmp_path / "a tracker died").exists()
    assert there == here and "vot/baseline/clip 7/clip 7_001.txt" in there
    assert [line.split(" -- Speed")[0] for line in told] == [
        line.split(" -- Speed")[0] for line in lines
    ]
    assert "speeds of a cluster's processes at once" in told[0]


def test_what_kills_every_worker_is_told(run):
    with (
        pytest.raises(UserError, match=r"every worker .* that took one of the pieces of work died"),
        open_executor(run, 1) as executor,
    ):
        executor.submit(die).result()


def test_a_scheduler_that_does_not_answer_is_told(monkeypatch):
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1)
    with (
        pytest.raises(UserError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9 within"),
        open_executor(load_run(cluster="tcp://127.0.0.1:9"), 1),
    ):
        pass


def test_dask_that_is_not_installed_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(UserError, match=r"run\.cluster tcp://a:1 needs .*pip install 'distributed"),
        open_executor(load_run(cluster="tcp://a:1"), 1),
    ):
        pass
