"""The training script from records to checkpoints, killed and continued, and refusing bad input."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from src.base.locks import locked
from src.weights.training_folder import LOG_FILE, SUMMARY_FOLDER
from tests.support.full_disk import files_up_to
from tests.support.helpers import complaints
from tests.support.parameter_files import TINY, load_design
from tests.support.patience import PATIENCE
from tests.support.places import ROOT
from tests.support.small_records import make_list, prepare_here

SCRIPT = "run_tracker_training.py"
RESIZE = {"resize_width": 100, "resize_height": 100}
NETWORK = TINY | {"filter_num": [4, 4, 4, 4, 4]} | RESIZE
# so many that a process can be killed twice on the way
STEPS, EPOCH = 60, 5
# the optimiser's way to the first layer's filters is the shortest, so they are stored under it
KERNEL = "optimizer/_trainable_variables/0/.ATTRIBUTES/VARIABLE_VALUE"


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    prepare_here(load_design(**NETWORK), make_list(folder))
    return folder


def options(data, output, steps=STEPS, **changes):
    """Command-line arguments of a short training."""
    design = NETWORK | {"batch_size": 2, "num_epochs": None, "num_steps": steps}
    values = {f"design.{key}": value for key, value in design.items()} | {
        "design.saver_folder": str(output),
        "environment.tfrecord_path": str(data / "records"),
        "environment.pair_list": str(data / "pairs.csv"),
        "run.checkpoint_steps": 7,  # within an epoch
        "run.track_every": 0,
    }
    pairs = (values | changes).items()
    return [part for key, value in pairs for part in ("--set", f"{key}={_text(value)}")]


def _text(value):
    return value if isinstance(value, str) else json.dumps(value)


def variables(path):
    reader = tf.train.load_checkpoint(str(path))
    return {
        name: reader.get_tensor(name)
        for name in reader.get_variable_to_shape_map()
        if "OBJECT_GRAPH" not in name and "save_counter" not in name
    }


def assert_same_result(one, other):
    ours, theirs = (variables(folder / f"saver-test-{STEPS}") for folder in (one, other))
    assert ours.keys() == theirs.keys()
    assert ours[KERNEL].shape == (11, 11, 3, 4)
    for name, value in ours.items():
        np.testing.assert_array_equal(value, theirs[name], err_msg=name)
    assert (one / LOG_FILE).read_text() == (other / LOG_FILE).read_text()


@pytest.fixture
def train_here(run_here, monkeypatch):
    """The script in this process, whose threads other tests have started: hardly repeatable."""
    monkeypatch.setattr("src.base.imports.make_repeatable", lambda: None)
    return lambda *arguments: run_here(SCRIPT, *arguments)


@pytest.fixture(scope="module")
def undisturbed(data, tmp_path_factory, run_script):
    output = tmp_path_factory.mktemp("undisturbed")
    done = run_script(SCRIPT, *options(data, output, **{"run.debug": 1, "run.write_summary": 1}))
    assert done.returncode == 0, done.stderr
    return output, done


def test_a_training_writes_checkpoints_log_summaries_and_the_first_batch(undisturbed):
    output, done = undisturbed
    assert "takes 60 steps of 2 pairs; 10 pairs, 5 steps an epoch" in done.stdout
    assert "an epoch; starts from random weights" in done.stdout
    assert not complaints(done.stderr)
    reports = [json.loads(line) for line in (output / LOG_FILE).read_text().splitlines()]
    told = {"train": [20, 40, 60], "validation": list(range(EPOCH, STEPS + 1, EPOCH))}
    for kind, steps in told.items():
        assert [report["step"] for report in reports if report["kind"] == kind] == steps
    assert len(reports) == sum(map(len, told.values()))
    assert list((output / SUMMARY_FOLDER).iterdir())
    with Image.open(output / "debug" / "first_batch.png") as sheet:
        assert sheet.size[0] > 255
    assert list((output / "best").glob("*.index"))
    settings = json.loads((output / "parameters.json").read_text())
    assert settings["design"]["filter_num"] == NETWORK["filter_num"]
    assert set(settings) == {"design", "hyperparams", "run", "records"}


def test_a_training_by_contrast_runs_from_records_to_checkpoints(data, tmp_path, train_here):
    contrast = {
        "hyperparams.loss": "contrast",
        "hyperparams.other_scales": [0.95, 1.05],
        "hyperparams.zoom": 0.1,
        "run.debug": 1,
    }
    done = train_here(*options(data, tmp_path, 8, **contrast))
    assert done.returncode == 0, done.stderr
    reports = [json.loads(line) for line in (tmp_path / LOG_FILE).read_text().splitlines()]
    assert [report["kind"] for report in reports] == ["validation", "train", "validation"]
    assert all(np.isfinite(report["loss"]) for report in reports)
    with Image.open(tmp_path / "debug" / "first_batch.png") as sheet:
        assert sheet.size[0] > 255
    again = train_here(*options(data, tmp_path, 8, **contrast | {"run.debug": 0}))
    assert again.returncode == 0, again.stderr
    assert "this training is complete" in again.stdout
    settings = json.loads((tmp_path / "parameters.json").read_text())["hyperparams"]
    assert (settings["loss"], settings["other_scales"]) == ("contrast", [0.95, 1.05])


def test_another_seed_gives_other_weights(data, undisturbed, tmp_path, train_here):
    done = train_here(*options(data, tmp_path, **{"run.seed": 2}))
    assert done.returncode == 0, done.stderr
    one, other = (
        variables(folder / f"saver-test-{STEPS}")[KERNEL] for folder in (undisturbed[0], tmp_path)
    )
    assert np.abs(one - other).max() > 1e-3


def newest(output):
    """What TensorFlow's file says of the newest checkpoint; empty before the first."""
    path = output / "checkpoint"
    return path.read_text() if path.exists() else ""


