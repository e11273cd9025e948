"""CVAT for video 1.1: `annotations.xml` with tracks, and its images or its video file.

    <export>/annotations.xml
    <export>/images/frame_000000.png ...    with "Save images"
    <export>/holiday.mp4                    without: the file that was labelled, put beside it

A path is the XML file, its folder, or a folder of such folders. An export of a whole project (tasks
and their tracks in one file, images in `images/<subset>/`) gives a video for every task.

A target is a `<track>`; its name is the track's id. Shapes that are no boxes are left out. What
follows is by CVAT's documentation (XML annotation format) and its source, both of version 2
(`cvat/apps/dataset_manager`: `bindings.py`, `annotation.py`, `formats/cvat.py`):

* Frame numbers are those of the *video* or list of images, from 0, not of the task: a task with a
  `start_frame` and a `step` in its `frame_filter` has the numbers start, start + step ... Images
  carry the same numbers; those of a task of images keep their own names, in CVAT's order.
* Corners are continuous: pixel i covers [i, i + 1), so width is xbr - xtl and nothing is added.
* `outside="1"` means absent, up to the next key frame; the row itself has no box.
* CVAT writes every frame of a track, `keyframe="0"` where it computed the box. Rows that are not
  there (some programs write key frames alone) are taken from the line between their neighbours, as
  CVAT does when it reads such a file; behind the last row nothing is known.
* A `rotation` turns a box around its centre; the upright box of its corners is as VOT's.
"""

import os
from array import array
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from src.base.errors import UserError
from src.datasets.cvat_tasks import Task, TaskFrames, find_frames, images_folder, read_head
from src.datasets.documents import begins_with, document, find_documents, holds_document
from src.datasets.key_frames import KeyFrames, fill_in
from src.datasets.labels import INTERPOLATED, OCCLUDED, LabelledVideo, Source, Target
from src.datasets.turned_boxes import turned_boxes_ltwh
from src.datasets.xml_events import Element, read_elements

_TITLE = "CVAT for video 1.1"
_XML = "annotations.xml"
_OTHER_SHAPES = ("polygon", "polyline", "points", "ellipse", "cuboid", "skeleton", "mask")
_CORNERS = ("xtl", "ytl", "xbr", "ybr")
_CENTRE = (0.5, 0.5)


class _Track(NamedTuple):
    """A track as it stands in the file, M rows.

    Attributes:
        name: Its id.
        label: What it is.
        task: Id of its task in an export of a project; else empty.
        other: A shape of it that is no box; empty: none.
        numbers: [M], of the frames.
        lines: [M], of the file.
        outside: [M], 1 where it is absent.
        flags: [M], bits of `Target.flags`.
        values: [5 * M], left, top, right and bottom edges, degrees.
    """

    name: str
    label: str
    task: str
    other: str
    numbers: array
    lines: array
    outside: array
    flags: array
    values: array


def _is_export(path: Path) -> bool:
    return begins_with(path, b"<annotations>", b"<meta>")


def recognise(path: Path) -> bool:
    """Whether there is an export of CVAT."""
    return holds_document(path, _XML, _is_export)


def units(path: Path) -> list[str]:
    """The XML files; see `Source`."""
    return find_documents(path, _XML, _is_export, _TITLE)


def read(path: Path, unit: str) -> Iterator[LabelledVideo]:
    """The videos of one XML file; see `Source`."""
    xml = document(path, unit)
    elements = read_elements(xml)
    tasks = read_head(xml, elements)
    frames = {key: find_frames(xml, task) for key, task in tasks.items()}
    targets: dict[str, list[Target]] = {key: [] for key in tasks}
    left_out: dict[str, list[str]] = {key: [] for key in tasks}
    for track in _read_tracks(xml, elements):
        if track.task not in tasks:
            raise UserError(f"{xml}, track {track.name}: its task {track.task!r} is not told of")
        target = _target(xml, track, tasks[track.task], frames[track.task])
        if isinstance(target, str):
            left_out[track.task].append(f"{xml}, track {track.name}: {target}")
        else:
            targets[track.task].append(target)
    name = os.path.basename(os.path.abspath(xml.parent)) if xml.name == _XML else xml.stem
    for key, task in tasks.items():
        paths, _, video_file = frames[key]
        own_name = f"{name}-{key}" if key else name
        video = LabelledVideo(own_name, paths, targets[key], task.size_wh, video_file=video_file)
        yield replace(video, left_out=left_out[key])


def evidence(path: Path, unit: str) -> list[Path]:
    """The XML file, and the images or videos; see `Source`."""
    xml = document(path, unit)
    found = [xml]
    for task in read_head(xml, read_elements(xml)).values():
        video_file = find_frames(xml, task).video_file
        images = [Path(folder) for folder, _, _ in os.walk(images_folder(xml, task))]
        found += [video_file] if video_file else images
    return list(dict.fromkeys(found))


