"""Videos of the layouts that know one target a video, labelled from its first frame on."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from src.base.errors import UserError
from src.datasets.labels import LabelledVideo, Target
from src.geometry.region_to_bbox import is_absent


def one_target_video(
    name: str,
    frames: Sequence[Path],
    boxes_ltwh: np.ndarray,
    labels: Path,
    *,
    label: str = "",
    film: str = "",
    left_out: Sequence[str] = (),
    first_index: int | None = None,
) -> LabelledVideo:
    """Makes a video of frames and boxes; a target that is never visible is left out, and told.

    Args:
        name: Unique in its source, without a slash.
        frames: N image files.
        boxes_ltwh: float64 [M, 4], M <= N, of the first M frames: pixels counted from 0, NaN where
            the target is absent.
        labels: The file that the boxes are from.
        label: What the target is.
        film: As in `LabelledVideo`.
        left_out: As in `LabelledVideo`.
        first_index: As in `LabelledVideo`.
    """
    about = {"film": film, "first_index": first_index}
    if is_absent(boxes_ltwh).all():
        never = f"{labels}: the target {name} is visible in no frame"
        return LabelledVideo(name, frames, (), left_out=(*left_out, never), **about)
    n_labelled = len(boxes_ltwh)
    rows = np.arange(n_labelled, dtype=np.int32)
    flags = np.zeros(n_labelled, dtype=np.uint8)
    target = Target("", label, rows, boxes_ltwh, flags)
    return LabelledVideo(name, frames, (target,), left_out=left_out, **about)


def cut_blank_end(boxes_ltwh: np.ndarray, n_frames: int) -> np.ndarray:
    """Boxes without rows after the last frame, where these are absent: a file's empty last lines.

    Args:
        boxes_ltwh: float64 [M, 4].
        n_frames: Number of frames, at least 1.

    Returns:
        float64 [n_frames, 4], or all boxes if there is one among the rows after the last frame.
    """
    return boxes_ltwh[:n_frames] if is_absent(boxes_ltwh[n_frames:]).all() else boxes_ltwh


def check_rows(n_rows: int, n_right: int, labels: Path) -> None:
    """Refuses a file that does not have one row a frame.

    Args:
        n_rows: Its number of rows.
        n_right: The number of frames.
        labels: The file, for the error.

    Raises:
        UserError: The numbers differ.
    """
    if n_rows != n_right:
        raise UserError(f"{labels}: {n_rows} rows for {n_right} frames; one row a frame is right")
