"""What the head of CVAT's XML tells of its tasks, and where their frames are.

Sources: see `cvat`.
"""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from src.base.errors import UserError
from src.datasets.labels import FrameFiles
from src.datasets.natural_order import natural_key
from src.datasets.video_files import decoded_frames, video_beside
from src.datasets.xml_events import Element
from src.video.images import is_image_name

# what CVAT calls the subset of a task that has none
_DEFAULT_SUBSET = "default"
_FRAME = re.compile(r"frame_(\d+)\.\w+")
_STEP = re.compile(r"step\s*=\s*([1-9]\d*)")
_TOLD = ("id", "size", "start_frame", "frame_filter", "subset", "source", "mode")
_TOLD += ("width", "height")
_PLACES = ("task", "job", "original_size", "meta")


@dataclass(frozen=True)
class Task:
    """A task, or a job of one.

    Attributes:
        id: Of the task or job; may be empty.
        size: Number of its frames.
        start: Number of the first one, in the video.
        step: From one number to the next.
        subset: Folder of its images in an export of a project; else empty.
        source: Name of the video file; empty if that is not told.
        of_video: Whether it was made of a video file, whose images CVAT calls by their numbers.
        size_wh: Of the frames, if that is told.
        offset: What an export of a project adds to the numbers.
    """

    id: str
    size: int
    start: int
    step: int
    subset: str
    source: str
    of_video: bool
    size_wh: tuple[int, int] | None
    offset: int = 0

    @property
    def numbers(self) -> range:
        """What the file calls the frames."""
        first = self.start + self.offset
        return range(first, first + self.size * self.step, self.step)


class TaskFrames(NamedTuple):
    """The frames of a task.

    Attributes:
        paths: As `LabelledVideo.frames`.
        places: int64 [size], the index among `paths` of every frame of the task; -1: no image.
        video_file: As `LabelledVideo.video_file`.
    """

    paths: Sequence[Path]
    places: np.ndarray
    video_file: Path | None


def read_head(xml: Path, elements: Iterator[Element]) -> dict[str, Task]:
    """Reads up to the end of `<meta>`.

    Args:
        xml: The file, for messages.
        elements: Of the file; none was taken yet.

    Returns:
        The task or job by an empty id; the tasks of a project by their ids.

    Raises:
        UserError: There is no head, no task in it, or a number is none.
    """
    told: list[dict[str, str]] = []
    above: list[str] = []
    is_project = False
    for element in elements:
        if element.starts:
            above.append(element.tag)
            is_project |= element.tag == "project"
            if element.tag in ("task", "job"):
                told.append({})
            continue
        above.pop()
        if element.tag == "meta":
            break
        # size of the frames and source may stand in the task or behind it
        if told and element.tag in _TOLD and above[-1] in _PLACES:
            told[-1][element.tag] = element.text
    tasks = [_task(xml, task) for task in told]
    if not tasks:
        raise UserError(f"{xml}: tells of no task; an export as CVAT for video 1.1 is right")
    return _with_offsets(tasks) if is_project else {"": replace(tasks[0], subset="")}


def _task(xml: Path, told: dict[str, str]) -> Task:
    try:
        size = int(told["size"])
        start = int(told.get("start_frame") or 0)
        width, height = (int(told.get(key) or 0) for key in ("width", "height"))
    except (KeyError, ValueError) as error:
        raise UserError(
            f"{xml}: the task's size, start_frame or original_size is no number ({error}); an "
            "export as CVAT for video 1.1 is right"
        ) from error
    if size < 1 or start < 0:
        raise UserError(
            f"{xml}: the task has {size} frames from number {start} on; 1 from 0 on is least"
        )
    step = _STEP.search(told.get("frame_filter", ""))
    return Task(
        *(told.get("id", ""), size, start, int(step[1]) if step else 1),
        *(told.get("subset", ""), told.get("source", ""), told.get("mode") != "annotation"),
        (width, height) if width and height else None,
    )


def _with_offsets(tasks: list[Task]) -> dict[str, Task]:
    """The tasks of a project by id; within a subset the numbers of each follow the one before."""
    known: dict[str, Task] = {}
    ends: dict[str, int] = {}
    for task in sorted(tasks, key=lambda task: (task.subset, natural_key(task.id))):
        begins = ends.get(task.subset, 0)
        known[task.id] = replace(task, offset=begins, subset=task.subset or _DEFAULT_SUBSET)
        ends[task.subset] = begins + task.start + task.step * task.size
    return known


def find_frames(xml: Path, task: Task) -> TaskFrames:
    """Finds the images of a task, or else its video file.

    Args:
        xml: The file that the task stands in.
        task: The task.

    Returns:
        Its frames; of a video file all up to the last one of the task.

    Raises:
        UserError: There are neither, or it is not clear which image is which frame.
    """
    images = images_folder(xml, task)
    names = _image_names(images)
    if names:
        return _among_images(xml, task, images, names)
    video = video_beside(xml, [task.source] if task.source else [])
    places = task.start + task.step * np.arange(task.size)
    return TaskFrames(decoded_frames(video, int(places[-1]) + 1), places, video)


def images_folder(xml: Path, task: Task) -> Path:
    """Where the images of a task lie, if they were exported."""
    folder = xml.parent / "images"
    return folder / task.subset if (folder / task.subset).is_dir() else folder


def _image_names(folder: Path) -> list[str]:
    """All images below a folder, from there on; none if it is not there."""
    found: list[str] = []
    for inside, _, names in os.walk(folder):
        start = "" if inside == str(folder) else f"{Path(inside).relative_to(folder).as_posix()}/"
        found += [f"{start}{name}" for name in names if is_image_name(name)]
    return found


def _among_images(xml: Path, task: Task, images: Path, names: list[str]) -> TaskFrames:
    found = [_FRAME.fullmatch(name) for name in names] if task.of_video else [None]
    if all(found):
        known = {int(number[1]): name for number, name in zip(found, names, strict=True)}
        there = np.array([number in known for number in task.numbers], dtype=bool)
        places = np.where(there, np.cumsum(there) - 1, -1)
        kept = [known[number] for number in task.numbers if number in known]
        return TaskFrames(FrameFiles(images, kept), places, None)
    in_order = _in_order(xml, task, images, names)
    return TaskFrames(FrameFiles(images, in_order), np.arange(task.size), None)


def _in_order(xml: Path, task: Task, images: Path, names: list[str]) -> list[str]:
    """Images that have names of their own; CVAT sorts these as text, if it was not told else."""
    if len(names) != task.size:
        raise UserError(
            f"{xml}: speaks of {task.size} frames, but {images} holds {len(names)} images whose "
            "names do not tell which of them; all images of the task are right"
        )
    if sorted(names) != sorted(names, key=natural_key):
        raise UserError(
            f"{images}: the order of the images is not the same by text and by number, so it is "
            "not clear which frame is which; numbers of one length (0009, 0010) are right"
        )
    return sorted(names)
