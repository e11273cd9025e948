"""TensorFlow, PyAV, OpenCV and optional packages: imported when they are needed, and quietly."""

import importlib
import os
from types import ModuleType

from src.base.errors import UserError
from src.base.quiet import silent_stderr


def import_tensorflow() -> ModuleType:
    """Imports TensorFlow without its greetings; warnings and errors are still told later on."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    with silent_stderr():
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


def import_optional(module: str, requirement: str, purpose: str) -> ModuleType:
    """Imports a module of an optional package.

    Args:
        module: Its name, e.g. `got10k.trackers`.
        requirement: What `pip install` gets it by, e.g. `got10k==0.1.3`.
        purpose: What needs it, for the message.

    Returns:
        The module.

    Raises:
        UserError: It is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise UserError(
            f"{purpose} needs a package that cannot be imported ({error}): "
            f"pip install {requirement}"
        ) from error


_PYAV_VERSION = 18
PYAV_ADVICE = f'pip install "av>={_PYAV_VERSION}"'


def load_pyav() -> ModuleType | None:
    """Imports PyAV, the preferred reader of video files, and turns FFmpeg's messages off.

    Returns:
        The module `av`; None: it is not installed, is too old, or cannot be loaded.
    """
    try:
        import av
    except ImportError:
        return None
    if int(av.__version__.partition(".")[0]) < _PYAV_VERSION:
        return None
    av.logging.set_level(None)
    return av


# FFmpeg's AV_LOG_QUIET (libavutil/log.h); what is wrong with a video is told in our own sentences
_QUIET = "-8"


def load_opencv(purpose: str) -> ModuleType:
    """Imports OpenCV and turns its own messages on stderr off.

    Args:
        purpose: What needs it; begins the message if it is missing.

    Returns:
        The module `cv2`.

    Raises:
        UserError: OpenCV is not installed, or cannot be loaded.
    """
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", _QUIET)
    try:
        import cv2
    except ImportError as error:
        raise UserError(
            f"{purpose}: needs OpenCV, which cannot be imported ({error}); "
            "pip install opencv-python-headless"
        ) from error
    logging = cv2.utils.logging
    logging.setLogLevel(logging.LOG_LEVEL_SILENT)
    return cv2
