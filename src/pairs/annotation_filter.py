"""Which annotations a training pair may use, and why the others are left out."""

from collections import Counter

import numpy as np
from numpy.typing import ArrayLike

from src.geometry.region_to_bbox import is_absent, visible_share
from src.parameters.hyperparams import Hyperparams

USABLE = ""


def why_left_out(boxes_ltwh: ArrayLike, frame_sizes: ArrayLike, hp: Hyperparams) -> np.ndarray:
    """Judges boxes by `min_visible`, `min_target_sz`, `max_target_share` and `max_aspect`.

    Args:
        boxes_ltwh: float [N, 4], frame pixels, rows of NaN where the target is absent.
        frame_sizes: (width, height) of the frames, or [N, 2], pixels.
        hp: The limits.

    Returns:
        str [N]: the first reason that applies, `USABLE` (empty) where there is none.
    """
    boxes = np.asarray(boxes_ltwh, dtype=np.float64).reshape(-1, 4)
    sizes = np.asarray(frame_sizes, dtype=np.float64)
    shorter, longer = boxes[:, 2:].min(axis=1), boxes[:, 2:].max(axis=1)
    reasons = {
        "absent": is_absent(boxes),
        "outside the frame": visible_share(boxes, sizes) < hp.min_visible,
        "too small": shorter < hp.min_target_sz,
        "too large": boxes[:, 2:].prod(axis=1) > hp.max_target_share * sizes.prod(axis=-1),
        "too elongated": longer > hp.max_aspect * shorter,
    }
    return np.select(list(reasons.values()), list(reasons), default=USABLE)


def count_left_out(reasons: np.ndarray) -> Counter[str]:
    """Counts the reasons that `why_left_out` gives, without the usable ones."""
    return Counter(str(reason) for reason in reasons if reason != USABLE)
