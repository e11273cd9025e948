"""What a source of boxes tells, whatever its files look like: videos, targets, boxes by frame."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

# bits of `Target.flags`
OCCLUDED = 1  # partly hidden, by the labels
TRUNCATED = 2  # reaches beyond the frame, by the labels
INTERPOLATED = 4  # not set by a person: between key frames, or generated


@dataclass(frozen=True)
class Target:
    """One thing that is followed through a video, or stands in a photograph.

    A frame that is not among `rows` was not labelled: nothing is known of the target there. A row
    of NaN says that the target is absent.

    Attributes:
        name: Among the targets of its video; empty if the layout knows one target a video.
        label: What it is, in the source's words; may be empty.
        rows: int32 [M], indices of labelled frames, rising.
        boxes_ltwh: float64 [M, 4], frame pixels counted from 0, edges as in `region_to_bbox`; rows
            of NaN where the target is absent.
        flags: uint8 [M], `OCCLUDED` and its neighbours, added up.
    """

    name: str
    label: str
    rows: np.ndarray
    boxes_ltwh: np.ndarray
    flags: np.ndarray


class FrameFiles(Sequence[Path]):
    """Image files of one folder; a path is made when it is asked for, as there may be millions."""

    def __init__(self, folder: Path, names: Sequence[str]) -> None:
        """The files `folder / name`.

        Args:
            folder: Where they lie.
            names: In the order of time; may hold sub-folders, with slashes.
        """
        self.folder, self.names = folder, names

    def __getitem__(self, k: int | slice) -> "Path | FrameFiles":
        """File k, or some of them."""
        if isinstance(k, slice):
            return FrameFiles(self.folder, self.names[k])
        return self.folder / self.names[k]

    def __len__(self) -> int:
        """How many there are."""
        return len(self.names)


def as_frame_files(frames: Sequence[Path]) -> FrameFiles:
    """Files as one folder and names in it."""
    if isinstance(frames, FrameFiles):
        return frames
    folder = frames[0].parent if frames else Path()
    names = [
        file.name if file.parent == folder else os.path.relpath(file, folder) for file in frames
    ]
    return FrameFiles(folder, names)


@dataclass(frozen=True)
class LabelledVideo:
    """A video with its targets; a photograph is a video of one frame.

    Attributes:
        name: Unique in its source; may be part of a file's name, so it has no slash.
        frames: The image files in the order of time; `FrameFiles` where there are many. Where
            `video_file` is set, those that it is decoded into.
        targets: May be empty.
        size_wh: (width, height) of the frames in pixels, as the labels tell; None: they do not.
        film: Videos of one film never are on both sides of the split; empty: a film of its own.
        video_file: Holds the frames, frame k of the file being `frames[k]`.
        left_out: Sentences on records of this video that were passed over.
        first_index: What its labels call the first pixel, where its source's videos differ.
    """

    name: str
    frames: Sequence[Path]
    targets: Sequence[Target]
    size_wh: tuple[int, int] | None = None
    film: str = ""
    video_file: Path | None = None
    left_out: Sequence[str] = field(default=())
    first_index: int | None = None


class Source(NamedTuple):
    """How one layout is read; a row of `layouts.SOURCES`.

    Attributes:
        title: The field's name of it.
        photographs: Whether its frames are single photographs.
        first_index: What its files call the first pixel, so that `evaluation.first_index` can say
            otherwise; `read` has taken it away already.
        recognise: From a path, folder or file, to whether it has this layout; looks at names and
            at the beginnings of files only, never raises.
        units: From a path to the names of its pieces of work, in natural order: what can be read
            by itself, a video mostly, or a whole document. Raises UserError if there is none.
        read: From a path and a unit to its videos, as a stream; no image is opened. Raises
            UserError, with file and line or track, if the unit is wrong as a whole.
        evidence: From a path and a unit to the files and folders that it is read from; an index is
            made anew if one of them has changed, or a file other than an image in such a folder.
    """

    title: str
    photographs: bool
    first_index: int
    recognise: Callable[[Path], bool]
    units: Callable[[Path], list[str]]
    read: Callable[[Path, str], Iterator[LabelledVideo]]
    evidence: Callable[[Path, str], Sequence[Path]]


def absent_row() -> np.ndarray:
    """The box of an absent target, float64 [4] of NaN."""
    return np.full(4, np.nan)


def only_target(boxes_ltwh: np.ndarray) -> Target:
    """The target of a layout that knows one a video, labelled in every frame.

    Args:
        boxes_ltwh: float64 [N, 4], frame pixels counted from 0, NaN where it is absent.
    """
    n_frames = len(boxes_ltwh)
    rows = np.arange(n_frames, dtype=np.int32)
    return Target("", "", rows, boxes_ltwh, np.zeros(n_frames, dtype=np.uint8))


def track_name(video: str, target: str) -> str:
    """Name of one target's track: the video's, with the target's after it if that has one."""
    return f"{video}-{target}" if target else video
