import subprocess
import sys

import pytest
import tensorflow as tf

from src.base.errors import UserError
from src.base.imports import use_devices
from tests.support.places import ROOT


def test_importing_tensorflow_prints_nothing():
    # C42: the log level was set after the import
    done = subprocess.run(
        [sys.executable, "-c", "from src.base.imports import use_devices; use_devices((1,))"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == ""
    assert done.stderr == ""


class FakeConfig:
    """Stands for `tf.config` on a machine with GPUs."""

    def __init__(self, gpus):
        self.gpus, self.visible = gpus, None

    def list_physical_devices(self, kind=None):
        return self.gpus

    def set_visible_devices(self, devices, kind):
        self.visible = devices


@pytest.mark.parametrize(
    ("gpus", "asked", "visible"),
    [
        ([], (1,), []),
        ([], (), []),
        (["a", "b"], (1,), ["b"]),
        (["a", "b", "c"], (2, 0), ["c", "a"]),
        (["a", "b"], (), []),
    ],
)
def test_the_named_gpus_become_visible(monkeypatch, gpus, asked, visible):
    config = FakeConfig(gpus)
    monkeypatch.setattr(tf, "config", config)
    names = use_devices(asked)
    assert config.visible == visible
    # what is visible is numbered anew
    assert names == [f"GPU:{number}" for number in range(len(visible))]


def test_a_missing_gpu_is_told(monkeypatch):
    monkeypatch.setattr(tf, "config", FakeConfig(["a"]))
    with pytest.raises(UserError, match="only 1"):
        use_devices((0, 3))
