"""Quarter turns and mirrors, by which films and photographs tell how they are to be shown."""

import numpy as np


def turned(frame: np.ndarray, across: tuple[int, int], down: tuple[int, int]) -> np.ndarray:
    """Shows a frame by a quarter turn, a mirror, or both.

    Args:
        frame: [H, W, 3], as it is stored.
        across: The direction (right, down) in the shown frame of a step to the right in the
            stored one: one of (1, 0), (-1, 0), (0, 1), (0, -1).
        down: The same of a step downwards; at right angles to `across`.

    Returns:
        The frame as it is shown, [H, W, 3] or [W, H, 3], C-contiguous.
    """
    if across[0] == 0:
        frame, across, down = frame.transpose(1, 0, 2), down, across
    return np.ascontiguousarray(frame[:: down[1], :: across[0]])