SOURCE = Source(_TITLE, False, 0, recognise, units, read, evidence)


def _read_tracks(xml: Path, elements: Iterator[Element]) -> Iterator[_Track]:
    """The tracks of a file, whose head was read."""
    track = None
    for element in elements:
        if element.tag == "image":
            raise UserError(
                f"{xml}, line {element.line}: is an export as CVAT for images, which has no "
                f"tracks; {_TITLE} is right"
            )
        if element.tag == "track" and element.starts:
            about = element.attributes
            names = (about.get(key, "") for key in ("id", "label", "task_id"))
            track = _Track(*names, "", *(array(kind) for kind in "qqBBd"))
        elif element.tag == "track":
            yield track
            track = None
        elif track is not None and element.starts:
            if element.tag in _OTHER_SHAPES:
                track = track._replace(other=element.tag)
            elif element.tag == "box" and not track.other:
                _add_row(xml, track, element)


def _add_row(xml: Path, track: _Track, box: Element) -> None:
    about = box.attributes
    try:
        number = int(about["frame"])
        edges = [float(about[key]) for key in _CORNERS]
        degrees = float(about.get("rotation", 0))
    except (KeyError, ValueError) as error:
        raise UserError(
            f"{xml}, line {box.line}, track {track.name}: a box that lacks a number ({error}); "
            "frame, xtl, ytl, xbr and ybr are right"
        ) from error
    track.numbers.append(number)
    track.lines.append(box.line)
    track.outside.append(about.get("outside") == "1")
    occluded = OCCLUDED if about.get("occluded") == "1" else 0
    track.flags.append(occluded | (INTERPOLATED if about.get("keyframe") == "0" else 0))
    track.values.extend([*edges, degrees])


def _target(xml: Path, track: _Track, task: Task, frames: TaskFrames) -> Target | str:
    """The target of a track, or why there is none."""
    if track.other:
        return f"is drawn as {track.other}; boxes are read"
    if all(track.outside):
        return "has no visible box"
    keys = _key_frames(xml, track, task, frames)
    filled = fill_in(keys, task.size, held=False)
    left, top, right, bottom, degrees = filled.values.T
    boxes = np.stack([left, top, right - left, bottom - top], axis=1)
    boxes = turned_boxes_ltwh(boxes, np.nan_to_num(degrees), _CENTRE)
    places = frames.places[filled.rows]
    # of frames that were deleted in CVAT there is no image
    there = places >= 0
    rows = places[there].astype(np.int32)
    return Target(track.name, track.label, rows, boxes[there], filled.flags[there])


def _key_frames(xml: Path, track: _Track, task: Task, frames: TaskFrames) -> KeyFrames:
    """The rows of a track by the number of the frame within the task."""
    cells, between = np.divmod(np.array(track.numbers) - task.numbers.start, task.step)
    visible = np.array(track.outside) == 0
    wrong = (between != 0) | (cells < 0) | (cells >= task.size)
    # older versions close a track one frame behind the end of the task
    beyond = ~visible & (cells >= task.size)
    for row in np.flatnonzero(wrong & ~beyond):
        raise _wrong_frame(xml, track, row, f"the task has {_described(task)}")
    kept = np.flatnonzero(~beyond)
    kept = kept[np.argsort(cells[kept], kind="stable")]
    values = np.array(track.values).reshape(-1, 5)
    _check_boxes(xml, track, values, visible)
    for row in kept[1:][np.diff(cells[kept]) == 0]:
        raise _wrong_frame(xml, track, row, "this track has it twice; one box a frame is right")
    for row in kept[(frames.places[cells[kept]] < 0) & visible[kept]]:
        raise _wrong_frame(xml, track, row, "it has no image; all images of the task are right")
    values = values[kept]
    values[:, 4] = np.unwrap(values[:, 4], period=360)
    flags = np.array(track.flags, dtype=np.uint8)[kept]
    return KeyFrames(cells[kept], values, visible[kept], visible[kept], flags)


def _check_boxes(xml: Path, track: _Track, values: np.ndarray, visible: np.ndarray) -> None:
    extended = (values[:, :2] < values[:, 2:4]).all(axis=1) | ~visible
    for row in np.flatnonzero(~extended | ~np.isfinite(values).all(axis=1)):
        raise UserError(
            f"{xml}, line {track.lines[row]}, track {track.name}: the box "
            f"{values[row, :4].tolist()} (left, top, right, bottom) has no extent; right and "
            "bottom must be greater than left and top"
        )


def _described(task: Task) -> str:
    first, last = task.numbers[0], task.numbers[-1]
    return f"the frames {first} to {last}" + (f", every {task.step}th" if task.step > 1 else "")


def _wrong_frame(xml: Path, track: _Track, row: int, why: str) -> UserError:
    return UserError(
        f"{xml}, line {track.lines[row]}, track {track.name}: names frame {track.numbers[row]}, "
        f"but {why}"
    )
