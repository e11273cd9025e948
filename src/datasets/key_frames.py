"""Between the frames that a person labelled: positions in a line from one to the next."""

from typing import NamedTuple

import numpy as np

from src.datasets.labels import INTERPOLATED


class KeyFrames(NamedTuple):
    """What was set by hand of one target, K frames of it.

    Attributes:
        frames: int [K], rising.
        values: float64 [K, D], what goes in a line from one key frame to the next: edges, sizes,
            angles that were unwrapped.
        visible: bool [K], whether the target is there in the frame itself.
        stays: bool [K], whether it is there behind it, up to the next key frame.
        flags: uint8 [K], bits of `Target.flags`.
    """

    frames: np.ndarray
    values: np.ndarray
    visible: np.ndarray
    stays: np.ndarray
    flags: np.ndarray


class Filled(NamedTuple):
    """The same for every frame from the first key frame on.

    Attributes:
        rows: int [M], rising by 1.
        values: float64 [M, D]; NaN where the target is absent.
        flags: uint8 [M]; those of the key frame before, and `INTERPOLATED` between key frames;
            0 where the target is absent.
    """

    rows: np.ndarray
    values: np.ndarray
    flags: np.ndarray


def fill_in(keys: KeyFrames, n_frames: int, held: bool) -> Filled:
    """Takes what is between key frames from the line through them.

    Args:
        keys: At least one, all of them below `n_frames`.
        n_frames: Of the video.
        held: Whether a target that stays behind its last key frame stands still to the end; else
            nothing is known of it there. A target that does not stay is absent to the end.

    Returns:
        Rows from the first key frame to the end, or to the last key frame.
    """
    ends = n_frames if held or not keys.stays[-1] else keys.frames[-1] + 1
    rows = np.arange(keys.frames[0], ends)
    before = np.searchsorted(keys.frames, rows, side="right") - 1
    behind = np.minimum(before + 1, len(keys.frames) - 1)
    span = np.maximum(keys.frames[behind] - keys.frames[before], 1)
    share = ((rows - keys.frames[before]) / span)[:, None]
    values = (1 - share) * keys.values[before] + share * keys.values[behind]
    is_key = rows == keys.frames[before]
    seen = np.where(is_key, keys.visible[before], keys.stays[before])
    flags = np.where(is_key, keys.flags[before], keys.flags[before] | INTERPOLATED)
    values[~seen] = np.nan
    return Filled(rows, values, np.where(seen, flags, 0).astype(np.uint8))
