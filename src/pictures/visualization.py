"""Pictures of a track while and after it runs, and of what the network sees in training.

`VideoRecorder` is fed outside the timed code. It keeps two boxes and a small response a frame; the
frames themselves are read again when the pictures are drawn.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from src.base.files import atomic_path
from src.datasets.video_sequence import VideoSequence
from src.geometry.search_geometry import cell_displacements, exemplar_side
from src.parameters.design import Design
from src.pictures.drawing import (
    CAPTION_HEIGHT,
    PAPER,
    SEARCH,
    TRUTH,
    draw_box,
    draw_caption,
    paste_grid,
)
from src.pictures.track_pictures import Observation, write_animation, write_strip
from src.pictures.windows import LiveWindow, open_live_window
from src.tracking.tracker import TrackResult

RESPONSE_SIDE = 65
MAX_PAIRS = 16

_PAIRS_A_ROW = 4


class VideoRecorder:
    """Watches the track of one video and draws it afterwards."""

    def __init__(
        self,
        folder: Path,
        video_name: str,
        sequence: VideoSequence,
        *,
        response_share: float = 128 / 255,
        context: float = 0.5,
        window: LiveWindow | None = None,
    ) -> None:
        """Makes a recorder without observations.

        Args:
            folder: Where the pictures go.
            video_name: Begins their names.
            sequence: Frames and ground truth.
            response_share: Share of the search area's side that the response's positions span as
                long as the target is in sight; by default that of all designs with scores over 128
                of 255 crop pixels.
            context: `design.context`, for the exemplar's area.
            window: Shows the frames at once; None: no window.
        """
        self._folder, self._name, self._sequence = Path(folder), video_name, sequence
        self._response_share, self._context, self._window = response_share, context, window
        self._usual_sz: int | None = None
        self._observations: list[Observation] = []

    def observe(self, frame_index: int, frame: np.ndarray, result: TrackResult | None) -> None:
        """Keeps what is needed of a frame; a frame of `init` that is not told is filled in.

        Args:
            frame_index: From 0; rising by 1.
            frame: uint8 [H, W, 3], RGB; shown if there is a window, not kept.
            result: What the tracker found; None for the frame of `init`.
        """
        if result is not None and not self._observations and frame_index > 0:
            self._observations.append(self._start(frame_index - 1))
        seen = self._start(frame_index) if result is None else self._update(frame_index, result)
        self._observations.append(seen)
        if self._window is not None:
            title = f"{self._name}: {seen.caption}"
            self._window.show(frame, seen.box_ltwh, seen.truth_ltwh, title)

    def finish(self) -> list[Path]:
        """Writes the animation and the strip of key frames.

        Returns:
            `<video>.gif` and `<video>_strip.png`; empty if nothing was observed.

        Raises:
            UserError: A frame can no longer be read.
        """
        if not self._observations:
            return []
        animation = self._folder / f"{self._name}.gif"
        strip = self._folder / f"{self._name}_strip.png"
        frames = self._sequence.frames
        write_animation(animation, self._observations, frames)
        write_strip(strip, self._observations, frames)
        return [animation, strip]

    def _start(self, frame_index: int) -> Observation:
        truth = self._truth(frame_index)
        side = exemplar_side(truth[2], truth[3], self._context)
        centre = truth[:2] + truth[2:] / 2
        area = np.array([centre[0] - side / 2, centre[1] - side / 2, side, side])
        return Observation(frame_index, np.full(4, np.nan), truth, np.nan, area, None)

    def _update(self, frame_index: int, result: TrackResult) -> Observation:
        return Observation(
            frame_index,
            np.array(result.box_ltwh, dtype=np.float64),
            self._truth(frame_index),
            float(result.score),
            np.array(result.search_box_ltwh, dtype=np.float64),
            reduce_response(np.asarray(result.response)),
            self._share(len(result.response)),
            *_filter_parts(result.filter_response),
        )

    def _share(self, response_sz: int) -> float:
        """Share of the side that a response spans; around a lost target both have grown alike."""
        self._usual_sz = self._usual_sz or response_sz
        step = self._response_share / (self._usual_sz - 1)
        return (response_sz - 1) * step / (1 + (response_sz - self._usual_sz) * step)

    def _truth(self, frame_index: int) -> np.ndarray:
        boxes = self._sequence.boxes_ltwh
        return np.full(4, np.nan) if boxes is None else np.array(boxes[frame_index], dtype=float)


def recorder_factory(
    design: Design, live: bool = True
) -> Callable[[Path, str, VideoSequence], VideoRecorder]:
    """Makes recorders for a design, with one live window for all videos where there is a display.

    Args:
        design: Tells what a response spans.
        live: Whether there may be a window.

    Returns:
        (folder, video name, sequence) -> recorder.
    """
    share = (design.score_sz - 1) * design.tot_stride / design.search_sz
    window = open_live_window() if live else None

    def make(folder: Path, video_name: str, sequence: VideoSequence) -> VideoRecorder:
        return VideoRecorder(
            folder,
            video_name,
            sequence,
            response_share=share,
            context=design.context,
            window=window,
        )

    return make


def write_training_crops(
    path: Path,
    z: np.ndarray,
    x: np.ndarray,
    labels: np.ndarray,
    disp_crop: np.ndarray,
    target_sz_crop: np.ndarray,
    cell_stride: float,
) -> None:
    """Writes a sheet with the first pairs of a batch.

    A pair shows the exemplar and the search crop; on the latter the box of its target in green and,
    in yellow, the outline of the cells of the score map whose label is positive. A pair without
    such cells is named negative: its exemplar shows another target.

    Args:
        path: A PNG file, replaced whole or not at all.
        z: float or uint8 [B, 127, 127, 3], RGB, 0...255; any square size.
        x: float or uint8 [B, 255, 255, 3], likewise.
        labels: float [B, n, n], > 0 is positive.
        disp_crop: float [B, 2], (x, y) of the target's centre from the middle of the search
            crop, crop pixels.
        target_sz_crop: float [B, 2], width and height of the target in the search crop.
        cell_stride: Crop pixels from a cell of the score map to the next.
    """
    pairs = []
    for number in range(min(len(z), MAX_PAIRS)):
        search = Image.fromarray(_to_uint8(x[number]))
        draw = ImageDraw.Draw(search)
        _draw_positive_cells(draw, labels[number] > 0, search.width, cell_stride)
        corner = search.width / 2 + disp_crop[number] - target_sz_crop[number] / 2
        draw_box(draw, np.concatenate([corner, target_sz_crop[number]]), TRUTH)
        caption = f"pair {number}" if (labels[number] > 0).any() else f"pair {number}: negative"
        pairs.append(_pair(Image.fromarray(_to_uint8(z[number])), search, caption))
    blank = Image.new("RGB", pairs[0].size, PAPER)
    pairs += [blank] * (-len(pairs) % min(_PAIRS_A_ROW, len(pairs)))
    rows = [pairs[i : i + _PAIRS_A_ROW] for i in range(0, len(pairs), _PAIRS_A_ROW)]
    with atomic_path(path) as part:
        paste_grid(rows, gap=8).save(part, format="PNG")


def reduce_response(response: np.ndarray) -> np.ndarray:
    """Thins a response out and stretches it to 8 bits.

    Args:
        response: float [r, r].

    Returns:
        uint8 [min(r, 65)] * 2, 0...255, with the same outermost positions; 0 where not a number.
    """
    keep = min(len(response), RESPONSE_SIDE)
    at = np.linspace(0, len(response) - 1, keep).round().astype(int)
    thin = np.nan_to_num(response[np.ix_(at, at)].astype(np.float64), posinf=0.0, neginf=0.0)
    thin = thin - thin.min()
    return np.round(255 * thin / max(thin.max(), 1e-12)).astype(np.uint8)


def _filter_parts(response: np.ndarray | None) -> tuple[np.ndarray | None, float]:
    """The filter's response as it is kept, uint8 [m, m], and its peak; None and NaN without one."""
    if response is None:
        return None, np.nan
    response = np.asarray(response)
    return reduce_response(response), float(response.max())


