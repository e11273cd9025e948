"""COCO: photographs with the boxes of 80 classes of things (Lin et al., ECCV 2014).

    coco/
        annotations/instances_train2017.json, instances_val2017.json
        train2017/000000000009.jpg ...
        val2017/000000000139.jpg ...

and whatever else is written in this way: `images` with `id`, `file_name`, `width`, `height`, and
`annotations` with `image_id`, `category_id`, `bbox`, `iscrowd`. `json_documents.ImageFolder` says
where images are looked for.

Target: an annotation, named by its `id`; its label is the category's name. First pixel: 0, and
`bbox` is left, top, width, height in fractions of pixels ("box coordinates are measured from the
top left image corner and are 0-indexed", cocodataset.org/#format-data), so no corner is inclusive.

Left out, and told by their number: crowds (`iscrowd`, a box around many things), and boxes less
than a pixel wide or high (some have no area at all; pysot leaves those out, pytracking the
crowds). A photograph whose image is not there is passed over. Labels lie scattered over the
document, so it is read as a whole, into arrays.

`path` is the top, which means the document for training, the folder of documents, or one of them.
Of several only `instances_*.json` count (those of persons with key points have boxes, too).
"""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from src.base.errors import UserError
from src.datasets.coco_records import BOX, category_names, is_tiny, left_out_sentences
from src.datasets.compact_texts import CompactTexts
from src.datasets.id_places import first_repeated, places_of
from src.datasets.json_documents import ImageFolder, document_of, find_documents, training_document
from src.datasets.json_records import (
    TEXT,
    UNUSABLE,
    WHOLE,
    keys_at_beginning,
    record_place,
    records,
    wrong_record,
)
from src.datasets.labels import FrameFiles, LabelledVideo, Source, Target
from src.datasets.passed_over import passed_over

_TITLE = "COCO"
_ONLY_ROW, _NO_FLAG = np.zeros(1, dtype=np.int32), np.zeros(1, dtype=np.uint8)
_PHOTOGRAPH = {"id": WHOLE, "file_name": TEXT}
_SIDES = {"width": WHOLE, "height": WHOLE}
_ANNOTATION = {"image_id": WHOLE, "category_id": WHOLE, "bbox": BOX}
_VIDEO_KEYS = {"video_id", "track_id", "instance_id", "bboxes"}


def _is_document(path: Path) -> bool:
    keys = keys_at_beginning(path)
    images, annotations = keys["images.item"], keys["annotations.item"]
    if keys["videos.item"] or (images | annotations) & _VIDEO_KEYS:
        return False
    return "file_name" in images or {"image_id", "bbox"} <= annotations


def _recognise(path: Path) -> bool:
    return bool(find_documents(path, _is_document))


def _units(path: Path) -> list[str]:
    return [training_document(path, _is_document, _TITLE, "instances_")]


def _evidence(path: Path, unit: str) -> Sequence[Path]:
    return [document_of(path, unit)]


@dataclass
class _Photographs:
    """All images of a document.

    Attributes:
        ids: int64 [N].
        sizes: int32 [2 N], width and height in turn; 0 where it is not told.
        names: [N].
    """

    ids: array = field(default_factory=lambda: array("q"))
    sizes: array = field(default_factory=lambda: array("i"))
    names: CompactTexts = field(default_factory=CompactTexts)


@dataclass
class _Boxes:
    """All annotations of a document that are not left out.

    Attributes:
        ids: int64 [M].
        images: int64 [M], ids.
        categories: int64 [M], ids.
        boxes_ltwh: float64 [4 M].
        n_crowds: How many are left out as crowds.
        n_tiny: How many as too small.
    """

    ids: array = field(default_factory=lambda: array("q"))
    images: array = field(default_factory=lambda: array("q"))
    categories: array = field(default_factory=lambda: array("q"))
    boxes_ltwh: array = field(default_factory=lambda: array("d"))
    n_crowds: int = 0
    n_tiny: int = 0


