"""ILSVRC2015 VID: 3,862 snippets of YouTube videos for training, 555 for validation.

    ILSVRC2015/
        Data/VID/train/ILSVRC2015_VID_train_0000/ILSVRC2015_train_00000000/000000.JPEG ...
        Data/VID/val/ILSVRC2015_val_00000000/000000.JPEG ...
        Annotations/VID/train/ILSVRC2015_VID_train_0000/ILSVRC2015_train_00000000/000000.xml ...
        Annotations/VID/val/ILSVRC2015_val_00000000/000000.xml ...

Target: a `trackid` of a video; its label is a WordNet id. Absent: in every frame with an XML file
that does not hold it, since "all visible objects from all frames in each snippet are exhaustively
annotated" (readme of the ILSVRC2015 development kit, 1.2). Frames without an XML file are not
labelled. `occluded` and `generated` (by linear interpolation, as the readme says) become flags.

First pixel: 0. The readme says no more than "PASCAL VOC format", which begins with 1, but the
files hold zeros (000000.xml of ILSVRC2015_train_00001000), and no reader lowers them: neither
got10k's `vid.py` nor pysot's, nor FGFA's `imagenet_vid.py`, which cuts at 0 and at width - 1. Right
and bottom are inclusive: the development kit's `eval_vid_detection.m` has widths of xmax - xmin +
1, as got10k has (pysot, pytracking and MMTracking have boxes a pixel smaller).

Left out: boxes that end before they begin, their frames being unknown for the target. A film is a
YouTube video: of the eight digits of a snippet, the first five (readme, 4.2.1). `path` is the top,
which means the training part, or anything below `Data/VID`: `Data/VID/val`.
"""

import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from src.base.errors import UserError
from src.datasets.imagenet_tree import (
    find_part,
    image_files,
    labelled_folders,
    named_part,
    unit_folders,
)
from src.datasets.imagenet_xml import AnnotationReader, Annotations, size_wh
from src.datasets.labels import INTERPOLATED, OCCLUDED, FrameFiles, LabelledVideo, Source, Target

# in the order of the files
_READER = AnnotationReader(
    ("trackid", "name", "xmax", "xmin", "ymax", "ymin"), ("occluded", "generated")
)
_SNIPPET = re.compile(r"(.*_[0-9]{5})[0-9]{3}")


def _recognise(path: Path) -> bool:
    return find_part(path, "VID") is not None


def _units(path: Path) -> list[str]:
    top, part = named_part(path, "VID")
    videos = list(labelled_folders(top, "VID", part))
    if not videos:
        raise UserError(f"{path}: holds no labels; a folder of XML files for each video is right")
    return videos


def _read(path: Path, unit: str) -> Iterator[LabelledVideo]:
    images, labels = unit_folders(path, "VID", unit)
    frames = image_files(images)
    files, rows = _label_files(labels, images, frames)
    annotations = _READER.read(labels, files)
    objects = _objects(annotations, files, labels)
    snippet = _SNIPPET.fullmatch(images.name)
    yield LabelledVideo(
        images.name,
        FrameFiles(images, frames),
        _targets(objects, rows),
        _size(annotations.sizes, files, labels),
        film=snippet[1] if snippet else "",
        left_out=_sentences(objects, files, labels),
    )


def _evidence(path: Path, unit: str) -> Sequence[Path]:
    return unit_folders(path, "VID", unit)


def _label_files(labels: Path, images: Path, frames: Sequence[str]) -> tuple[list[str], np.ndarray]:
    """Names of the XML files in order, and the indices of their frames, int32."""
    files_of_all = [f"{frame.rpartition('.')[0]}.xml" for frame in frames]
    names = os.listdir(labels)
    if len(names) == len(frames) and set(names) == set(files_of_all):
        return files_of_all, np.arange(len(frames), dtype=np.int32)
    files = sorted([name for name in names if name.endswith(".xml")])
    index_of = {file: index for index, file in enumerate(files_of_all)}
    lost = [file for file in files if file not in index_of]
    if lost:
        raise UserError(f"{labels / lost[0]}: its frame {lost[0][:-4]}.JPEG is not in {images}")
    if not files:
        raise UserError(f"{labels}: holds no labels; an XML file for each frame is right")
    return files, np.array([index_of[file] for file in files], dtype=np.int32)


