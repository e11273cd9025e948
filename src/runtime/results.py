"""What one update found: for this project's own rooms, and as every program gets it."""

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class TrackResult:
    """What one `update` found.

    Attributes:
        box_ltwh: float64 [4], frame pixels, 0-based.
        score: Peak of the winning response, a logit; higher means surer.
        response: Array-like float32 [r, r], the windowed response over the search area; turned
            into an array only by who wants it.
        search_box_ltwh: float64 [4], the winning search area, frame pixels.
        confidence: Chance that the box lies on the target, 0...1; NaN where a tracker has none.
        lost: Whether the tracker takes the target for gone; the box is then its last guess.
        evidence: Array-like float32 [k], what the confidence is computed from.
        filter_response: Array-like float32 [m, m], what the filter that learns online says of that
            area, about 1 at the target; its outermost values lie where those of `response` do.
            None without a filter, of an export, and of one of several targets.
    """

    box_ltwh: np.ndarray
    score: float
    response: np.ndarray
    search_box_ltwh: np.ndarray
    confidence: float = math.nan
    lost: bool = False
    evidence: np.ndarray | None = None
    filter_response: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Result:
    """What one `update` found.

    Attributes:
        box: float64 [4], (x, y, width, height) of the target, pixels of the frame, counted from
            0; a copy, free to be changed.
        score: Height of the winning peak, a logit; higher means surer. Its scale is the
            network's own, so compare it within a track only.
        confidence: Chance that the box lies on the target, 0 to 1; NaN where a tracker has none.
        lost: Whether the target is taken for gone; the box is then the last guess.
    """

    box: np.ndarray
    score: float
    confidence: float
    lost: bool
