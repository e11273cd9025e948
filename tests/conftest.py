"""What every test shares: the four scripts as subprocesses, and a CPU-only, quiet TensorFlow."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def run_script():
    """Run one of the four scripts as a user does; returns the CompletedProcess with text output."""

    def run(script: str, *arguments: object, cwd: Path = ROOT, timeout: float = 300):
        command = [sys.executable, str(ROOT / script), *map(str, arguments)]
        return subprocess.run(
            command,
            cwd=cwd,
            capture_output=True,
            text=True,
            timeout=timeout,
            stdin=subprocess.DEVNULL,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def run_python():
    """Run a piece of Python in a new process, beside the scripts."""

    def run(code: str):
        return subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
        )

    return run


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