def _read(path: Path, unit: str) -> Iterator[LabelledVideo]:
    document = document_of(path, unit)
    photographs = _read_photographs(document)
    boxes = _read_boxes(document)
    first = record_place(document, "images.item", 1, photographs.ids[0])
    folder = ImageFolder(document, photographs.names[0], first)
    left_out = left_out_sentences(document, boxes.n_crowds, boxes.n_tiny)
    for photograph in _labelled(document, photographs, boxes, folder):
        yield replace(photograph, left_out=[*left_out, *photograph.left_out])
        left_out = []


def _read_photographs(document: Path) -> _Photographs:
    found = _Photographs()
    for number, record in records(document, "images.item"):
        try:
            found.ids.append(record["id"])
            found.names.append(record["file_name"])
            found.sizes.extend([record.get("width") or 0, record.get("height") or 0])
        except UNUSABLE as error:
            raise wrong_record(
                document, "images.item", number, record, _PHOTOGRAPH, _SIDES
            ) from error
    if not found.ids:
        raise UserError(f"{document}: names no images; an array `images` with some is right")
    repeated = first_repeated(found.ids)
    if repeated is not None:
        raise UserError(f"{document}: two images have the id {repeated}; ids that differ are right")
    return found


def _read_boxes(document: Path) -> _Boxes:
    found = _Boxes()
    for number, record in records(document, "annotations.item"):
        try:
            left, top, width, height = record["bbox"]
            if record.get("iscrowd"):
                found.n_crowds += 1
                continue
            if is_tiny(width, height):
                found.n_tiny += 1
                continue
            found.boxes_ltwh.extend([left, top, width, height])
            found.images.append(record["image_id"])
            found.categories.append(record["category_id"])
            found.ids.append(record.get("id", number))
        except UNUSABLE as error:
            raise wrong_record(
                document, "annotations.item", number, record, _ANNOTATION, {"id": WHOLE}
            ) from error
    if not found.ids:
        raise UserError(f"{document}: holds no boxes; annotations with a bbox are right")
    return found


def _labelled(
    document: Path, photographs: _Photographs, boxes: _Boxes, folder: ImageFolder
) -> Iterator[LabelledVideo]:
    """The photographs in the order of the document, with their boxes."""
    images = places_of(photographs.ids, boxes.images)
    lost = np.flatnonzero(images < 0)
    if lost.size:
        raise UserError(
            f"{document}: the annotation with id {boxes.ids[lost[0]]} is of image "
            f"{boxes.images[lost[0]]}, which is not among the images; the id of one is right"
        )
    order = np.argsort(images, kind="stable")
    stops = np.cumsum(np.bincount(images, minlength=len(photographs.ids)))
    targets = _Targets(document, boxes)
    for k in range(len(photographs.ids)):
        file = photographs.names[k]
        name = file.rpartition(".")[0].replace("/", "-")
        if folder.holds(file):
            mine = order[(stops[k - 1] if k else 0) : stops[k]]
            size = tuple(photographs.sizes[2 * k : 2 * k + 2])
            yield LabelledVideo(
                name,
                FrameFiles(folder.folder, [file]),
                targets.of(mine),
                size if all(size) else None,
            )
        else:
            where = record_place(document, "images.item", k + 1, photographs.ids[k])
            yield passed_over(name, f"{where}: there is no image {file} in {folder.folder}")


class _Targets:
    """Makes targets of a document's boxes."""

    def __init__(self, document: Path, boxes: _Boxes) -> None:
        self._boxes = boxes
        self._boxes_ltwh = np.asarray(boxes.boxes_ltwh).reshape(-1, 4)
        self._label_of = category_names(document)

    def of(self, places: np.ndarray) -> list[Target]:
        """Those at some places among the boxes."""
        return [
            Target(
                str(self._boxes.ids[k]),
                self._label_of.get(self._boxes.categories[k], ""),
                _ONLY_ROW,
                self._boxes_ltwh[k : k + 1],
                _NO_FLAG,
            )
            for k in places
        ]


SOURCE = Source(_TITLE, True, 0, _recognise, _units, _read, _evidence)
