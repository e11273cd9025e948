"""Imports TensorFlow quietly and gives it the devices that the parameters name."""

import contextlib
import os
from collections.abc import Iterator
from types import ModuleType

from src.base.errors import UserError


@contextlib.contextmanager
def _silent_stderr() -> Iterator[None]:
    """Sends file descriptor 2 to nowhere: TensorFlow's libraries write there before any setting."""
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(nowhere)
        os.close(kept)


def import_tensorflow() -> ModuleType:
    """Imports TensorFlow without its greetings; warnings and errors are still told later on."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    with _silent_stderr():
        import tensorflow as tf

        # the first look at the devices is what prints the rest
        tf.config.list_physical_devices()
    return tf


def use_devices(gpus: tuple[int, ...]) -> list[str]:
    """Makes the GPUs with these indices visible, and no other; none: the CPU.

    On a machine without any GPU every list means the CPU, so that the original's `"gpus": [1]`
    runs everywhere.

    Args:
        gpus: Indices as TensorFlow numbers them, from 0 (`run.gpus`).

    Returns:
        What TensorFlow calls the visible GPUs from now on: `GPU:0`, ...; none: the CPU is used.

    Raises:
        UserError: There are GPUs, but not all of those named.
    """
    tf = import_tensorflow()
    present = tf.config.list_physical_devices("GPU")
    missing = [index for index in gpus if index >= len(present)]
    if present and missing:
        raise UserError(
            f"run.gpus: {list(gpus)} names GPU {missing[0]}, but this machine has only "
            f"{len(present)}, numbered from 0"
        )
    visible = [present[index] for index in gpus if present]
    tf.config.set_visible_devices(visible, "GPU")
    return [f"GPU:{number}" for number in range(len(visible))]


def make_repeatable() -> None:
    """The same numbers in every run on one machine; to be called before anything is computed.

    Operations that do not wait for each other run side by side: none of ours adds up in the order
    in which others end.
    """
    import_tensorflow().config.experimental.enable_op_determinism()
