"""ILSVRC DET: photographs of 200 classes of things, 456,567 for training and 20,121 to validate.

    ILSVRC2015/ or ILSVRC/
        Data/DET/train/ILSVRC2013_train/n02084071/n02084071_1.JPEG ...
        Data/DET/train/ILSVRC2013_train_extra0/ILSVRC2013_train_00000001.JPEG ...
        Data/DET/train/ILSVRC2014_train_0000/ILSVRC2014_train_00000001.JPEG ...
        Data/DET/val/ILSVRC2012_val_00000001.JPEG ...
        Annotations/DET/ likewise, with .xml

Target: an `object` of a photograph, named by its place in the file, from 0; its label is a WordNet
id. `truncated` and `occluded`, where they are given, become flags.

First pixel: 0. The development kit says no more than "PASCAL VOC format", which begins with 1;
but every reader takes the numbers as they stand: pysot's `gen_json.py`, MMTracking's
`imagenet2coco_det.py`, FGFA's `imagenet_vid.py`, which cuts at 0 and at width - 1. Right and
bottom are inclusive: the kit's `eval_detection.m` has widths of xmax - xmin + 1 (pysot and
MMTracking have boxes a pixel smaller).

Left out: photographs without an XML file, which are the negative ones (`…_extra0` to `10`); boxes
that end before they begin; a photograph whose label or image is missing or wrong. Not all
instances are labelled in the photographs of ILSVRC2013. `path` is the top, which means the
training part, or anything below `Data/DET`: `Data/DET/val`.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from src.base.errors import UserError
from src.datasets.imagenet_tree import (
    find_part,
    image_files,
    label_files,
    labelled_folders,
    named_part,
    unit_folders,
)
from src.datasets.imagenet_xml import CORNERS, AnnotationReader, size_wh
from src.datasets.labels import OCCLUDED, TRUNCATED, FrameFiles, LabelledVideo, Source, Target
from src.datasets.passed_over import passed_over

_READER = AnnotationReader(("name", *CORNERS), ("truncated", "occluded"))
_FLAGS = {"truncated": TRUNCATED, "occluded": OCCLUDED}
_ONLY_ROW = np.zeros(1, dtype=np.int32)
# files that are read at once
_TOGETHER = 500


def _recognise(path: Path) -> bool:
    return find_part(path, "DET") is not None


def _units(path: Path) -> list[str]:
    top, part = named_part(path, "DET")
    folders = list(labelled_folders(top, "DET", part))
    if not folders:
        raise UserError(f"{path}: holds no labels; folders of XML files are right")
    return folders


def _evidence(path: Path, unit: str) -> Sequence[Path]:
    return unit_folders(path, "DET", unit)


def _read(path: Path, unit: str) -> Iterator[LabelledVideo]:
    images, labels = unit_folders(path, "DET", unit)
    image_of = {name.rpartition(".")[0]: name for name in image_files(images)}
    files = label_files(labels)
    for start in range(0, len(files), _TOGETHER):
        yield from _photographs(labels, files[start : start + _TOGETHER], images, image_of)


def _photographs(
    labels: Path, files: Sequence[str], images: Path, image_of: dict[str, str]
) -> Iterator[LabelledVideo]:
    try:
        annotations = _READER.read(labels, files)
    except UserError as error:
        if len(files) == 1:
            yield passed_over(files[0][:-4], str(error))
        else:
            for file in files:
                yield from _photographs(labels, [file], images, image_of)
        return
    stops = np.cumsum(annotations.counts)
    objects = _Objects(
        annotations.columns["name"], annotations.boxes_ltwh(), annotations.flags(_FLAGS)
    )
    for k, file in enumerate(files):
        stem = file[:-4]
        mine = range(stops[k] - annotations.counts[k], stops[k])
        if stem in image_of:
            targets, left_out = _targets(objects, mine, labels / file)
            size = size_wh(annotations.sizes[k])
            yield LabelledVideo(
                stem, FrameFiles(images, [image_of[stem]]), targets, size, left_out=left_out
            )
        else:
            trouble = f"{labels / file}: its image {stem}.JPEG is not in {images}"
            yield passed_over(stem, trouble)


class _Objects(NamedTuple):
    """Objects of several photographs, N of them.

    Attributes:
        classes: WordNet ids.
        boxes_ltwh: float64 [N, 4], counted from 0.
        flags: uint8 [N].
    """

    classes: Sequence[bytes]
    boxes_ltwh: np.ndarray
    flags: np.ndarray


def _targets(objects: _Objects, mine: range, file: Path) -> tuple[list[Target], list[str]]:
    """Those of one photograph, and sentences on what is left out."""
    targets, left_out = [], []
    for name, k in enumerate(mine):
        box = objects.boxes_ltwh[k : k + 1]
        if (box[0, 2:] > 0).all():
            label, flags = objects.classes[k].decode(), objects.flags[k : k + 1]
            targets.append(Target(str(name), label, _ONLY_ROW, box, flags))
        else:
            left_out.append(f"{file}, object {name}: its box ends before it begins")
    return targets, left_out


SOURCE = Source("ILSVRC DET", True, 0, _recognise, _units, _read, _evidence)
