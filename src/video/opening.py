"""Video files, each by the reader that is right for it."""

from pathlib import Path

from src.base.errors import UserError
from src.base.imports import PYAV_ADVICE, load_opencv, load_pyav
from src.video import opencv_source, pyav_source
from src.video.animations import is_animation, open_animation
from src.video.sources import FrameSource, check_video_file


def open_file(path: str | Path) -> FrameSource:
    """Opens a video file or an animated picture.

    Args:
        path: Of the file. Animated pictures are read by Pillow, all else by PyAV or, where that
            is not installed, by OpenCV.

    Returns:
        The source; its `remark` says what OpenCV may get wrong.

    Raises:
        UserError: There is no such file, it is empty, or not a video that can be decoded; or
            neither PyAV nor OpenCV is installed.
    """
    path = Path(path)
    check_video_file(path)
    if is_animation(path):
        return open_animation(path)
    av = load_pyav()
    if av is not None:
        return pyav_source.open_video(av, path)
    try:
        load_opencv(str(path))
    except UserError as error:
        raise UserError(
            f"{path}: needs PyAV, which decodes it and is not installed; {PYAV_ADVICE}"
        ) from error
    return opencv_source.open_video(path)
