"""From score maps to a place, and how sure it is."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from src.parameters.design import Design
from src.parameters.network_arithmetic import score_sz, total_stride

BICUBIC_A = -0.75  # the kernel of TensorFlow 1's resize_bicubic, which torrvision/siamfc-tf used


def upsampling_matrix(cells: int, response_up: int) -> np.ndarray:
    """Weights that upsample one axis bicubically with the corners aligned.

    Cell k lands exactly on element `k * response_up`; cells beyond the border repeat the outermost.

    Args:
        cells: Cells of the score map's axis.
        response_up: Steps between neighbouring cells.

    Returns:
        float32 [response_up * (cells - 1) + 1, cells].
    """
    positions = np.arange(response_up * (cells - 1) + 1) / response_up
    matrix = np.zeros((len(positions), cells))
    for tap in range(-1, 3):
        cell = np.floor(positions).astype(int) + tap
        weight = _bicubic(np.abs(positions - cell))
        np.add.at(matrix, (np.arange(len(positions)), np.clip(cell, 0, cells - 1)), weight)
    return matrix.astype(np.float32)


def _bicubic(distance: np.ndarray) -> np.ndarray:
    """Keys' cubic convolution kernel at distances >= 0."""
    near = ((BICUBIC_A + 2) * distance - (BICUBIC_A + 3)) * distance**2 + 1
    far = BICUBIC_A * (((distance - 5) * distance + 8) * distance - 4)
    return np.where(distance <= 1, near, np.where(distance < 2, far, 0.0))


def upsample(score: tf.Tensor, matrix: tf.Tensor) -> tf.Tensor:
    """Upsamples score maps [..., n, n] to responses [..., r, r] by the matrix [r, n], both axes."""
    return tf.einsum("rn,...nm,qm->...rq", matrix, score, matrix)


def _cosine(response_sz: int) -> np.ndarray:
    """Cosine (Hann) window."""
    axis = np.hanning(response_sz)
    return np.outer(axis, axis)


def _uniform(response_sz: int) -> np.ndarray:
    """The same weight everywhere: large displacements cost nothing."""
    return np.ones((response_sz, response_sz))


class Windowing(NamedTuple):
    """How a response is weighed against a window.

    Attributes:
        window: From the size of a response to its window, not normalised.
        reduce: What becomes 1 in both: the sum (SiamFC 2016), or the maximum, which leaves a
            response that is high everywhere its share. [N, r, r] -> [N, 1, 1].
    """

    window: Callable[[int], np.ndarray]
    reduce: Callable[[tf.Tensor], tf.Tensor]


def _sum(maps: tf.Tensor) -> tf.Tensor:
    return tf.reduce_sum(maps, axis=(1, 2), keepdims=True)


def _maximum(maps: tf.Tensor) -> tf.Tensor:
    return tf.reduce_max(maps, axis=(1, 2), keepdims=True)


WINDOWINGS = {
    "cosine_sum": Windowing(_cosine, _sum),
    "cosine": Windowing(_cosine, _maximum),
    "uniform": Windowing(_uniform, _sum),
}


class Peak(NamedTuple):
    """Where N targets are, before that is put into frame pixels.

    Attributes:
        scale: int32 [N], index of the winning scale.
        score: float32 [N], the highest value of the winning response, before the window.
        disp_response: float32 [N, 2], (x, y) of the peak from the response's middle, its cells.
        response: float32 [N, r, r], the winning response, normalised and windowed.
    """

    scale: tf.Tensor
    score: tf.Tensor
    disp_response: tf.Tensor
    response: tf.Tensor


def find_peak(
    responses: tf.Tensor, windowing: Windowing, scale_penalty: float, window_influence: float
) -> Peak:
    """Chooses the scale, then the place.

    Args:
        responses: float32 [N, S, r, r], one for each scale; the middle one keeps the size.
        windowing: A row of `WINDOWINGS`.
        scale_penalty: Factor on the peaks of the other scales, at most 1. It lowers a negative
            peak too.
        window_influence: Share of the window in the final response, 0...1.

    Returns:
        The peaks. A flat response leaves its target where it is.
    """
    peaks = tf.reduce_max(responses, axis=(2, 3))
    scale = tf.argmax(penalised(peaks, scale_penalty), axis=1, output_type=tf.int32)
    window = tf.constant(windowing.window(responses.shape[2])[None], tf.float32)
    window /= windowing.reduce(window)
    response = tf.gather(responses, scale, axis=1, batch_dims=1)
    response -= tf.reduce_min(response, axis=(1, 2), keepdims=True)
    response = tf.math.divide_no_nan(response, windowing.reduce(response))
    response = (1 - window_influence) * response + window_influence * window
    score = tf.gather(peaks, scale, axis=1, batch_dims=1)
    return Peak(scale, score, _disp_of_maximum(response), response)


