"""Label Studio: the JSON of a project with VideoRectangle labels, beside its video files.

    project-1-at-2026-05-04-10-00-1a2b3c4d.json    exported as JSON, not JSON-MIN
    holiday.mp4                                    or 1a2b3c4d-holiday.mp4, as it was uploaded

A path is such a file or the folder of some. A task is a video, each of its regions a target, named
by its id. Of several annotations the ground truth counts, or else the one that was changed last;
cancelled ones do not. Tasks without regions give no video. A file to be imported, whose tasks have
`predictions` and not even a key `annotations`, is read by the former.

What follows is by Label Studio's documentation (task format, VideoRectangle), its editor (of 2026,
`web/libs/editor/src`: `regions/VideoRegion.js`, `VideoRectangleRegion.js`, `utils/props.ts`) and
label-studio-sdk 2.1.2 (`extract_key_frames`, `VideoRectangleValue`):

* `frame` counts from 1; frame k is the file's frame k - 1 if Label Studio counted as many frames a
  second as the file has. It counts those of its own setting `framerate`, 24 if nobody said else;
  a file of another rate is refused.
* `x`, `y`, `width`, `height` are per cent of the frame, none above 100, edges continuous: nothing
  is added. The size of the frame comes from the video file.
* Only key frames are kept; between them the box goes in a line, the angle the shorter way. Behind
  the last one it stands still to the end.
* `enabled: false` ends a stretch: the target is there in that frame and absent behind it, up to
  the next key frame.
* `rotation` turns the box clockwise around its left upper corner; the upright box of its corners
  is as VOT's.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import numpy as np

from src.base.errors import UserError
from src.datasets.documents import begins_with, document, find_documents, holds_document
from src.datasets.json_records import records
from src.datasets.key_frames import KeyFrames, fill_in
from src.datasets.labels import INTERPOLATED, LabelledVideo, Source, Target
from src.datasets.turned_boxes import turned_boxes_ltwh
from src.datasets.video_files import (
    VideoFacts,
    decoded_frames,
    video_beside,
    video_facts,
    videos_beside,
)
from src.video.sources import VIDEO_SUFFIXES

_TITLE = "Label Studio"
_JSON = "tasks.json"
_REGION = "videorectangle"
_UPLOADED = re.compile(r"[0-9a-f]{8}-(.+)")
_BOX = ("x", "y", "width", "height")
_LEFT_TOP = (0.0, 0.0)
# how far the frames that a browser counts may be off by rounding, and by rates such as 29.97
_COUNT_TOLERANCE, _RATE_TOLERANCE = 1.5, 0.005


def _is_export(path: Path) -> bool:
    words = (f'"{_REGION}"'.encode(), b'"framesCount"')
    return begins_with(path, b'"sequence"') and any(begins_with(path, word) for word in words)


def recognise(path: Path) -> bool:
    """Whether there are labels of Label Studio."""
    return holds_document(path, _JSON, _is_export)


def units(path: Path) -> list[str]:
    """The JSON files; see `Source`."""
    return find_documents(path, _JSON, _is_export, _TITLE)


def read(path: Path, unit: str) -> Iterator[LabelledVideo]:
    """The videos of one JSON file; see `Source`."""
    file = document(path, unit)
    seen: set[str] = set()
    for number, task in records(file, "item"):
        where = f"{file}, task {task.get('id', number)}"
        regions, told = _regions(where, task)
        if regions:
            video_file = _video_file(file, where, task["data"])
            # a video may be two tasks; they never are on both sides of a split
            name = video_file.stem
            name = f"{name}-{task.get('id', number)}" if name in seen else name
            seen.add(name)
            yield _video(where, name, video_file, regions, told)


def evidence(path: Path, unit: str) -> list[Path]:
    """The JSON file and the videos beside it; see `Source`."""
    file = document(path, unit)
    return [file, *videos_beside(file)]


SOURCE = Source(_TITLE, False, 0, recognise, units, read, evidence)


def _regions(where: str, task: dict) -> tuple[list[dict], list[str]]:
    """The rectangles of the annotation that counts, and what was passed over."""
    try:
        if not isinstance(task["data"], dict):
            raise TypeError
        given = task["annotations"] if "annotations" in task else task.get("predictions", [])
        given = [one for one in given if not one.get("was_cancelled")]
        chosen = max(given, key=_weight) if given else {"result": []}
        regions = [one for one in chosen["result"] if one.get("type") == _REGION]
    except (KeyError, TypeError, AttributeError) as error:
        raise UserError(
            f"{where}: is no task of Label Studio with data and annotations; an export as JSON "
            "(not JSON-MIN) is right"
        ) from error
    told = []
    if len(given) > 1:
        told.append(f"{where}: of {len(given)} annotations only {chosen.get('id')} is read")
    return regions, told


def _weight(annotation: dict) -> tuple[bool, str]:
    """The ground truth before all others, then the newest."""
    newest = annotation.get("updated_at") or annotation.get("created_at") or ""
    return bool(annotation.get("ground_truth")), newest


def _video_file(file: Path, where: str, data: dict[str, Any]) -> Path:
    """The video beside the labels that a task speaks of, by any of its names."""
    texts = [data.get("video"), *data.values()]
    names = [_file_name(text) for text in texts if isinstance(text, str)]
    names = [name for name in names if name.lower().endswith(VIDEO_SUFFIXES)]
    if not names:
        raise UserError(
            f"{where}: its data name no video file; a video of {', '.join(VIDEO_SUFFIXES)} is right"
        )
    uploaded = _UPLOADED.fullmatch(names[0])
    return video_beside(file, [names[0], uploaded[1]] if uploaded else names[:1])


def _file_name(url: str) -> str:
    """The last part of an address; that of local storage stands in its query."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    local = parse_qs(parts.query).get("d") if parts.path.endswith("/local-files/") else None
    return (local[0] if local else unquote(parts.path)).rpartition("/")[2]


