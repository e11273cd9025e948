"""What every test shares: the scripts, as subprocesses and here; a CPU-only, quiet TensorFlow."""

import contextlib
import functools
import importlib
import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import hypothesis
import pytest

from src.base import errors
from src.parameters.command_line import call_door
from tests.support.patience import PATIENCE
from tests.support.places import ROOT

# no example of a property may fail because the machine is slow
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

# run first, so that no worker is left alone with one of them at the end
LONGEST_FILES = [
    f"test_{name}.py"
    for name in (
        *("end_to_end", "training", "strategies", "cluster", "prepare_script", "trial_worker"),
        *("siamfc_tracker", "evaluation_script", "export", "trainer", "tracking_precision"),
        *("search_hyperparams", "release_weights", "read_training_dataset", "pysot", "benchmark"),
        *("train_step", "efficientnet_lite", "contrast"),
        *("read_scaled_exemplars", "siamese", "list_script", "learning", "augmentation"),
    )
]


def pytest_collection_modifyitems(items):
    """Keeps the order of the tests of one file."""
    places = {name: place for place, name in enumerate(LONGEST_FILES)}
    items.sort(key=lambda item: places.get(item.path.name, len(places)))


def _run(command: list[object], cwd: Path = ROOT, timeout: float = PATIENCE):
    """A Python process with these arguments; returns the CompletedProcess with text output."""
    return subprocess.run(
        [sys.executable, *map(str, command)],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=timeout,
        stdin=subprocess.DEVNULL,
        check=False,
    )


@pytest.fixture(scope="session")
def run_script():
    """Run one of the four scripts as a user does; returns the CompletedProcess with text output."""
    return lambda script, *arguments, **options: _run([ROOT / script, *arguments], **options)


@pytest.fixture(scope="session")
def run_module():
    """Run a command of src (`src.release_weights`) as a user does."""
    return lambda name, *arguments: _run(["-m", name, *arguments])


@pytest.fixture(scope="session")
def run_here():
    """Like `run_script` or `run_module`, without the seconds that a new process takes to start."""

    def run(script: str, *arguments: object):
        module = importlib.import_module(script.removesuffix(".py"))
        is_door = hasattr(module, "options")
        main = functools.partial(call_door, module) if is_door else module.main
        words, out, err = [str(argument) for argument in arguments], io.StringIO(), io.StringIO()
        kept = signal.getsignal(signal.SIGTERM)
        try:
            with (
                contextlib.chdir(ROOT),
                contextlib.redirect_stdout(out),
                contextlib.redirect_stderr(err),
            ):
                status = errors.run_script(main, words)
        finally:
            signal.signal(signal.SIGTERM, kept)
        return subprocess.CompletedProcess(words, status, out.getvalue(), err.getvalue())

    return run


@pytest.fixture(scope="session")
def run_python():
    """Run a piece of Python in a new process, beside the scripts."""
    return lambda code: _run(["-c", code])


@pytest.fixture(scope="session")
def refusal():
    """Assert that a script refused its input: exit status 2 and one sentence, no traceback."""

    def check(done: subprocess.CompletedProcess, *words: str) -> str:
        assert done.returncode == 2, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        lines = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
        assert len(lines) == 1, done.stderr
        for word in words:
            assert word in done.stderr, f"{word!r} is not in: {done.stderr}"
        return lines[0]

    return check