def penalised(values: tf.Tensor, scale_penalty: float) -> tf.Tensor:
    """Values [N, S, ...] of scales, all but the middle one lowered; see `find_peak`."""
    scales = values.shape[1]
    changed = (np.arange(scales) != scales // 2).reshape(-1, *(1,) * (values.shape.rank - 2))
    return values - tf.constant(changed, tf.float32) * (1 - scale_penalty) * tf.abs(values)


def _disp_of_maximum(response: tf.Tensor) -> tf.Tensor:
    """(x, y) of the maximum from the middle of each map [N, r, r], cells; (0, 0) if it is flat."""
    response_sz = response.shape[1]
    values = tf.reshape(response, [-1, response_sz**2])
    index = tf.argmax(values, axis=1, output_type=tf.int32)
    place = tf.stack([index % response_sz, index // response_sz], axis=1)
    disp = tf.cast(place, tf.float32) - (response_sz - 1) / 2
    flat = tf.reduce_max(values, axis=1) <= tf.reduce_min(values, axis=1)
    return tf.where(flat[:, None], 0.0, disp)


SMOOTHING = 0.5  # share of the newest evidence; a single blurred frame loses no target
_TINY = 1e-6


def smoothed(before: tf.Tensor, newest: tf.Tensor) -> tf.Tensor:
    """Running average of the evidence: float32 [N, k] each."""
    return before + SMOOTHING * (newest - before)


def peak_to_sidelobe(score: tf.Tensor, radius: float, reach: float) -> tf.Tensor:
    """Height of the peak above its surroundings, in standard deviations of these.

    They are all cells further than `radius` from the peak in x or y (Bolme et al., Visual object
    tracking using adaptive correlation filters, CVPR 2010, section 3.5), and not further than
    `reach`, so that maps of different sizes give the same ratio.

    Args:
        score: float32 [N, n, n].
        radius: Half the side of the peak's square, cells.
        reach: Half the side of the surroundings, cells.

    Returns:
        float32 [N]; 0 for a flat map or one without a rest.
    """
    cells = score.shape[-1]
    flat = tf.reshape(score, [-1, cells * cells])
    place = tf.argmax(flat, axis=1, output_type=tf.int32)
    row, column = (tf.cast(part, tf.float32) for part in (place // cells, place % cells))
    axis = tf.range(cells, dtype=tf.float32)
    away = tf.maximum(
        tf.abs(axis[None] - row[:, None])[:, :, None],
        tf.abs(axis[None] - column[:, None])[:, None, :],
    )
    rest = tf.cast((away > radius) & (away <= reach), tf.float32)
    count = tf.maximum(tf.reduce_sum(rest, axis=(1, 2)), 1.0)
    mean = tf.reduce_sum(rest * score, axis=(1, 2)) / count
    spread = tf.sqrt(tf.reduce_sum(rest * (score - mean[:, None, None]) ** 2, axis=(1, 2)) / count)
    height = tf.reduce_max(flat, axis=1) - mean
    return tf.where(spread > _TINY, height / tf.maximum(spread, _TINY), 0.0)


def sidelobe_ratio(score: tf.Tensor, design: Design) -> tf.Tensor:
    """How the peaks of score maps stand out of the usual search's surroundings.

    Args:
        score: float32 [N, n, n], of a search area of any size.
        design: Sizes.

    Returns:
        float32 [N]; see `peak_to_sidelobe`.
    """
    # the exemplar area around the peak is the target's own; a usual map reaches from its middle
    radius = design.exemplar_sz / 2 / total_stride(design)
    return peak_to_sidelobe(score, radius, (score_sz(design) - 1) / 2)


def confidence(evidence: tf.Tensor, calibration: tuple[float, ...]) -> tf.Tensor:
    """The chance that a box lies on its target.

    Args:
        evidence: float32 [N, k].
        calibration: `hyperparams.confidence`, offset first; a factor without evidence or evidence
            without a factor does not count.

    Returns:
        float32 [N], 0...1.
    """
    offset, *factors = calibration
    known = tf.unstack(evidence, axis=1)
    return tf.sigmoid(offset + sum(one * by for one, by in zip(known, factors, strict=False)))


def is_lost(
    was_lost: tf.Tensor, sure: tf.Tensor, lost_below: float, found_above: float
) -> tf.Tensor:
    """Hysteresis: lost below the lower bound, found again only above the higher one.

    Args:
        was_lost: bool [N], before this update.
        sure: float32 [N], confidence of this update.
        lost_below: Below it a target is lost.
        found_above: Above it a lost one is found again; at least `lost_below`.

    Returns:
        bool [N].
    """
    return tf.where(was_lost, sure <= found_above, sure < lost_below)
