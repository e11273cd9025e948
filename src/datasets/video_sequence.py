"""A video with one target, as it is tracked and scored."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class VideoSequence:
    """One video with one target.

    Attributes:
        name: The folder's name; `<folder>-<k>` for target k of a folder with several.
        frames: The image files in the order of their numbers.
        boxes_ltwh: float64 [N, 4], one row a frame, frame pixels counted from 0, rows of NaN
            where the target is absent; None for a video without ground truth.
        first_box_ltwh: float64 [4], the start box of a video whose ground truth is this one row,
            as in GOT-10k's test split; else None.
        first_index: What the ground-truth file calls the first pixel.
        notes: Sentences on what was passed over in it.
    """

    name: str
    frames: tuple[Path, ...]
    boxes_ltwh: np.ndarray | None
    first_box_ltwh: np.ndarray | None = None
    first_index: int = 0
    notes: tuple[str, ...] = ()

    @property
    def knows_start(self) -> bool:
        """Whether its labels tell where tracks start."""
        return self.boxes_ltwh is not None or self.first_box_ltwh is not None