def _pair(exemplar: Image.Image, search: Image.Image, caption: str) -> Image.Image:
    """Search crop on the left, exemplar beside its upper edge, caption below."""
    size = (search.width + 4 + exemplar.width, search.height + CAPTION_HEIGHT)
    picture = Image.new("RGB", size, PAPER)
    picture.paste(search, (0, 0))
    picture.paste(exemplar, (search.width + 4, 0))
    draw_caption(ImageDraw.Draw(picture), (0, search.height), caption)
    return picture


def _draw_positive_cells(
    draw: ImageDraw.ImageDraw, positive: np.ndarray, side: int, cell_stride: float
) -> None:
    """Draws the borders between positive cells and all else, as lines of 1 pixel."""
    starts = side / 2 + cell_displacements(len(positive), cell_stride) - cell_stride / 2
    edges = np.round(np.append(starts, starts[-1] + cell_stride)).astype(int).tolist()
    padded = np.pad(positive, 1)
    for row, line in zip(*np.nonzero(np.diff(padded[1:-1], axis=1)), strict=True):
        draw.line([(edges[line], edges[row]), (edges[line], edges[row + 1])], SEARCH)
    for line, column in zip(*np.nonzero(np.diff(padded[:, 1:-1], axis=0)), strict=True):
        draw.line([(edges[column], edges[line]), (edges[column + 1], edges[line])], SEARCH)


def _to_uint8(image: np.ndarray) -> np.ndarray:
    return np.clip(np.round(image), 0, 255).astype(np.uint8)
