"""What is kept of a track's frames, and the animation and strip of key frames drawn from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from src.base.files import atomic_path
from src.geometry.region_to_bbox import rect_iou
from src.pictures.drawing import (
    CAPTION_HEIGHT,
    INK,
    PAPER,
    PREDICTED,
    SEARCH,
    TRUTH,
    crop_area,
    draw_box,
    draw_caption,
    fit_size,
    overlay_response,
    paste_grid,
)
from src.pictures.films import write_gif
from src.video.images import read_image

MAX_GIF_FRAMES = 150
MAX_GIF_WIDTH = 360
KEY_FRAMES = 6

_CELL = 240
_INKS = (PREDICTED, TRUTH, INK, PAPER)
# what a strip with the filter's responses says of itself, under a key that PNG has for remarks
_NOTE, _WITH_FILTER = "Comment", "with the filter's own response"


@dataclass(frozen=True)
class Observation:
    """What is kept of a frame.

    Attributes:
        frame_index: From 0, in the video.
        box_ltwh: float64 [4], the tracker's box, frame pixels; NaN for the frame of `init`.
        truth_ltwh: float64 [4], ground truth; NaN where absent or unknown.
        score: Peak of the response; NaN for the frame of `init`.
        search_ltwh: float64 [4], the area searched; around the target for the frame of `init`.
        response: uint8 [r, r], stretched to 0...255; None for the frame of `init`.
        response_share: Share of the search area's side that the response's positions span.
        filter_response: uint8 [m, m], what the filter says of that area, likewise stretched, its
            positions spanning the same; None where there is no filter, or it is not told.
        filter_peak: The highest of it before it was stretched, about 1 at the target.
    """

    frame_index: int
    box_ltwh: np.ndarray
    truth_ltwh: np.ndarray
    score: float
    search_ltwh: np.ndarray
    response: np.ndarray | None
    response_share: float = 1.0
    filter_response: np.ndarray | None = None
    filter_peak: float = np.nan

    @property
    def iou(self) -> float:
        """Overlap of box and ground truth, 0...1; NaN where one of them is absent."""
        return float(rect_iou(self.box_ltwh, self.truth_ltwh))

    @property
    def caption(self) -> str:
        """Frame number, overlap and score, as far as there are any."""
        parts = [f"frame {self.frame_index}"]
        if self.response is None:
            parts.append("start")
        elif np.isnan(self.truth_ltwh).any():
            parts.append("no truth")
        else:
            parts.append(f"IoU {self.iou:.2f}")
        if np.isfinite(self.score):
            parts.append(f"score {self.score:.3g}")
        return "  ".join(parts)


def write_animation(
    path: Path, observations: Sequence[Observation], frames: Sequence[Path]
) -> None:
    """Writes an animated GIF of a track: prediction red, ground truth green, caption below.

    Args:
        path: The file, replaced whole or not at all.
        observations: Of the track, at least one; at most `MAX_GIF_FRAMES` of them are shown.
        frames: The video's image files.

    Raises:
        UserError: A frame can no longer be read.
    """
    count = min(MAX_GIF_FRAMES, len(observations))
    numbers = np.linspace(0, len(observations) - 1, count).round().astype(int)
    shown = [observations[number] for number in numbers]
    first = _frame(frames, shown[0])
    width, height = fit_size(first.size, MAX_GIF_WIDTH)

    def picture(number: int) -> Image.Image:
        page = Image.new("RGB", (width, height + CAPTION_HEIGHT), PAPER)
        page.paste(_frame(frames, shown[number]).resize((width, height)), (0, 0))
        return page

    def annotate(number: int, draw: ImageDraw.ImageDraw) -> None:
        seen, scale = shown[number], (width / first.width, height / first.height)
        draw_box(draw, seen.truth_ltwh, _INKS.index(TRUTH), scale)
        draw_box(draw, seen.box_ltwh, _INKS.index(PREDICTED), scale)
        draw.rectangle([0, height, width, height + CAPTION_HEIGHT], _INKS.index(PAPER))
        draw_caption(draw, (0, height), seen.caption, _INKS.index(INK))

    step = len(observations) / count
    write_gif(path, count, picture, annotate, _INKS, duration_ms=round(min(50 * step, 120)))


def write_strip(path: Path, observations: Sequence[Observation], frames: Sequence[Path]) -> None:
    """Writes a PNG of key frames: boxes above, the area searched with its response below.

    Of a tracker with a filter there is a third row, the filter's own response over the same area;
    captions tell which is which, and `shows_filter` knows the file by a note in it.

    Args:
        path: The file, replaced whole or not at all.
        observations: Of the track, at least one.
        frames: The video's image files.

    Raises:
        UserError: A frame can no longer be read.
    """
    with_filter = any(seen.filter_response is not None for seen in observations)
    columns = []
    for number, label in key_frames([seen.iou for seen in observations], KEY_FRAMES):
        seen = observations[number]
        frame = _frame(frames, seen)
        columns.append((_boxes_view(frame, seen, label), *_search_views(frame, seen, with_filter)))
    sheet = paste_grid(list(zip(*columns, strict=True)))
    with atomic_path(path) as part:
        sheet.save(part, format="PNG", pnginfo=_noted(with_filter))


def _noted(with_filter: bool) -> PngInfo:
    """What a strip says of itself; nothing without a filter."""
    note = PngInfo()
    if with_filter:
        note.add_text(_NOTE, _WITH_FILTER)
    return note


def shows_filter(strip: Image.Image) -> bool:
    """Whether an opened file of `write_strip` has the row of the filter's responses."""
    return strip.info.get(_NOTE) == _WITH_FILTER


