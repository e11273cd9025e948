"""Whether `evaluation.video` names a video of one's own: a file, a camera, frames without truth."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from src.base.errors import UserError
from src.parameters.models import Environment, Evaluation
from src.video.opencv_source import open_camera, open_video
from src.video.segments import ALL, dataset_folder, dataset_name
from src.video.sequences import load_video
from src.video.sources import VIDEO_SUFFIXES, FrameSource, open_folder, open_gif

CAMERA = "camera"

_CAMERA = re.compile(rf"(?:{CAMERA}:)?([0-9]{{1,4}})")
# files of a result folder that belong to no video
_TAKEN = ("settings", "performance")


@dataclass(frozen=True)
class OwnSource:
    """A video without ground truth, and where its results go.

    Attributes:
        source: Its frames.
        dataset: Name of the folder among the results.
        folder: Folder that it lies in; "camera" for cameras.
    """

    source: FrameSource
    dataset: str
    folder: Path


def find_own_source(env: Environment, evaluation: Evaluation) -> OwnSource | None:
    """Opens what `evaluation.video` names, if it has no ground truth.

    Args:
        env: Holds `root_dataset`.
        evaluation: Whose `video` is the path of a video file, a camera (`camera:0`, or `0` where
            the data set has no video of that name), or a folder of frames.

    Returns:
        The source; None if it names videos with ground truth, all videos, or nothing.

    Raises:
        UserError: The file is no video, the camera is absent, or the frames are wrong.
    """
    video, folder = evaluation.video, dataset_folder(env, evaluation)
    if video == ALL:
        return None
    is_folder = Path(video).is_dir() or (folder / Path(video).name).is_dir()
    camera = _CAMERA.fullmatch(video)
    if camera and (video.startswith(CAMERA) or not is_folder):
        return OwnSource(open_camera(int(camera[1])), CAMERA, Path(CAMERA))
    if is_folder:
        return _frames_without_truth(env, evaluation)
    if Path(video).is_file() or video.lower().endswith(VIDEO_SUFFIXES):
        return _video_file(Path(os.path.abspath(video)))
    return None


def _video_file(path: Path) -> OwnSource:
    source = open_gif(path) if path.suffix.lower() == ".gif" else open_video(path)
    if source.name in _TAKEN:
        raise UserError(
            f"{path}: {source.name}.json is another file of the results; give the video another "
            "name"
        )
    return OwnSource(source, path.parent.name or "videos", path.parent)


def _frames_without_truth(env: Environment, evaluation: Evaluation) -> OwnSource | None:
    folder = dataset_folder(env, evaluation)
    sequence = load_video(folder, Path(evaluation.video).name, evaluation.first_index)
    if sequence.boxes_ltwh is not None or sequence.first_box_ltwh is not None:
        return None
    place = os.path.abspath(sequence.frames[0].parent)
    source = open_folder(sequence.name, sequence.frames, place)
    return OwnSource(source, dataset_name(env, evaluation), folder)
