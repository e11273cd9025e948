"""TensorFlow with its oneDNN kernels and without, whatever this processor has by default."""

import os
import subprocess
import sys

import pytest

from tests.support.places import ROOT

VARIABLE = "TF_ENABLE_ONEDNN_OPTS"


def run(env, *arguments):
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("set_before", "afterwards"), [({}, "1"), ({VARIABLE: "0"}, "0")])
def test_it_is_asked_for_unless_the_user_says_otherwise(set_before, afterwards):
    env = {key: value for key, value in os.environ.items() if key != VARIABLE} | set_before
    code = f"import src, os, sys; print(os.environ[{VARIABLE!r}], 'tensorflow' in sys.modules)"
    done = run(env, "-c", code)
    assert (done.stderr, done.stdout) == ("", f"{afterwards} False\n")


def drive(folder, onednn):
    return run(os.environ | {VARIABLE: onednn}, "-m", "tests.support.onednn_driver", folder)


def test_without_it_files_agree_and_a_network_that_dilates_is_refused(tmp_path, refusal):
    done = drive(tmp_path, "0")
    refusal(done, "design.backbone resnet dilates", "in float32", f"{VARIABLE}=1", "GPU")
    assert "the files agree" in done.stdout and "training takes" not in done.stdout
    assert not (tmp_path / "output").exists()


def test_with_it_files_agree_and_a_network_that_dilates_learns(tmp_path):
    done = drive(tmp_path, "1")
    assert done.returncode == 0, done.stderr[-3000:]
    assert "the files agree" in done.stdout and "done: 1 steps" in done.stdout
