"""What a training record is made of: the sizes of its patches, and the parameters they depend on.

A patch is the picture of a target's square surroundings, its centre exactly on the target's centre.
The search patch has room for shifting the search crop, the exemplar patch for surroundings of a
later network; both have the same number of patch pixels to a crop pixel, which differs between x
and y where `resize_width` and `resize_height` do.
"""

import numpy as np

from src.parameters.design import Design

SCHEMA_VERSION = 1
JPEG_QUALITY = 95
SEARCH_ROOM = 64  # crop pixels around the search crop, on every side
EXEMPLAR_ROOM = 8  # crop pixels around an exemplar of the search crop's size


def record_parameters(design: Design) -> dict[str, bool | int | float]:
    """The parameters that records depend on; others may change without making records anew."""
    return {
        "exemplar_sz": design.exemplar_sz,
        "search_sz": design.search_sz,
        "context": design.context,
        "pad_with_image_mean": design.pad_with_image_mean,
        "resize_width": design.resize_width,
        "resize_height": design.resize_height,
        "channel": design.channel,
        "quality": JPEG_QUALITY,
    }


def patch_pixels_per_crop_pixel(design: Design) -> np.ndarray:
    """Resolution of the patches in x and y, float64 [2]."""
    patch_wh = np.array([design.resize_width, design.resize_height], np.float64)
    return patch_wh / (design.search_sz + 2 * SEARCH_ROOM)


def search_patch_sz(design: Design) -> tuple[int, int]:
    """(height, width) of the search patch, pixels."""
    return design.resize_height, design.resize_width


def exemplar_patch_sz(design: Design) -> tuple[int, int]:
    """(height, width) of the exemplar patch, pixels, rounded."""
    shown = design.search_sz + 2 * EXEMPLAR_ROOM
    width, height = np.rint(shown * patch_pixels_per_crop_pixel(design)).astype(int).tolist()
    return height, width