def key_frames(ious: Sequence[float], count: int) -> list[tuple[int, str]]:
    """Chooses what to show of a track: the first, worst, best and last frame, and some between.

    Args:
        ious: Overlap of each observed frame, NaN where there is none.
        count: How many to choose; fewer if there are fewer frames.

    Returns:
        (position, label) in the order of time; the label is "" for the frames between.
    """
    labels: dict[int, str] = {0: "first"}
    overlaps = np.array(ious)
    if np.isfinite(overlaps).any():
        labels.setdefault(int(np.nanargmin(overlaps)), "worst")
        labels.setdefault(int(np.nanargmax(overlaps)), "best")
    labels.setdefault(len(ious) - 1, "last")
    while len(labels) < min(count, len(ious)):
        chosen = np.array(sorted(labels))
        gaps = np.diff(chosen)
        widest = int(np.argmax(gaps))
        labels[int(chosen[widest] + gaps[widest] // 2)] = ""
    return sorted(labels.items())


def _boxes_view(frame: Image.Image, seen: Observation, label: str) -> Image.Image:
    size = fit_size(frame.size, _CELL, _CELL)
    left = (_CELL - size[0]) // 2
    picture = Image.new("RGB", (_CELL, size[1] + CAPTION_HEIGHT), PAPER)
    picture.paste(frame.resize(size), (left, 0))
    draw = ImageDraw.Draw(picture)
    scale = (size[0] / frame.width, size[1] / frame.height)
    shift = np.array([left / scale[0], 0, 0, 0])
    draw_box(draw, seen.search_ltwh + shift, SEARCH, scale, width=1)
    draw_box(draw, seen.truth_ltwh + shift, TRUTH, scale)
    draw_box(draw, seen.box_ltwh + shift, PREDICTED, scale)
    draw.rectangle([0, size[1], _CELL, picture.height], PAPER)
    draw_caption(draw, (0, size[1]), f"{label}: {seen.caption}" if label else seen.caption)
    return picture


def _search_views(
    frame: Image.Image, seen: Observation, with_filter: bool
) -> tuple[Image.Image, ...]:
    """The area searched under the response that decides, and with a filter under its own."""
    crop = crop_area(frame, seen.search_ltwh, (_CELL, _CELL))
    deciding, text = crop, "the target as shown"
    if seen.response is not None:
        deciding = overlay_response(crop, seen.response, seen.response_share)
        text = "the response that decides"
    if not with_filter:
        return (deciding,)
    own, own_text = Image.new("RGB", crop.size, PAPER), ""
    if seen.filter_response is not None:
        own = overlay_response(crop, seen.filter_response, seen.response_share)
        own_text = f"the filter's own, peak {seen.filter_peak:.2f}"
    return _captioned(deciding, text), _captioned(own, own_text)


def _captioned(picture: Image.Image, text: str) -> Image.Image:
    """The picture with a line below it."""
    page = Image.new("RGB", (picture.width, picture.height + CAPTION_HEIGHT), PAPER)
    page.paste(picture, (0, 0))
    draw_caption(ImageDraw.Draw(page), (0, picture.height), text)
    return page


def _frame(frames: Sequence[Path], seen: Observation) -> Image.Image:
    return Image.fromarray(read_image(frames[seen.frame_index]))
