"""YouTube-VOS (2018, 2019): masks of objects in every fifth frame.

    train/JPEGImages/003234408d/00000.jpg, 00005.jpg ...   all frames in the `all_frames` packages
          Annotations/003234408d/00000.png, 00005.png ...
          meta.json    videos -> <video> -> objects -> <number> -> category, frames

A path is the top (its `train` is read) or one part, such as `valid`. A target is an object of
`meta.json`, its label the category; its number is its index in the palette masks, 0 being the
background (so pytracking's `ltr/dataset/youtubevos.py` reads it). Boxes are the exact extents of
the pixels, counted from 0. Frame numbers are the files' and need not begin at 0.

Frames without a mask are not labelled, and neither is an object before the first frame that
`meta.json` lists for it; from there on it is absent where a mask has no pixel of it. (The lists of
some objects begin too early, says pytracking; there they are absent.) In `valid` and `test` masks
are given only where objects begin, and show only those: other objects are not labelled there.
Objects that no mask shows, and numbers in masks that `meta.json` does not know, are left out.
"""

import functools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from src.base.errors import UserError
from src.datasets.frame_folders import frame_names, rows_by_stem
from src.datasets.labels import FrameFiles, LabelledVideo, Source, Target
from src.datasets.masks import list_masks, mask_evidence, read_mask_boxes
from src.datasets.natural_order import natural_key

_META = "meta.json"


class _Object(NamedTuple):
    """One object: its category, and the names of the frames that are listed for it, in order."""

    category: str
    frames: list[str]


def _recognise(path: Path) -> bool:
    part = _part(path)
    return (part / _META).is_file() and (part / "Annotations").is_dir()


def _units(path: Path) -> list[str]:
    part = _part(path)
    videos = _read_meta(part / _META)
    if not videos:
        raise UserError(f"{part / _META}: tells of no video")
    return sorted(videos, key=natural_key)


def _read(path: Path, unit: str) -> Iterator[LabelledVideo]:
    part = _part(path)
    where = f"{part / _META}, video {unit}"
    objects = _objects(_read_meta(part / _META).get(unit), where)
    folder = part / "JPEGImages" / unit
    names = frame_names(folder)
    rows_of_frames = rows_by_stem(folder, names)
    masks, rows = list_masks(part / "Annotations" / unit, rows_of_frames)
    for number, listed in objects.items():
        if listed.frames[0] not in rows_of_frames:
            raise UserError(
                f"{where}, object {number}: there is no frame {listed.frames[0]} in {folder}"
            )
    complete = _are_complete(objects, {mask.stem for mask in masks}, where)
    found = read_mask_boxes(masks)
    if not found.numbered:
        raise UserError(f"{masks[0]}: is black and white; palette images of objects are right")
    targets, left_out = [], []
    for number, listed in objects.items():
        boxes_ltwh = found.boxes_ltwh.get(int(number))
        if boxes_ltwh is None:
            left_out.append(f"{where}, object {number}: no mask shows it")
            continue
        known = ~np.isnan(boxes_ltwh[:, 0])
        if complete:
            known |= rows >= rows_of_frames[listed.frames[0]]
        flags = np.zeros(known.sum(), dtype=np.uint8)
        targets.append(Target(number, listed.category, rows[known], boxes_ltwh[known], flags))
    unlisted = sorted(found.boxes_ltwh.keys() - {int(number) for number in objects})
    left_out += [f"{where}: has no object {number}, which masks show" for number in unlisted]
    frames = FrameFiles(folder, names)
    yield LabelledVideo(unit, frames, targets, found.size_wh, left_out=left_out)


def _evidence(path: Path, unit: str) -> list[Path]:
    part = _part(path)
    masks = mask_evidence(part / "Annotations" / unit)
    return [part / _META, part / "JPEGImages" / unit, *masks]


def _part(path: Path) -> Path:
    return path / "train" if (path / "train" / _META).is_file() else path


def _read_meta(path: Path) -> dict[str, Any]:
    """The videos of meta.json, as it tells them."""
    try:
        changed = path.stat().st_mtime_ns
    except OSError as error:
        raise UserError(f"{path}: there is no such file of labels") from error
    return _parse_meta(path, changed)


@functools.lru_cache(maxsize=1)  # it is one file for thousands of videos
def _parse_meta(path: Path, _changed: int) -> dict[str, Any]:
    try:
        videos = json.loads(path.read_text(encoding="utf-8-sig"))["videos"]
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f'{path}: a JSON object with "videos" is right ({error})') from error
    if not isinstance(videos, dict):
        raise UserError(f'{path}: "videos" is no JSON object; a video\'s name for each is right')
    return videos


def _objects(video: Any, where: str) -> dict[str, _Object]:
    """The objects of a video, by number."""
    try:
        objects = {
            number: _Object(str(told["category"]), sorted(told["frames"], key=natural_key))
            for number, told in video["objects"].items()
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise UserError(
            f"{where}: objects by number, each with a category and frames, are right"
        ) from error
    for number, listed in objects.items():
        if not number.isdecimal() or not listed.frames:
            raise UserError(f"{where}, object {number}: a number and some frames are right")
    return objects


def _are_complete(objects: Mapping[str, _Object], masks: set[str], where: str) -> bool:
    """Whether masks show all objects, as in the training part, or only those that begin there."""
    if masks <= {listed.frames[0] for listed in objects.values()}:
        return False
    for number, listed in objects.items():
        for frame in listed.frames:
            if frame not in masks:
                raise UserError(f"{where}, object {number}: names frame {frame}, which has no mask")
    return True


SOURCE = Source("YouTube-VOS", False, 0, _recognise, _units, _read, _evidence)