def _video(
    where: str, name: str, video_file: Path, regions: list[dict], told: list[str]
) -> LabelledVideo:
    facts = video_facts(video_file)
    try:
        counts = [int(region["value"].get("framesCount") or 0) for region in regions]
        duration = max(float(region["value"].get("duration") or 0) for region in regions)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UserError(
            f"{where}: framesCount or duration of a region is no number; an export as JSON is right"
        ) from error
    _check_rate(where, video_file, facts, max(counts), duration)
    known = [count for count in (max(counts), facts.n_frames) if count]
    if not known:
        raise UserError(f"{where}: neither the labels nor {video_file} tell how many frames it has")
    targets = [_target(where, region, min(known), facts.size_wh) for region in regions]
    return LabelledVideo(
        *(name, decoded_frames(video_file, min(known)), targets, facts.size_wh),
        film=video_file.stem,
        video_file=video_file,
        left_out=told,
    )


def _check_rate(
    where: str, video_file: Path, facts: VideoFacts, count: int, seconds: float
) -> None:
    """Refuses frame numbers that are not the file's."""
    if not (count and seconds):
        return
    off = abs(count - seconds * facts.fps)
    if off > max(_COUNT_TOLERANCE, _RATE_TOLERANCE * count):
        raise UserError(
            f"{where}: counts {count / seconds:.4g} frames a second, but {video_file} has "
            f"{facts.fps:.4g}, so the numbers are not those of its frames; a file of that rate is "
            f"right (ffmpeg -i {video_file.name} -r {count / seconds:.4g} ...), or labels made "
            f'with framerate="{facts.fps:.4g}"'
        )


def _target(where: str, region: dict, n_frames: int, size_wh: tuple[int, int]) -> Target:
    name = str(region.get("id", ""))
    where = f"{where}, region {name}"
    try:
        sequence = sorted(region["value"]["sequence"], key=lambda key: key["frame"])
        frames = np.array([key["frame"] for key in sequence])
        rows = [[*(key[part] for part in _BOX), key.get("rotation") or 0] for key in sequence]
        values = np.array(rows, dtype=np.float64).reshape(-1, 5)
        stays = np.array([bool(key.get("enabled", True)) for key in sequence])
        auto = np.array([bool(key.get("auto", False)) for key in sequence])
        label = ", ".join(region["value"].get("labels") or [])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UserError(
            f"{where}: its sequence is not made of frame, x, y, width and height ({error}); an "
            "export as JSON is right"
        ) from error
    _check_key_frames(where, frames, values, n_frames)
    values[:, 4] = np.unwrap(values[:, 4], period=360)
    flags = np.where(auto, INTERPOLATED, 0).astype(np.uint8)
    there = np.ones(len(frames), dtype=bool)
    filled = fill_in(KeyFrames(frames - 1, values, there, stays, flags), n_frames, held=True)
    boxes = filled.values[:, :4] / 100 * np.tile(size_wh, 2)
    boxes = turned_boxes_ltwh(boxes, np.nan_to_num(filled.values[:, 4]), _LEFT_TOP)
    return Target(name, label, filled.rows.astype(np.int32), boxes, filled.flags)


def _check_key_frames(where: str, frames: np.ndarray, values: np.ndarray, n_frames: int) -> None:
    if not len(frames):
        raise UserError(f"{where}: has no key frame; one at least is right")
    if frames.dtype.kind != "i" or frames[0] < 1 or frames[-1] > n_frames:
        raise UserError(
            f"{where}: names frame {frames[0] if frames[0] < 1 else frames[-1]}; the video has the "
            f"frames 1 to {n_frames}"
        )
    if (np.diff(frames) == 0).any():
        twice = frames[1:][np.diff(frames) == 0][0]
        raise UserError(f"{where}: has frame {twice} twice; one box a frame is right")
    sizes = values[:, 2:4]
    fine = np.isfinite(values).all(1) & (values[:, :4] <= 100).all(1) & (sizes > 0).all(1)
    for row in np.flatnonzero(~fine):
        raise UserError(
            f"{where}, frame {frames[row]}: x, y, width and height are "
            f"{values[row, :4].tolist()}; per cent of the frame are right, none above 100 and "
            "width and height above 0"
        )