def _size(
    sizes: Sequence[tuple[bytes, bytes] | None], files: Sequence[str], labels: Path
) -> tuple[int, int] | None:
    """(width, height) of all frames, None if no file tells it."""
    first_with = {size: files[sizes.index(size)] for size in dict.fromkeys(sizes) if size}
    if len(first_with) > 1:
        (one, file), (other, other_file) = list(first_with.items())[:2]
        raise UserError(
            f"{labels / other_file}: its size is {b' x '.join(other).decode()}, while {file} has "
            f"{b' x '.join(one).decode()}; frames of one video have one size"
        )
    return size_wh(next(iter(first_with), None))


class _Objects(NamedTuple):
    """All boxes of a video, N of them, frame by frame.

    Attributes:
        names: Of the tracks, in the order of their first boxes.
        labels: Likewise.
        tracks: int64 [N], index of the box's track.
        places: int64 [N], index of its frame among those that have an XML file.
        boxes_ltwh: float64 [N, 4], counted from 0.
        is_box: bool [N], whether it does not end before it begins.
        flags: uint8 [N].
    """

    names: list[str]
    labels: list[str]
    tracks: np.ndarray
    places: np.ndarray
    boxes_ltwh: np.ndarray
    is_box: np.ndarray
    flags: np.ndarray


def _objects(annotations: Annotations, files: Sequence[str], labels: Path) -> _Objects:
    names, classes = annotations.columns["trackid"], annotations.columns["name"]
    number_of = {name: number for number, name in enumerate(dict.fromkeys(names))}
    boxes = annotations.boxes_ltwh()
    objects = _Objects(
        [name.decode() for name in number_of],
        [classes[names.index(name)].decode() for name in number_of],
        np.fromiter(map(number_of.__getitem__, names), np.int64, len(names)),
        np.repeat(np.arange(len(files)), annotations.counts),
        boxes,
        (boxes[:, 2:] > 0).all(axis=1),
        annotations.flags({"occluded": OCCLUDED, "generated": INTERPOLATED}),
    )
    _check_once_a_frame(objects, files, labels)
    return objects


def _check_once_a_frame(objects: _Objects, files: Sequence[str], labels: Path) -> None:
    keys = (objects.places * len(objects.names) + objects.tracks).tolist()
    if len(set(keys)) < len(keys):
        (key, _), *_ = Counter(keys).most_common(1)
        place, track = divmod(key, len(objects.names))
        raise UserError(
            f"{labels / files[place]}: holds track {objects.names[track]} twice; one object a "
            "track is right"
        )


def _sentences(objects: _Objects, files: Sequence[str], labels: Path) -> list[str]:
    """What is left out of a video."""
    if objects.is_box.all():
        return []
    told = [
        f"{labels / files[objects.places[k]]}, track {objects.names[objects.tracks[k]]}: its box "
        "ends before it begins"
        for k in np.flatnonzero(~objects.is_box)
    ]
    gone = sorted(set(range(len(objects.names))) - set(objects.tracks[objects.is_box].tolist()))
    return told + [f"{labels}: track {objects.names[number]} has no other box" for number in gone]


def _targets(objects: _Objects, rows: np.ndarray) -> list[Target]:
    """The tracks that have boxes: one, or its absence, in each frame with a label.

    Args:
        objects: Of the video.
        rows: int32 [M], the frames with a label.
    """
    shape = (len(objects.names), len(rows))
    boxes, flags = np.full((*shape, 4), np.nan), np.zeros(shape, dtype=np.uint8)
    boxes[objects.tracks, objects.places] = objects.boxes_ltwh
    flags[objects.tracks, objects.places] = objects.flags
    if objects.is_box.all():
        tracks = zip(objects.names, objects.labels, boxes, flags, strict=True)
        return [Target(name, label, rows, *track) for name, label, *track in tracks]
    # nothing is known where a box is wrong
    known = np.ones(shape, dtype=bool)
    known[objects.tracks[~objects.is_box], objects.places[~objects.is_box]] = False
    return [
        Target(name, label, rows[mine], boxes[number, mine], flags[number, mine])
        for number, (name, label, mine) in enumerate(
            zip(objects.names, objects.labels, known, strict=True)
        )
        if objects.is_box[objects.tracks == number].any()
    ]


SOURCE = Source("ILSVRC VID", False, 0, _recognise, _units, _read, _evidence)
