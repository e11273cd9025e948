"""Pictures of a track's best, typical and worst moment."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageColor, ImageDraw

from src.geometry.region_to_bbox import is_absent
from src.pictures.drawing import TRUTH, crop_area, draw_box, fit_size, paste_grid
from src.reporting.comparison import Entry, Row
from src.reporting.plots import colour
from src.video.images import read_image

_MAX_WIDTH, _MAX_HEIGHT = 330, 240
_QUALITY = 80
_SURROUNDINGS = 1.6  # side of the crop, in sizes of the boxes
_LEAST_SIDE = 32.0


@dataclass(frozen=True)
class Moment:
    """A frame that is shown.

    Attributes:
        label: Why.
        frame_index: From 0.
        iou: Overlap of the first tracker that has the video, NaN without ground truth.
        confidence: Of that tracker, NaN if unknown.
        jpeg: The frame beside the surroundings of the target, with boxes.
    """

    label: str
    frame_index: int
    iou: float
    confidence: float
    jpeg: bytes


def moments(row: Row, place: int) -> list[Moment]:
    """Draws what is to be seen of one tracker on one video.

    Args:
        row: The video; the boxes of the other trackers are drawn too, thinly.
        place: Of the tracker; it has the video.

    Returns:
        Up to three moments; without ground truth or overlap those of confidence, without
        confidence those of time. The start frame is none of them.

    Raises:
        UserError: A frame cannot be read.
    """
    entry = row.entries[place]
    chosen = choose_moments(entry.iou, entry.track.confidence, row.start)
    return [
        Moment(
            label,
            index,
            float(entry.iou[index]),
            float(entry.track.confidence[index]),
            _picture(row, place, index),
        )
        for index, label in chosen.items()
    ]


def choose_moments(iou: np.ndarray, confidence: np.ndarray, start: int) -> dict[int, str]:
    """Chooses frames behind the start frame, no frame twice.

    Args:
        iou: float [N], NaN where there is no overlap.
        confidence: float [N], NaN where there is none.
        start: Index of the start frame.

    Returns:
        Label by frame index, in the order they are shown.
    """
    for values, labels in (
        (iou, ("best", "typical", "worst")),
        (confidence, ("surest", "typical", "least sure")),
    ):
        frames = start + 1 + np.flatnonzero(np.isfinite(values[start + 1 :]))
        if len(frames):
            ranked = frames[np.argsort(values[frames], kind="stable")]
            return _once([ranked[-1], ranked[len(ranked) // 2], ranked[0]], labels)
    last = len(iou) - 1
    return _once([min(start + 1, last), (start + last) // 2, last], ("first", "middle", "last"))


def _once(frames: Sequence[int], labels: tuple[str, ...]) -> dict[int, str]:
    """Labels by frame, the first label of each frame."""
    chosen: dict[int, str] = {}
    for frame, label in zip(frames, labels, strict=True):
        chosen.setdefault(int(frame), label)
    return chosen


def _picture(row: Row, place: int, index: int) -> bytes:
    """The frame with all boxes, beside it the surroundings of truth and box, as JPEG."""
    frame = Image.fromarray(read_image(row.video.frames[index]))
    boxes = _boxes(row, place, index)
    whole = frame.resize(fit_size(frame.size, _MAX_WIDTH, _MAX_HEIGHT))
    scale = (whole.width / frame.width, whole.height / frame.height)
    _draw(whole, boxes, np.zeros(2), scale)
    area = _surroundings(np.array([boxes[0][0], boxes[-1][0]]))
    side = whole.height
    close = crop_area(frame, area, (side, side))
    _draw(close, boxes, area[:2], (side / area[2], side / area[2]))
    file = io.BytesIO()
    paste_grid([[whole, close]]).save(file, format="JPEG", quality=_QUALITY, optimize=True)
    return file.getvalue()


def _boxes(row: Row, place: int, index: int) -> list[tuple[np.ndarray, tuple[int, int, int], int]]:
    """Box, ink and width of line: the truth first, then other trackers, the chosen one last."""
    truth = row.video.boxes_ltwh
    boxes = [(np.full(4, np.nan) if truth is None else truth[index], TRUTH, 2)]
    others = [other for other in range(len(row.entries)) if other != place]
    for other in [*others, place]:
        entry: Entry | None = row.entries[other]
        if entry is not None:
            ink = ImageColor.getrgb(colour(other))
            boxes.append((entry.track.boxes_ltwh[index], ink, 2 if other == place else 1))
    return boxes


def _draw(picture: Image.Image, boxes: list, origin: np.ndarray, scale: tuple) -> None:
    draw = ImageDraw.Draw(picture)
    for box_ltwh, ink, width in boxes:
        draw_box(draw, box_ltwh - np.array([*origin, 0, 0]), ink, scale, width)


def _surroundings(boxes_ltwh: np.ndarray) -> np.ndarray:
    """A square around those boxes that are there: float64 [4] ltwh; NaN if none is."""
    seen = boxes_ltwh[~is_absent(boxes_ltwh)]
    if not len(seen):
        return np.full(4, np.nan)
    low, high = seen[:, :2].min(axis=0), (seen[:, :2] + seen[:, 2:]).max(axis=0)
    side = max(_LEAST_SIDE, *(high - low) * _SURROUNDINGS)
    return np.array([*(low + high - side) / 2, side, side])
