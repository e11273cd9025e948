"""OpenCV, which only videos and cameras need: imported when they are, and silent."""

import os
from types import ModuleType

from src.base.errors import UserError

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