def killed_after_a_checkpoint(data, output, number):
    """Starts the script and sends the signal once a checkpoint is newer; its status and output."""
    before = newest(output)
    process = subprocess.Popen(
        [sys.executable, str(ROOT / SCRIPT), *options(data, output)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + PATIENCE
    while newest(output) == before:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.005)
    process.send_signal(number)
    told, errors = process.communicate(timeout=PATIENCE)
    assert "Traceback" not in errors
    assert not (output / f"saver-test-{STEPS}.index").exists(), "it was killed too late"
    return process.returncode, told


def test_the_same_seed_gives_the_same_weights_even_to_a_killed_training(
    data, undisturbed, tmp_path, run_script
):
    status, told = killed_after_a_checkpoint(data, tmp_path, signal.SIGTERM)
    assert status == 143 and "training takes 60 steps" in told
    status, told = killed_after_a_checkpoint(data, tmp_path, signal.SIGKILL)
    assert status == -9 and "goes on after step" in told
    done = run_script(SCRIPT, *options(data, tmp_path))
    assert done.returncode == 0, done.stderr
    assert "goes on after step" in done.stdout
    assert_same_result(tmp_path, undisturbed[0])


def test_a_complete_training_says_so(data, undisturbed, train_here):
    before = {path: path.stat().st_mtime for path in undisturbed[0].glob("saver*")}
    done = train_here(*options(data, undisturbed[0]))
    assert done.returncode == 0, done.stderr
    assert "this training is complete: 60 of 60 steps" in done.stdout
    assert {path: path.stat().st_mtime for path in undisturbed[0].glob("saver*")} == before


def test_other_settings_do_not_overwrite_a_training(data, undisturbed, train_here, refusal):
    changed = options(data, undisturbed[0], **{"hyperparams.lr": 0.5, "run.seed": 9})
    refusal(train_here(*changed), "hyperparams.lr 0.01, now 0.5", "run.seed")


def test_a_training_can_be_made_longer_but_not_shorter_or_another(
    data, tmp_path, train_here, refusal
):
    rates = {"hyperparams.lr": 0.01, "hyperparams.lr_end": 0.0001}
    assert train_here(*options(data, tmp_path, 3, **rates)).returncode == 0
    longer = train_here(*options(data, tmp_path, 5, **rates))
    assert longer.returncode == 0, longer.stderr
    assert "training goes on after step 3 of 5 steps" in longer.stdout
    told = "made longer, from 3 to 5 steps: the learning rate was 0.0001 at step 3 and is 0.000316"
    assert told in longer.stdout
    epochs = {"design.num_epochs": 2, "design.num_steps": None}
    longer = train_here(*options(data, tmp_path, **rates | epochs))
    assert "from 5 to 10 steps" in longer.stdout
    assert (tmp_path / "saver-test-10.index").exists()
    same = train_here(*options(data, tmp_path, 10, **rates))
    assert "this training is complete: 10 of 10 steps" in same.stdout
    shorter = train_here(*options(data, tmp_path, 9, **rates))
    refusal(shorter, "(design.saver_folder): belongs to a training of 10 steps, 9 are asked for")
    other = train_here(*options(data, tmp_path, 20, **rates | {"run.seed": 2}))
    refusal(other, "belongs to other settings (run.seed 1, now 2);")


def test_a_full_disk_is_told_in_a_sentence_and_the_training_goes_on_later(
    data, tmp_path, train_here, refusal
):
    with files_up_to(20_000):  # the best checkpoint has 15 kB, the newest 28
        done = train_here(*options(data, tmp_path, 9))
    refusal(done, "the checkpoint of step 7 cannot be written (File too large); there is none yet")
    assert train_here(*options(data, tmp_path, 9)).returncode == 0
    with files_up_to(20_000):
        done = train_here(*options(data, tmp_path, 15))
    refusal(done, "of step 14 cannot be written (File too large); the last one, saver-test-9, is")
    again = train_here(*options(data, tmp_path, 15))
    assert again.returncode == 0 and "goes on after step 9 of 15" in again.stdout


def test_auto_is_settled_once_for_a_training(data, tmp_path, train_here, monkeypatch):
    rates = {"float32": 1.0, "bfloat16": 2.0}
    monkeypatch.setattr("src.training.precision.step_rates", lambda *how, **options: rates)
    auto = {"run.precision": "auto"}
    done = train_here(*options(data, tmp_path, 3, **auto))
    assert done.returncode == 0, done.stderr
    assert "Precision: bfloat16 (a step in bfloat16 is tried: 2 pairs/s for 1" in done.stdout
    assert json.loads((tmp_path / "parameters.json").read_text())["run"]["precision"] == "bfloat16"
    # elsewhere, or on a busy day, the other one would be chosen
    rates |= {"bfloat16": 0.5}
    again = train_here(*options(data, tmp_path, 4, **auto))
    assert again.returncode == 0, again.stderr
    assert "Precision: bfloat16, as this training began" in again.stdout
    assert "training goes on after step 3 of 4 steps" in again.stdout


def test_a_second_training_in_the_folder_is_refused_while_the_first_runs(
    data, tmp_path, train_here, refusal
):
    with locked(tmp_path / ".training.lock", "", ""):
        done = train_here(*options(data, tmp_path, 3))
        told = f"{tmp_path}: a training runs here already, by process {os.getpid()} on "
        refusal(done, told, "wait until it has ended, or name another design.saver_folder")
        assert not (tmp_path / LOG_FILE).exists()
    assert train_here(*options(data, tmp_path, 3)).returncode == 0
    assert not (tmp_path / ".training.lock").exists()


def test_numbers_that_blow_up_stop_the_training(data, tmp_path, train_here, refusal):
    done = train_here(*options(data, tmp_path, **{"hyperparams.lr": 1e30}))
    refusal(done, "not a finite number at step", "train ", "lower hyperparams.lr")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"design.context": 0.25}, ["remove the records", "design.context 0.5, now 0.25"]),
        ({"design.batch_size": 64}, ["10 training pairs, fewer than one batch of 64"]),
        ({"environment.tfrecord_path": "nowhere"}, ["nowhere", "run prepare_training_dataset.py"]),
        ({"design.net": "nix.mat"}, ["nix.mat does not exist"]),
    ],
)
def test_unusable_input_is_refused(data, tmp_path, train_here, refusal, changes, words):
    refusal(train_here(*options(data, tmp_path / "output", **changes)), *words)
    assert not (tmp_path / "output").exists()


