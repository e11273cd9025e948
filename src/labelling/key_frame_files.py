"""Tracks as key frames: the XML of CVAT for video 1.1, and the JSON that Label Studio imports.

What both tools make of it is written in `src.datasets.cvat` and `src.datasets.label_studio`, which
read these files back.
"""

import json
from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from src.labelling.labels import Labels, LabelTrack, cut_at_frame
from src.labelling.thinning import stretches

_PER_CENT_DECIMALS = 6


def cvat_lines(labels: Labels, tolerance: float) -> Iterator[str]:
    """The lines of `annotations.xml` for a task of the whole video.

    A stretch is closed by its last box once more, `outside`, in the frame behind it.
    """
    frames = labels.frames
    yield '<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n  <version>1.1</version>\n'
    yield "  <meta>\n    <task>\n"
    about = {"name": frames.name, "size": len(frames.files), "mode": "interpolation"}
    about |= {"start_frame": 0, "stop_frame": len(frames.files) - 1, "frame_filter": ""}
    yield from (f"      <{key}>{escape(str(text))}</{key}>\n" for key, text in about.items())
    yield "      <labels>\n"
    for label in labels.names:
        yield f"        <label><name>{escape(label)}</name></label>\n"
    yield "      </labels>\n"
    if frames.size_wh:
        width, height = frames.size_wh
        yield f"      <original_size><width>{width}</width><height>{height}</height>"
        yield "</original_size>\n"
    yield f"      <source>{escape(frames.video_file)}</source>\n    </task>\n  </meta>\n"
    for number, track in enumerate(labels.tracks):
        yield f'  <track id="{number}" label={quoteattr(track.label)} source="auto">\n'
        yield from _cvat_boxes(track, len(frames.files), tolerance)
        yield "  </track>\n"
    yield "</annotations>\n"


def _cvat_boxes(track: LabelTrack, n_frames: int, tolerance: float) -> Iterator[str]:
    for stretch in stretches(track.boxes_ltwh, tolerance):
        for frame in stretch.keys.tolist():
            yield _cvat_box(frame, track.boxes_ltwh[frame], outside=False)
        if stretch.last + 1 < n_frames:
            yield _cvat_box(stretch.last + 1, track.boxes_ltwh[stretch.last], outside=True)


def _cvat_box(frame: int, box_ltwh: np.ndarray, outside: bool) -> str:
    left, top, width, height = box_ltwh
    return (
        f'    <box frame="{frame}" keyframe="1" outside="{int(outside)}" occluded="0" '
        f'xtl="{left:.4f}" ytl="{top:.4f}" xbr="{left + width:.4f}" ybr="{top + height:.4f}" '
        'z_order="0"></box>\n'
    )


def label_studio_lines(labels: Labels, tolerance: float, address: str) -> Iterator[str]:
    """The text of a JSON file with one task, whose tracks are predictions.

    Boxes are cut at the frame, outside of which Label Studio takes none.

    Args:
        labels: With the size of the frames.
        tolerance: See `stretches`.
        address: What Label Studio finds the video by.
    """
    frames, size = labels.frames, np.tile(labels.frames.size_wh, 2)
    results = []
    for number, track in enumerate(labels.tracks, 1):
        boxes = cut_at_frame(track.boxes_ltwh, frames.size_wh)
        value = {
            "framesCount": len(frames.files),
            "duration": len(frames.files) / frames.fps,
            "sequence": list(_sequence(boxes, size, frames.fps, tolerance)),
            "labels": [track.label],
        }
        about = {"id": f"track{number}", "from_name": "box", "to_name": "video"}
        results.append({**about, "type": "videorectangle", "origin": "prediction", "value": value})
    prediction = {"model_version": "tracker", "result": results}
    data = {"video": address, "fps": frames.fps}
    # the regions first: they tell what file this is
    task = {"predictions": [prediction], "data": data}
    yield json.dumps([task], indent=1, allow_nan=False, ensure_ascii=False) + "\n"


def _sequence(
    boxes_ltwh: np.ndarray, size: np.ndarray, fps: float, tolerance: float
) -> Iterator[dict]:
    """Key frames from 1; the last of a stretch is there and ends it."""
    for stretch in stretches(boxes_ltwh, tolerance):
        for frame in stretch.keys.tolist():
            shares = (100 * boxes_ltwh[frame] / size).round(_PER_CENT_DECIMALS).tolist()
            box = dict(zip(("x", "y", "width", "height"), shares, strict=True))
            enabled = frame != stretch.last
            times = {"frame": frame + 1, "time": (frame + 1) / fps}
            yield {**times, "enabled": enabled, "rotation": 0, **box}
