"""Where the tracker looks and how a peak of its response becomes a place in the frame.

Five frames of reference; a position carries the name of its frame:

| frame    | unit and origin |
|----------|-----------------|
| frame    | pixels of the image; pixel i covers [i, i + 1), so its centre lies at i + 0.5 |
| patch    | pixels of a stored training image, the same convention |
| crop     | pixels of the exemplar (127) or search crop (255), the same convention |
| score    | cells of the score map (17 or 33), counted from 0 at the middle of the first cell |
| response | cells of the upsampled score map (257), counted likewise |

Displacements (`disp_...`) are measured from the middle of a crop or map, so a target in the middle
has displacement 0 in every frame. Points are (x, y). The functions are plain arithmetic and take
floats, NumPy arrays and TensorFlow tensors alike.
"""

from typing import TypeVar

import numpy as np

Number = TypeVar("Number")


def exemplar_side(width: Number, height: Number, context: float) -> Number:
    """Side of the square exemplar area around a target (SiamFC paper, section 2.5).

    Args:
        width: Width of the target, frame pixels, > 0.
        height: Height of the target, frame pixels, > 0.
        context: Share of `width + height` that is added to each side; 0.5 in the paper.

    Returns:
        `sqrt((width + margin) * (height + margin))` with `margin = context * (width + height)`.
    """
    margin = context * (width + height)
    return ((width + margin) * (height + margin)) ** 0.5


def search_side(exemplar_side_frame: Number, exemplar_sz: int, search_sz: int) -> Number:
    """Side of the search area in frame pixels: the exemplar's resolution over a larger crop."""
    return exemplar_side_frame * (search_sz / exemplar_sz)


def scale_factors(scale_num: int, scale_step: float, scale_span: float) -> np.ndarray:
    """Factors by which the search area is scaled, smallest first; the middle one is exactly 1.

    Args:
        scale_num: How many; odd.
        scale_step: Ratio between neighbours when `scale_span` is (scale_num - 1) / 2.
        scale_span: Exponent of the outermost factors; 1 in the paper.

    Returns:
        float64 [scale_num]: `scale_step ** linspace(-scale_span, scale_span, scale_num)`.
    """
    exponents = np.linspace(-scale_span, scale_span, scale_num)
    exponents[scale_num // 2] = 0.0
    return scale_step**exponents


def disp_response_to_crop(disp_response: Number, response_up: int, tot_stride: int) -> Number:
    """Displacement on the upsampled response -> displacement in pixels of the search crop."""
    return disp_response * (tot_stride / response_up)


def disp_crop_to_frame(disp_crop: Number, search_side_frame: Number, search_sz: int) -> Number:
    """Displacement in the search crop -> in the frame.

    `search_side_frame` is the side of the area that this crop shows: the winning scale's, not the
    damped side that the next frame will use.
    """
    return disp_crop * (search_side_frame / search_sz)


def cell_displacements(cells: int, stride: float) -> np.ndarray:
    """Displacement of every cell of one axis of a map from the map's middle.

    Args:
        cells: Cells of the axis, odd.
        stride: Distance of neighbours; in crop pixels `tot_stride` for the score map.

    Returns:
        float64 [cells], antisymmetric about 0.
    """
    return (np.arange(cells) - (cells - 1) / 2) * stride


def cell_grid(cells: int, stride: float) -> np.ndarray:
    """Displacement (x, y) of every cell of a square map from the map's middle.

    Args:
        cells: Cells of a side, odd.
        stride: As for `cell_displacements`.

    Returns:
        float64 [cells, cells, 2]; element (i, j) is that of row i and column j.
    """
    axis = cell_displacements(cells, stride)
    return np.stack(np.meshgrid(axis, axis, indexing="xy"), axis=-1)
