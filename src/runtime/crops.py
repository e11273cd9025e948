"""Square crops of a frame by NumPy, as `src.video.crops` cuts them by TensorFlow."""

from typing import NamedTuple

import numpy as np


class Samples(NamedTuple):
    """Where the pixels of a crop lie along one axis of a frame.

    Attributes:
        shown: Which pixels of the crop show the frame; the others lie beyond it.
        low: int [k], index of the frame's pixel before each sample.
        high: int [k], of the one behind it.
        weight: float32 [k], share of the latter.
    """

    shown: slice
    low: np.ndarray
    high: np.ndarray
    weight: np.ndarray


def mean_colour(frame: np.ndarray) -> np.ndarray:
    """Mean colour of a frame uint8 [H, W, 3]: float32 [3]."""
    # whole rows first: over axes (0, 1) takes several times as long
    columns = frame.reshape(len(frame), -1).sum(axis=0, dtype=np.uint32)
    return (columns.reshape(-1, 3).sum(axis=0) / (frame.shape[0] * frame.shape[1])).astype(
        np.float32
    )


def cut_out(
    frame: np.ndarray, areas: np.ndarray, crop_sz: int, pad_with_image_mean: bool
) -> np.ndarray:
    """Cuts areas out of a frame and resizes them bilinearly; see `src.video.crops.crop`.

    Args:
        frame: uint8 [H, W, 3].
        areas: float32 [S, 3], (x, y) of centres, and sides; frame pixels.
        crop_sz: Side of the crops, pixels.
        pad_with_image_mean: Whether the frame's mean colour lies outside it, or else black.

    Returns:
        float32 [S, crop_sz, crop_sz, 3], 0...255.
    """
    crops = np.empty([len(areas), crop_sz, crop_sz, 3], np.float32)
    height, width = frame.shape[:2]
    fill = None
    for crop, (x, y, side) in zip(crops, areas, strict=True):
        columns, rows = _samples(x, side, width, crop_sz), _samples(y, side, height, crop_sz)
        if len(columns.low) < crop_sz or len(rows.low) < crop_sz:
            if fill is None:
                fill = mean_colour(frame) if pad_with_image_mean else np.zeros(3, np.float32)
            crop[:] = fill
        if len(columns.low) and len(rows.low):
            crop[rows.shown, columns.shown] = _interpolated(frame, rows, columns)
    return crops


def _samples(centre: np.float32, side: np.float32, size: int, crop_sz: int) -> Samples:
    """Samples of one axis of a frame of `size` pixels.

    In float32, step by step as TensorFlow computes them: whether the outermost sample still lies in
    the frame hangs on the last digit.
    """
    out, steps = np.float32(crop_sz), np.float32(max(size - 1, 1))
    pixel = side / out
    first = centre - side / np.float32(2) + pixel / np.float32(2) - np.float32(0.5)
    last = first + pixel * (out - np.float32(1))
    begin, end = first / steps, last / steps
    reach = np.float32(size - 1)
    step = (end - begin) * reach / (out - np.float32(1))
    places = begin * reach + np.arange(crop_sz, dtype=np.float32) * step
    inside = np.flatnonzero((places >= 0) & (places <= reach))
    if not len(inside):
        return Samples(slice(0), inside, inside, places[inside])
    shown = slice(inside[0], inside[-1] + 1)
    low = np.floor(places[shown])
    high = np.ceil(places[shown]).astype(np.intp)
    return Samples(shown, low.astype(np.intp), high, places[shown] - low)


def _interpolated(frame: np.ndarray, rows: Samples, columns: Samples) -> np.ndarray:
    """Pixels float32 [k, l, 3] at rows [k] and columns [l]: first between rows, then columns."""
    top, left = rows.low[0], columns.low[0]
    part = frame[top : rows.high[-1] + 1, left : columns.high[-1] + 1]
    part = part.reshape(len(part), -1).astype(np.float32)
    between = _blend(part, rows.low - top, rows.high - top, rows.weight[:, None], 0)
    low, high = (
        (3 * (index - left)[:, None] + np.arange(3)).ravel()
        for index in (columns.low, columns.high)
    )
    pixels = _blend(between, low, high, np.repeat(columns.weight, 3), 1)
    return pixels.reshape(len(pixels), -1, 3)


def _blend(
    values: np.ndarray, low: np.ndarray, high: np.ndarray, weight: np.ndarray, axis: int
) -> np.ndarray:
    """What lies between two choices of rows (0) or columns (1) of a matrix."""
    before, behind = values.take(low, axis), values.take(high, axis)
    behind -= before
    behind *= weight
    behind += before
    return behind
