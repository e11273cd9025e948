"""What is written, whatever the tool: the targets of a video in its frames."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from src.geometry.region_to_bbox import clip_box_ltwh, is_absent, visible_share
from src.labelling.frames import VideoFrames
from src.labelling.results import ResultTrack


@dataclass(frozen=True)
class LabelTrack:
    """A target.

    Attributes:
        label: What it is.
        boxes_ltwh: float64 [N, 4], a row for each frame of the video, frame pixels; NaN where it
            is lost, or nothing of the box is inside the frame.
    """

    label: str
    boxes_ltwh: np.ndarray

    @property
    def n_visible(self) -> int:
        """In how many frames it is."""
        return int((~is_absent(self.boxes_ltwh)).sum())


@dataclass(frozen=True)
class Labels:
    """All targets of a video.

    Attributes:
        frames: Of the video.
        tracks: At least one.
    """

    frames: VideoFrames
    tracks: Sequence[LabelTrack]

    @property
    def names(self) -> list[str]:
        """What there is, each once, in the order of the tracks."""
        return list(dict.fromkeys(track.label for track in self.tracks))


def labels_of(results: Sequence[ResultTrack], frames: VideoFrames) -> Labels:
    """Brings tracks to the length of the video and drops boxes outside the frame."""
    tracks = []
    for result in results:
        boxes = np.full((len(frames.files), 4), np.nan)
        boxes[: len(result.boxes_ltwh)] = result.boxes_ltwh
        if frames.size_wh:
            boxes[visible_share(boxes, frames.size_wh) == 0] = np.nan
        tracks.append(LabelTrack(result.label, boxes))
    return Labels(frames, tracks)


def cut_at_frame(boxes_ltwh: np.ndarray, size_wh: tuple[int, int]) -> np.ndarray:
    """Cuts float64 [N, 4] boxes at the borders of the frame; NaN stays, as do boxes inside."""
    return np.where(np.isnan(boxes_ltwh), np.nan, clip_box_ltwh(boxes_ltwh, size_wh))
