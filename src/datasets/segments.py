"""Which videos are evaluated, and on which frame and box each track starts."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from src.base.errors import UserError
from src.datasets.faults import read_all
from src.datasets.sequences import list_videos, load_video
from src.datasets.video_sequence import VideoSequence
from src.geometry.region_to_bbox import is_absent, visible_share
from src.parameters.models import Environment, Evaluation
from src.runtime.inputs import guessed_unit
from src.video.images import image_size

ALL = "all"


@dataclass(frozen=True)
class Segment:
    """A video from a start frame to its end.

    Attributes:
        sequence: The video.
        start: Index of the start frame.
        start_box_ltwh: float64 [4], frame pixels counted from 0.
        name: Name of its result files.
    """

    sequence: VideoSequence
    start: int
    start_box_ltwh: np.ndarray
    name: str


# from a video to the frames its tracks shall start on; (0,) gives the video's plain name
StartRule = Callable[[VideoSequence, Evaluation], tuple[int, ...]]


def dataset_folder(env: Environment, evaluation: Evaluation) -> Path:
    """Folder of the videos: the data set, or where `evaluation.video` is a path, its parent."""
    if os.sep in evaluation.video:
        return Path(os.path.abspath(evaluation.video)).parent
    return Path(env.root_dataset) / evaluation.dataset


def dataset_name(env: Environment, evaluation: Evaluation) -> str:
    """Name among the results: `evaluation.dataset` as it is, or the last part of a path."""
    path = Path(evaluation.dataset)
    if os.sep in evaluation.video or path.is_absolute() or ".." in path.parts:
        return Path(os.path.abspath(dataset_folder(env, evaluation))).name
    return path.as_posix()


def start_rule(evaluation: Evaluation) -> dict[str, int]:
    """The key that decides on start frames, with its value; one start on frame 0 is one rule."""
    if evaluation.video == ALL and evaluation.n_subseq > 1:
        return {"n_subseq": evaluation.n_subseq}
    return {"start_frame": 0 if evaluation.video == ALL else evaluation.start_frame}


def start_frames(n_frames: int, n_subseq: int) -> tuple[int, ...]:
    """Start frames of `n_subseq` tracks, spread evenly over a video, the first on frame 0.

    Args:
        n_frames: Length of the video.
        n_subseq: Number of tracks, at least 1.

    Returns:
        `n_subseq` indices, rising; some are equal in a video that is shorter than that.
    """
    spread = np.rint(np.linspace(0, n_frames - 1, n_subseq + 1))
    return tuple(spread[:n_subseq].astype(int).tolist())


def one_pass_starts(sequence: VideoSequence, evaluation: Evaluation) -> tuple[int, ...]:
    """Start frames by `n_subseq` for all videos, as in torrvision/siamfc-tf, or `start_frame`.

    Args:
        sequence: The video.
        evaluation: Whose `video` decides which of the two counts.

    Returns:
        Indices, rising; some may be equal.

    Raises:
        UserError: The video has no such frame.
    """
    rule = start_rule(evaluation)
    if "n_subseq" in rule:
        return start_frames(len(sequence.frames), rule["n_subseq"])
    return (_checked_start(sequence, rule["start_frame"]),)


def plan_segments(
    env: Environment,
    evaluation: Evaluation,
    starts: StartRule = one_pass_starts,
    skipped: dict[str, str] | None = None,
) -> list[Segment]:
    """Finds the videos and decides where tracks start; decodes no image.

    A start frame without target moves on to the next frame that has it, and is left out if there
    is none.

    Args:
        env: Holds `root_dataset`.
        evaluation: Names the videos.
        starts: Decides on the start frames.
        skipped: Takes the videos that `evaluation.on_bad_video` leaves out, with the reasons.

    Returns:
        At least one segment for each video, in the order of the videos.

    Raises:
        UserError: A video, its ground truth, its start frame or its start box is wrong; all that
            are wrong are told.
    """
    folder, video = dataset_folder(env, evaluation), evaluation.video
    names = list_videos(folder, evaluation.layout) if video == ALL else [Path(video).name]

    def plan(name: str) -> list[Segment]:
        sequence = load_video(folder, name, evaluation.first_index, evaluation.layout)
        return _segments_of(sequence, starts(sequence, evaluation), evaluation.region)

    skipped = {} if skipped is None else skipped
    planned = read_all(names, plan, evaluation.on_bad_video, skipped)
    segments = [segment for of_video in planned for segment in of_video]
    _check_names(segments)
    return segments


def _check_names(segments: list[Segment]) -> None:
    """The boxes of one track must not go where the times of another go."""
    names = {segment.name for segment in segments}
    for name in sorted(names):
        for taken in (f"{name}_time", f"{name}_read_time", f"{name}_confidence"):
            if taken in names:
                raise UserError(
                    f"{taken}: the video's result file would be one that belongs to {name}; "
                    "give the video another name"
                )


def _segments_of(
    sequence: VideoSequence, wanted: tuple[int, ...], region: tuple[float, ...] | None
) -> list[Segment]:
    return [
        Segment(
            sequence,
            start,
            _start_box(sequence, start, region),
            sequence.name if wanted == (0,) else f"{sequence.name}_{start}",
        )
        for start in _visible_starts(sequence, wanted)
    ]


def _checked_start(sequence: VideoSequence, start: int) -> int:
    n_frames = len(sequence.frames)
    if not 0 <= start < n_frames:
        raise UserError(
            f"evaluation.start_frame {start}: the video {sequence.name} has {n_frames} frames; "
            f"0 to {n_frames - 1} is right"
        )
    return start


def _visible_starts(sequence: VideoSequence, wanted: tuple[int, ...]) -> list[int]:
    """The wanted start frames, each moved on to the next frame with the target; no one twice."""
    if sequence.boxes_ltwh is None:
        return sorted(set(wanted))
    visible = np.flatnonzero(~is_absent(sequence.boxes_ltwh))
    starts = {int(visible[visible >= start][0]) for start in wanted if (visible >= start).any()}
    if not starts:
        raise UserError(
            f"{sequence.name}: the target is absent from frame {wanted[0]} to the end of the "
            "video; a track needs a start frame with a box"
        )
    return sorted(starts)


def _start_box(sequence: VideoSequence, start: int, region: tuple[float, ...] | None) -> np.ndarray:
    frame = sequence.frames[start]
    if sequence.boxes_ltwh is not None:
        box, origin = sequence.boxes_ltwh[start], f"row {start + 1} of the ground truth"
    elif sequence.first_box_ltwh is not None and start == 0:
        box, origin = sequence.first_box_ltwh, "row 1 of the ground truth"
    elif sequence.first_box_ltwh is not None:
        raise UserError(
            f"{sequence.name}: the ground truth is the first box alone, so that a track can start "
            f"on frame 0 only, not on {start}"
        )
    elif region is not None:
        box, origin = np.array(region, dtype=np.float64), "evaluation.region"
    else:
        raise UserError(
            f"{sequence.name}: the video has no ground truth; set evaluation.region to the start "
            "box [x, y, width, height] in pixels"
        )
    width, height = image_size(frame)
    if not visible_share(box, (width, height)) > 0:
        raise UserError(
            f"{sequence.name}, {origin}: the start box {box.tolist()} (x, y, width, height) lies "
            f"outside the frame {frame} of {width} x {height} pixels"
        )
    if unit := guessed_unit(box, (width, height)):
        raise UserError(
            f"{sequence.name}, {origin}: the start box {box.tolist()} (x, y, width, height) is "
            f"smaller than a pixel; pixels of the frame are right{unit}"
        )
    return box
