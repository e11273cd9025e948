"""The embedded clips as downloads of other data sets, and as users would label them."""

import shutil
from pathlib import Path

import numpy as np

from src.datasets.sequences import load_video
from src.geometry.region_to_bbox import is_absent
from src.video.images import image_size
from tests.support.cvat_exports import box, head, track, write_export
from tests.support.places import ROOT
from tests.support.vid_tree import vid_object, vid_xml


def clips(part: str, n: int) -> list:
    """The first clips of `data/clips/<part>`."""
    folder = ROOT / "data" / "clips" / part
    return [load_video(folder, path.name) for path in sorted(folder.iterdir())[:n]]


def as_vid(top: Path, n_train: int, n_val: int) -> None:
    """Writes clips as ILSVRC2015 VID: whole pixels, corners inclusive."""
    for part, folder, clip_part, n in (
        ("train/ILSVRC2015_VID_train_0000", "ILSVRC2015_train_{:05d}000", "train", n_train),
        ("val", "ILSVRC2015_val_{:05d}000", "test", n_val),
    ):
        for number, clip in enumerate(clips(clip_part, n)):
            name = f"{part}/{folder.format(number)}"
            _write_vid(top, name, clip)


def _write_vid(top: Path, name: str, clip) -> None:
    images, labels = top / "Data/VID" / name, top / "Annotations/VID" / name
    images.mkdir(parents=True)
    labels.mkdir(parents=True)
    for k, (frame, row) in enumerate(zip(clip.frames, clip.boxes_ltwh, strict=True)):
        shutil.copyfile(frame, images / f"{k:06d}.JPEG")
        objects = []
        if not is_absent(row):
            left, top_edge, width, height = np.rint(row).astype(int).tolist()
            edges = (left, top_edge, left + width - 1, top_edge + height - 1)
            objects = [vid_object(0, *edges)]
        size = image_size(frame)
        (labels / f"{k:06d}.xml").write_text(vid_xml(name.partition("/")[2], k, size, objects))


def as_cvat(top: Path, part: str, n: int) -> None:
    """Writes a folder of exports of CVAT, one a clip, with its images."""
    for clip in clips(part, n):
        images = top / clip.name / "images"
        images.mkdir(parents=True)
        for k, frame in enumerate(clip.frames):
            shutil.copyfile(frame, images / f"frame_{k:06d}.jpg")
        rows = [_cvat_row(k, row) for k, row in enumerate(clip.boxes_ltwh)]
        meta = head(len(clip.frames), size_wh=image_size(clip.frames[0]))
        write_export(top / clip.name, meta, track(3, rows))


def _cvat_row(k: int, row: np.ndarray) -> str:
    if is_absent(row):
        return box(k, (0, 0, 0, 0), outside=1)
    left, top, width, height = row.tolist()
    return box(k, (left, top, left + width, top + height))
