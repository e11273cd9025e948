"""COCO-VID: videos in COCO's JSON, as TAO, MMTracking and YouTube-VIS write them.

    TAO/                            youtube_vis_2021/
        annotations/train.json          train/instances.json
        frames/train/YFCC100M/...       train/JPEGImages/<video>/00000.jpg ...

Two styles are told apart by their keys; `json_documents.ImageFolder` says where images are looked
for.

*Images*: `videos` (`id`, `name`), `images` (`id`, `file_name`, `video_id`, and TAO's `frame_index`
or MMTracking's `frame_id`), `annotations` (`image_id`, `category_id`, `bbox`, and TAO's `track_id`
or MMTracking's `instance_id`), as `tao/toolkit/tao/tao.py` and `docs/tutorials/customize_dataset`
of MMTracking have it. Frames are ordered by that number; without one, by the document.
*Videos*: `videos` (`id`, `file_names`) and `annotations` (`id`, `video_id`, `category_id`, and
`bboxes` with a box or null for each file), as YouTube-VIS, OVIS and LV-VIS have it.

Target: a track of a video; its label is the category's name. Absent: in each image of the video
without a box of it. An image that is listed counts as labelled, as it does in COCO: TAO lists only
the frames that were labelled, one a second, and MMTracking lists all of VID, all of which are
(`is_vid_train_frame` marks those that FGFA trains on, and is not read). `occluded`, `truncated`
and `generated` become flags.

First pixel: 0; `bbox` is left, top, width, height, as in COCO. MMTracking's own conversions of VID
and DET, however, take widths of xmax - xmin there, a pixel less than `vid.py` has.

Left out: crowds, and boxes less than a pixel wide or high, where the frame is unknown for the
target; annotations of no track; tracks without any box. Boxes lie scattered over the document, so
it is read as a whole, into arrays. `path` is the top, which means the document for training, the
folder of documents, or one of them. A slash in a video's name becomes a dash.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from src.base.errors import UserError
from src.datasets.coco_records import BOX, category_names, left_out_sentences
from src.datasets.coco_vid_tables import Tables, labelled_videos
from src.datasets.json_documents import ImageFolder, document_of, find_documents, training_document
from src.datasets.json_records import (
    TEXT,
    UNUSABLE,
    WHOLE,
    Kind,
    keys_at_beginning,
    record_place,
    records,
    wrong_record,
)
from src.datasets.labels import INTERPOLATED, OCCLUDED, TRUNCATED, LabelledVideo, Source

_TITLE = "COCO-VID"
_TRACKS = ("track_id", "instance_id")
_TIMES = ("frame_index", "frame_id")
_FLAGS = {"occluded": OCCLUDED, "truncated": TRUNCATED, "generated": INTERPOLATED}
_BOXES = Kind(
    "a list of 4 numbers or null for each frame",
    lambda value: isinstance(value, list) and all(box is None or BOX.is_one(box) for box in value),
)
_FILES = Kind(
    "a list of file names",
    lambda value: isinstance(value, list) and all(map(TEXT.is_one, value)),
)
_SIDES = {"width": WHOLE, "height": WHOLE}
# what records are to be, for messages
_VIDEO = {"id": WHOLE}
_NAMES = {"name": TEXT, "file_name": TEXT, "file_names": _FILES, **_SIDES}
_TRACK = {"id": WHOLE, "video_id": WHOLE, "category_id": WHOLE, "bboxes": _BOXES}
_IMAGE = {"id": WHOLE, "file_name": TEXT, "video_id": WHOLE}
_TIMES_AND_SIDES = {**dict.fromkeys(_TIMES, WHOLE), **_SIDES}
_BOX = {"image_id": WHOLE, "category_id": WHOLE, "bbox": BOX}
_TRACK_IDS = dict.fromkeys(_TRACKS, WHOLE)


def _is_document(path: Path) -> bool:
    keys = keys_at_beginning(path)
    return (
        "file_names" in keys["videos.item"]
        or "video_id" in keys["images.item"]
        or not keys["annotations.item"].isdisjoint(("bboxes", *_TRACKS))
        # the images may come after what was looked at
        or (bool(keys["videos.item"]) and "images" not in keys[""])
    )


def _recognise(path: Path) -> bool:
    return bool(find_documents(path, _is_document))


def _units(path: Path) -> list[str]:
    return [training_document(path, _is_document, _TITLE)]


def _evidence(path: Path, unit: str) -> Sequence[Path]:
    return [document_of(path, unit)]


def _read(path: Path, unit: str) -> Iterator[LabelledVideo]:
    document = document_of(path, unit)
    tables = Tables()
    files_of = _read_videos(document, tables)
    if files_of:
        _read_tracks(document, tables, files_of)
    else:
        _read_images(document, tables)
        _read_boxes(document, tables)
    if not tables.image_ids:
        raise UserError(f"{document}: names no images; videos with images are right")
    if not tables.box_tracks:
        raise UserError(f"{document}: holds no boxes; annotations with a bbox of a track are right")
    first = f"{document}, image {tables.image_ids[0]}"
    folder = ImageFolder(document, tables.image_names[0], first)
    left_out = left_out_sentences(document, tables.n_crowds, tables.n_tiny) + tables.left_out
    for video in labelled_videos(document, tables, category_names(document), folder):
        yield replace(video, left_out=[*left_out, *video.left_out])
        left_out = []


def _read_videos(document: Path, tables: Tables) -> dict[int, range]:
    """Ids of the videos that name their files: to the ids that these images are given here."""
    files_of = {}
    for number, record in records(document, "videos.item"):
        try:
            own_id, files = record["id"], record.get("file_names", ())
            start = len(tables.image_ids)
            size = (record.get("width") or 0, record.get("height") or 0)
            for time, file in enumerate(files):
                tables.add_image(start + time, own_id, time, size, file)
            usual = files[0].partition("/")[0] if files else str(own_id)
            tables.add_video(own_id, record.get("name") or record.get("file_name") or usual)
        except UNUSABLE as error:
            raise wrong_record(document, "videos.item", number, record, _VIDEO, _NAMES) from error
        if "file_names" in record:
            files_of[own_id] = range(start, len(tables.image_ids))
    return files_of


def _read_tracks(document: Path, tables: Tables, files_of: dict[int, range]) -> None:
    for number, record in records(document, "annotations.item"):
        try:
            own_id, boxes, category = record["id"], record["bboxes"], record["category_id"]
            images = files_of.get(record["video_id"])
            if images is not None and len(boxes) == len(images):
                for image, box in zip(images, boxes, strict=True):
                    if box is not None:
                        is_crowd = bool(record.get("iscrowd"))
                        tables.add_box(image, own_id, category, box, is_crowd=is_crowd)
                if boxes.count(None) == len(boxes):
                    where = record_place(document, "annotations.item", number, own_id)
                    tables.left_out.append(f"{where}: the track has no box")
                continue
        except UNUSABLE as error:
            raise wrong_record(document, "annotations.item", number, record, _TRACK) from error
        where = record_place(document, "annotations.item", number, own_id)
        if images is None:
            raise UserError(
                f"{where}: its video_id {record['video_id']} is not among the videos; the id of "
                "one is right"
            )
        raise UserError(
            f"{where}: has {len(boxes)} bboxes for the {len(images)} file_names of its video; one "
            "or null for each is right"
        )


def _read_images(document: Path, tables: Tables) -> None:
    for number, record in records(document, "images.item"):
        try:
            times = [record[key] for key in _TIMES if record.get(key) is not None]
            size = (record.get("width") or 0, record.get("height") or 0)
            tables.add_image(
                record["id"], record["video_id"], [*times, -1][0], size, record["file_name"]
            )
        except UNUSABLE as error:
            raise wrong_record(
                document, "images.item", number, record, _IMAGE, _TIMES_AND_SIDES
            ) from error
    if not tables.video_ids:
        for video in dict.fromkeys(tables.image_videos):
            tables.add_video(video, str(video))


def _read_boxes(document: Path, tables: Tables) -> None:
    n_trackless = 0
    for number, record in records(document, "annotations.item"):
        try:
            tracks = [record[key] for key in _TRACKS if record.get(key) is not None]
            if not tracks:
                n_trackless += 1
                continue
            tables.add_box(
                record["image_id"],
                tracks[0],
                record["category_id"],
                record["bbox"],
                flags=sum(bit for key, bit in _FLAGS.items() if record.get(key)),
                is_crowd=bool(record.get("iscrowd")),
            )
        except UNUSABLE as error:
            raise wrong_record(
                document, "annotations.item", number, record, _BOX, _TRACK_IDS
            ) from error
    if n_trackless and not tables.box_tracks:
        raise UserError(
            f"{document}: no annotation has a track_id or an instance_id; one that is the same in "
            "all frames is right"
        )
    if n_trackless:
        tables.left_out.append(f"{document}: {n_trackless} annotations of no track are left out")


SOURCE = Source(_TITLE, False, 0, _recognise, _units, _read, _evidence)