@pytest.mark.parametrize("damage", ["truncated", "missing", "altered"])
def test_damaged_shards_are_refused(data, tmp_path, train_here, refusal, damage):
    shutil.copytree(data, tmp_path / "data")
    shard = tmp_path / "data" / "records" / "training_dataset-00001-of-00002.tfrecord"
    content = bytearray(shard.read_bytes())
    if damage == "truncated":
        shard.write_bytes(content[:-100])
    elif damage == "missing":
        shard.unlink()
    else:
        content[len(content) // 2] ^= 1
        shard.write_bytes(content)
    done = train_here(*options(tmp_path / "data", tmp_path / "output"))
    refusal(done, shard.name, "prepare_training_dataset.py")


def test_an_output_folder_that_cannot_be_written_is_refused(data, tmp_path, train_here, refusal):
    (tmp_path / "file").write_text("not a folder")
    done = train_here(*options(data, Path(tmp_path / "file") / "output"))
    refusal(done, str(tmp_path / "file"))


def test_a_training_for_a_filter_goes_on_with_the_same_filter_only(
    data, tmp_path, train_here, refusal
):
    names = {"loss_weight": 0.5, "weight": 10, "cells": 6, "first_steps": 2, "pasted": 1}
    keys = {f"hyperparams.filter_{name}": value for name, value in names.items()}
    done = train_here(*options(data, tmp_path, 3, **keys))
    assert done.returncode == 0, done.stderr
    again = train_here(*options(data, tmp_path, 3, **keys | {"hyperparams.filter_lr": 0.3}))
    assert "this training is complete: 3 of 3 steps" in again.stdout
    other = train_here(*options(data, tmp_path, 3, **keys | {"hyperparams.filter_sigma": 9}))
    refusal(other, "hyperparams.filter_sigma 16.0, now 9.0")
