"""Devices and machines that share a training end where one ends; killed, they go on."""

import json
import os
import socket
import subprocess
import sys
import time

import numpy as np
import pytest
import tensorflow as tf

from src.base.errors import LostWorkerError, UserError
from src.records.read_training_dataset import Part
from src.training.strategies import (
    check_replicas,
    deal_batches,
    is_chief,
    lost_workers,
    make_strategy,
)
from src.weights.training_folder import read_reports
from tests.support.parameter_files import TINY, load_design
from tests.support.patience import PATIENCE
from tests.support.places import ROOT
from tests.support.small_records import prepare_films

SCRIPT = "run_tracker_training.py"
STEPS, BATCH, FIRST = 8, 8, 2
# small crops: sums of few terms, which hardly depend on their order
NETWORK = TINY | {
    "filter_num": [4, 4, 4, 4, 4],
    "resize_width": 100,
    "resize_height": 100,
    "exemplar_sz": 103,
    "search_sz": 135,
    "score_sz": 5,
}
TERMS = BATCH * 63**2  # cells of the first layer, over which its gradient and statistics are sums


@pytest.fixture(scope="module")
def arguments(tmp_path_factory):
    """A short training in which every pair of a batch matters to the others in four ways."""
    data = tmp_path_factory.mktemp("data")
    prepare_films(data, load_design(**NETWORK))
    design = NETWORK | {"batch_size": BATCH, "num_epochs": None, "num_steps": STEPS}
    values = {f"design.{key}": json.dumps(value) for key, value in design.items()} | {
        "environment.tfrecord_path": data / "records",
        "environment.pair_list": data / "pairs.csv",
        "hyperparams.loss": "contrast",
        "hyperparams.other_scales": "[0.95, 1.05]",
        "hyperparams.negative_share": 0.25,
        "hyperparams.filter_loss_weight": 0.05,
        "hyperparams.filter_weight": 1.0,
        "hyperparams.filter_cells": 3,
        "hyperparams.filter_ridge": 1.0,
        "hyperparams.filter_first_steps": 2,
        "hyperparams.backbone_lr": 0.5,
        "hyperparams.backbone_start": 0.1,
        "run.checkpoint_steps": FIRST,
        "run.keep_checkpoints": STEPS,
        "run.track_every": 0,
    }
    return [part for key, value in values.items() for part in ("--set", f"{key}={value}")]


def kernels(onednn):
    """The environment of a process with TensorFlow's oneDNN kernels, "1", or without them, "0"."""
    return os.environ | {"TF_ENABLE_ONEDNN_OPTS": onednn}


@pytest.fixture(scope="module")
def trained(request, arguments, tmp_path_factory):
    """The trainings on one device and on two, each in a folder of that number."""
    folder = tmp_path_factory.mktemp("trained")
    command = [sys.executable, "-m", "tests.support.distributed_driver", folder, *arguments]
    env = kernels(request.param)
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


def variables(folder, step=STEPS):
    reader = tf.train.load_checkpoint(str(folder / f"saver-test-{step}"))
    return {
        name: reader.get_tensor(name)
        for name in reader.get_variable_to_shape_map()
        if not any(word in name for word in ("OBJECT_GRAPH", "save_counter", "best_score"))
    }


def assert_same_training(one, other):
    """But for the order in which numbers are added up, whatever kernels add them.

    A sum of n float32 terms errs by about sqrt(n) * 2**-24 of their size, and five layers forth and
    back make ten of them: that share of what the steps after the first checkpoint changed may
    differ. Storing the sum of a variable and its update rounds by half a spacing in each step. What
    normalisation takes away again (biases before it) is rounding and nothing else. Of thousands of
    such errors, the largest is about four of them.
    """
    start, ours, theirs = variables(one, FIRST), variables(one), variables(other)
    assert ours.keys() == theirs.keys() == start.keys()
    for name, value in ours.items():
        change = np.abs(value - start[name]).max(initial=0)
        stored = STEPS / 2 * np.spacing(np.abs(value).max(initial=0))
        bound = 4 * (10 * TERMS**0.5 * 2**-24 * change + stored + 1e-7)
        np.testing.assert_allclose(theirs[name], value, rtol=0, atol=bound, err_msg=name)
    [ours], [theirs] = read_reports(one), read_reports(other)
    assert (ours.pop("kind"), theirs.pop("kind")) == ("train", "train")
    assert theirs == pytest.approx(ours, rel=1e-4)
    assert ours["step"] == STEPS


