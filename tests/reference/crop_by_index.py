"""Crops by visiting every output pixel: slow, and written without looking at the fast one."""

import math

import numpy as np


def crop_by_index(image, centre_xy, side_wh, out_hw, fill):
    height, width = image.shape[:2]
    out = np.zeros((*out_hw, 3))
    for i in range(out_hw[0]):
        for j in range(out_hw[1]):
            x = centre_xy[0] + side_wh[0] * ((j + 0.5) / out_hw[1] - 0.5) - 0.5
            y = centre_xy[1] + side_wh[1] * ((i + 0.5) / out_hw[0] - 0.5) - 0.5
            if not (0 <= x <= width - 1 and 0 <= y <= height - 1):
                out[i, j] = fill
                continue
            left, top = min(math.floor(x), width - 2), min(math.floor(y), height - 2)
            dx, dy = x - left, y - top
            out[i, j] = (
                (1 - dy) * (1 - dx) * image[top, left]
                + (1 - dy) * dx * image[top, left + 1]
                + dy * (1 - dx) * image[top + 1, left]
                + dy * dx * image[top + 1, left + 1]
            )
    return out
