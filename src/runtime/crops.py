"""Square crops of a frame by NumPy, as `src.video.crops` cuts them by TensorFlow."""

from typing import NamedTuple

import numpy as np

_BLOCK = 25_000  # numbers that are interpolated at a time


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
    crops = np.empty([len(areas), crop_sz, 3 * crop_sz], np.float32)
    height, width = frame.shape[:2]
    fill = None
    for crop, (x, y, side) in zip(crops, areas, strict=True):
        columns, rows = _samples(x, side, width, crop_sz), _samples(y, side, height, crop_sz)
        if len(columns.low) < crop_sz or len(rows.low) < crop_sz:
            if fill is None:
                fill = mean_colour(frame) if pad_with_image_mean else np.zeros(3, np.float32)
            crop[:] = np.tile(fill, crop_sz)
        if len(columns.low) and len(rows.low):
            begin, end = 3 * columns.shown.start, 3 * columns.shown.stop
            _interpolate(frame, rows, columns, crop[rows.shown, begin:end])
    return crops.reshape(-1, crop_sz, crop_sz, 3)


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


def _interpolate(frame: np.ndarray, rows: Samples, columns: Samples, pixels: np.ndarray) -> None:
    """Fills pixels float32 [k, 3 l] at rows [k] and columns [l]: between rows, then columns.

    Some rows at a time: what is small enough stays in the processor's cache, and the system is not
    asked for new memory, which took three quarters of the time.
    """
    top, left = rows.low[0], columns.low[0]
    part = frame[top : rows.high[-1] + 1, left : columns.high[-1] + 1]
    lines = np.ascontiguousarray(part).reshape(len(part), -1)
    low, high = (
        (3 * (index - left)[:, None] + np.arange(3)).ravel()
        for index in (columns.low, columns.high)
    )
    weight, row_weight = np.repeat(columns.weight, 3), rows.weight[:, None]
    step = max(1, _BLOCK // max(lines.shape[1], pixels.shape[1]))
    for first in range(0, len(pixels), step):
        some = slice(first, first + step)
        between = _blend(
            *(lines[index[some] - top].astype(np.float32) for index in (rows.low, rows.high)),
            row_weight[some],
        )
        pixels[some] = _blend(between.take(low, 1), between.take(high, 1), weight)


def _blend(before: np.ndarray, behind: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """What lies between, in place of the second."""
    behind -= before
    behind *= weight
    behind += before
    return behind