@pytest.mark.parametrize("trained", ["0", "1"], indirect=True)
def test_two_devices_end_where_one_ends(trained):
    assert_same_training(trained / "1", trained / "2")


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("localhost", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def start_workers(arguments, output):
    """Two local workers of a cluster."""
    workers = [f"localhost:{port}" for port in free_ports(2)]
    command = [sys.executable, ROOT / SCRIPT, *arguments, "--set", f"design.saver_folder={output}"]
    return [
        subprocess.Popen(
            command,
            env=kernels("1")
            | {
                "TF_CONFIG": json.dumps(
                    {"cluster": {"worker": workers}, "task": {"type": "worker", "index": index}}
                )
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for index in range(2)
    ]


@pytest.mark.parametrize("trained", ["1"], indirect=True)
def test_a_killed_worker_costs_the_steps_since_the_last_checkpoint(trained, arguments, tmp_path):
    first = start_workers(arguments, tmp_path)
    deadline = time.monotonic() + PATIENCE
    while not list(tmp_path.glob("saver-test-*.index")):
        assert all(worker.poll() is None for worker in first) and time.monotonic() < deadline
        time.sleep(0.005)
    first[1].kill()
    _, errors = first[0].communicate(timeout=PATIENCE)
    assert first[0].returncode == 75, errors
    assert errors.count("interrupted: another worker of the cluster is gone") == 1
    assert "Traceback" not in errors
    first[1].communicate()
    assert not (tmp_path / f"saver-test-{STEPS}.index").exists(), "it was killed too late"

    again = start_workers(arguments, tmp_path)
    ended = [worker.communicate(timeout=PATIENCE) for worker in again]
    assert [worker.returncode for worker in again] == [0, 0], ended
    assert "goes on after step" in ended[0][0] and f"done: {STEPS} steps" in ended[0][0]
    assert ended[1][0] == ""
    assert_same_training(trained / "1", tmp_path)


def test_without_a_cluster_one_device_is_the_default():
    strategy = make_strategy(["CPU:0"])
    assert strategy is tf.distribute.get_strategy()
    assert is_chief(strategy) and check_replicas(strategy, 7) == 7


@pytest.mark.parametrize(
    "text",
    [
        "localhost:1",
        "[]",
        '{"cluster": {"worker": ["a:1"]}}',
        '{"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", "index": 1}}',
        '{"cluster": {"worker": ["a:1"], "ps": ["b:1"]}, "task": {"type": "ps", "index": 0}}',
    ],
)
def test_a_cluster_that_is_none_is_refused(monkeypatch, text):
    monkeypatch.setenv("TF_CONFIG", text)
    with pytest.raises(UserError, match=r"TF_CONFIG is .*, but should be"):
        make_strategy([])


class TwoReplicas:
    """Stands for a strategy over two devices."""

    num_replicas_in_sync = 2


def test_a_batch_that_the_devices_cannot_share_is_refused():
    with pytest.raises(UserError, match=r"batch_size is 7, which 2 devices .*multiple of 2"):
        check_replicas(TwoReplicas(), 7)


def test_one_device_is_dealt_everything():
    parts = []
    deal_batches(tf.distribute.get_strategy(), 6, parts.append)
    assert parts == [Part(0, 6, 6)]


def test_an_error_of_one_process_is_no_lost_worker():
    error = tf.errors.UnavailableError(None, None, "a disk")
    with pytest.raises(tf.errors.UnavailableError), lost_workers(tf.distribute.get_strategy()):
        raise error


def test_a_lost_worker_is_told():
    cluster = TwoReplicas()
    cluster.cluster_resolver = object()
    with pytest.raises(LostWorkerError, match="start the same command"), lost_workers(cluster):
        raise tf.errors.UnavailableError(None, None, "Socket closed")
