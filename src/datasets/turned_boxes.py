"""Boxes that a labeller turned: what upright box stands for them."""

import numpy as np

from src.geometry.region_to_bbox import region_to_box_ltwh


def turned_boxes_ltwh(
    boxes_ltwh: np.ndarray, degrees: np.ndarray, pivot: tuple[float, float]
) -> np.ndarray:
    """Turns boxes and takes the upright box of their corners, as of VOT's polygons.

    Args:
        boxes_ltwh: float64 [N, 4], before they are turned, pixels.
        degrees: float64 [N], clockwise on the screen.
        pivot: What stands still, in shares of width and height: (0.5, 0.5) is the centre.

    Returns:
        float64 [N, 4] ltwh; boxes of 0 degrees as they were.
    """
    turned = boxes_ltwh.copy()
    (moved,) = np.nonzero(degrees)
    if not moved.size:
        return turned
    boxes, angles = boxes_ltwh[moved], np.deg2rad(degrees[moved])[:, None]
    corners = np.array([(0, 0), (1, 0), (1, 1), (0, 1)]) - pivot
    across, down = (corners * boxes[:, None, 2:]).transpose(2, 0, 1)
    fixed = boxes[:, :2] + np.asarray(pivot) * boxes[:, 2:]
    x = fixed[:, :1] + across * np.cos(angles) - down * np.sin(angles)
    y = fixed[:, 1:] + across * np.sin(angles) + down * np.cos(angles)
    turned[moved] = region_to_box_ltwh(np.stack([x, y], axis=2).reshape(-1, 8))
    return turned
