"""Exports of Label Studio as it writes them, and the videos they speak of."""

import json
from pathlib import Path


def key(frame, box, enabled=True, **more):
    """A key frame; the box is x, y, width, height in per cent."""
    x, y, width, height = box
    about = {"x": x, "y": y, "width": width, "height": height, "frame": frame}
    return {"time": frame / 20, "enabled": enabled, "rotation": 0, **about, **more}


def region(name, keys, label="car", count=10, seconds=0.5, **more):
    """A region with its key frames; 20 frames a second."""
    value = {"framesCount": count, "duration": seconds, "sequence": keys, "labels": [label]}
    return {
        "value": value,
        "id": name,
        "from_name": "box",
        "to_name": "video",
        "type": "videorectangle",
        "origin": "manual",
        **more,
    }


def annotation(regions, **more):
    about = {"id": 1, "was_cancelled": False, "ground_truth": False}
    times = {"created_at": "2026-05-04T10:00:00.000000Z", "updated_at": "2026-05-04T11:00:00Z"}
    return {**about, **times, "lead_time": 4.2, "result": regions, **more}


def task(annotations, number=1, video="/data/upload/1/0a1b2c3d-holiday.mp4", **more):
    """A task as an export has it."""
    return {
        "id": number,
        "annotations": annotations,
        "file_upload": "0a1b2c3d-holiday.mp4",
        "drafts": [],
        "predictions": [],
        "data": {"video": video},
        "meta": {},
        **more,
    }


def write_tasks(folder: Path, *tasks, name="project-1-at-2026-05-04-10-00-1a2b3c4d.json") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(json.dumps(list(tasks)), encoding="utf-8")
    return path
