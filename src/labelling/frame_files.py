"""Tracks frame by frame: MOTChallenge's text, COCO's JSON with videos, YOLO's text files."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from src.geometry.region_to_bbox import box_ltwh_to_cxcywh
from src.labelling.labels import Labels, cut_at_frame

_DECIMALS = 4


def _visible(labels: Labels) -> Iterator[tuple[int, int, int, np.ndarray]]:
    """(frame, track, label, box) of every box, in the order of frames; all from 0."""
    numbers = [labels.names.index(track.label) for track in labels.tracks]
    for frame in range(len(labels.frames.files)):
        for number, track in enumerate(labels.tracks):
            box = track.boxes_ltwh[frame]
            if not np.isnan(box).any():
                yield frame, number, numbers[number], box


def mot_lines(labels: Labels) -> Iterator[str]:
    """The lines of MOTChallenge's `gt.txt`: frames, ids and pixels count from 1.

    They hold frame, id, left, top, width, height, 1 (the row counts), 1 (the class that it scores,
    as it knows no labels but its own), 1 (visible).
    """
    for frame, number, _, (left, top, width, height) in _visible(labels):
        box = ",".join(f"{value:.{_DECIMALS}f}" for value in (left + 1, top + 1, width, height))
        yield f"{frame + 1},{number + 1},{box},1,1,1\n"


def coco_vid_lines(labels: Labels) -> Iterator[str]:
    """The text of a JSON file as those of TAO and of MMTracking's COCO-VID; pixels count from 0.

    TAO reads `track_id` and `frame_index`, MMTracking `instance_id` and `frame_id`.
    """
    frames = labels.frames
    width, height = frames.size_wh
    size = {"width": width, "height": height}
    categories = [{"id": number, "name": name} for number, name in enumerate(labels.names, 1)]
    images: list[dict[str, Any]] = [
        {"id": number + 1, "video_id": 1, "frame_id": number, "frame_index": number}
        | {"file_name": name, **size}
        for number, name in enumerate(frames.files)
    ]
    tracks = [
        {"id": number, "video_id": 1, "category_id": labels.names.index(track.label) + 1}
        for number, track in enumerate(labels.tracks, 1)
    ]
    annotations = []
    for number, (frame, track, label, box) in enumerate(_visible(labels), 1):
        ids = {"id": number, "image_id": frame + 1, "video_id": 1, "category_id": label + 1}
        ids |= {"track_id": track + 1, "instance_id": track + 1}
        area = round(float(box[2] * box[3]), _DECIMALS)
        annotations.append(
            {**ids, "bbox": box.round(_DECIMALS).tolist(), "area": area, "iscrowd": 0}
        )
    document = {
        "videos": [{"id": 1, "name": frames.name, **size}],
        "categories": categories,
        "images": images,
        "tracks": tracks,
        "annotations": annotations,
    }
    yield json.dumps(document, allow_nan=False, ensure_ascii=False) + "\n"


def write_yolo(labels: Labels, folder: Path) -> None:
    """Fills a folder as Ultralytics lays out a data set for detection.

    `labels/train/<frame>.txt` has a line `class x y width height` for each box: the centre, in
    shares of the frame, cut at its borders. Frames without a box have no file and do not stand in
    `train.txt`, for a target that is lost may be there all the same. Tracks have no place in it.
    """
    size = np.tile(labels.frames.size_wh, 2)
    lines: dict[int, list[str]] = {}
    for frame, _, label, box in _visible(labels):
        shares = box_ltwh_to_cxcywh(cut_at_frame(box[None], labels.frames.size_wh)[0]) / size
        numbers = " ".join(f"{value:.6f}" for value in shares)
        lines.setdefault(frame, []).append(f"{label} {numbers}\n")
    texts = folder / "labels" / "train"
    texts.mkdir(parents=True)
    for frame, rows in lines.items():
        name = Path(labels.frames.files[frame]).stem
        (texts / f"{name}.txt").write_text("".join(rows), encoding="utf-8")
    images = [f"./images/train/{labels.frames.files[frame]}\n" for frame in lines]
    (folder / "train.txt").write_text("".join(images), encoding="utf-8")
    names = [f"  {number}: {json.dumps(name)}\n" for number, name in enumerate(labels.names)]
    about = "path: .\ntrain: train.txt\nval: train.txt\nnames:\n"
    (folder / "data.yaml").write_text(about + "".join(names), encoding="utf-8")
