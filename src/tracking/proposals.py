"""From the boxes that a head proposes to the one that is believed (SiamRPN, 4.3)."""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from src.geometry.search_geometry import exemplar_side
from src.network.box_coding import Proposals, best_of_cell
from src.parameters.design import Design
from src.parameters.hyperparams import Hyperparams
from src.tracking.areas import shown_side
from src.tracking.look import SearchPlan, Sighting
from src.tracking.response import WINDOWINGS, sidelobe_ratio
from src.tracking.state import TrackState

MAX_BIAS = 0.7  # a box beyond half or twice the true one is no habit but a mistake


class BestProposal(NamedTuple):
    """The best proposal of each search area.

    Attributes:
        logit: float32 [N].
        centre_crop: float32 [N, 2].
        size_crop: float32 [N, 2].
        trust: float32 [N], likeness times penalty, 0...1: how much of the size is believed.
        response: float32 [N, n, n], the best of each cell, penalised and windowed.
    """

    logit: tf.Tensor
    centre_crop: tf.Tensor
    size_crop: tf.Tensor
    trust: tf.Tensor
    response: tf.Tensor


def blend(proposals: Proposals, cosine: tf.Tensor, share: float) -> Proposals:
    """Gives the cosine a say in how much proposals resemble the target.

    Args:
        proposals: Of N search areas.
        cosine: float32 [N, n, n, 1], of the cells.
        share: Of the cosine, 0...1. Between its lowest and its highest value on the map it counts
            from 0 to 1, squared: most of a map is middling.

    Returns:
        The proposals with another likeness.
    """
    lowest, highest = (
        reduce(cosine, axis=(1, 2, 3), keepdims=True) for reduce in (tf.reduce_min, tf.reduce_max)
    )
    height = tf.math.divide_no_nan(cosine - lowest, highest - lowest) ** 2
    cells = cosine.shape[1] * cosine.shape[2]
    kinds = proposals.likeness.shape[1] // cells
    height = tf.repeat(tf.reshape(height, [-1, cells]), kinds, axis=1)
    return proposals._replace(likeness=(1 - share) * proposals.likeness + share * height)


def correct(proposals: Proposals, first_frame_bias: tf.Tensor) -> Proposals:
    """Takes back by how much boxes are known to be wrong.

    Args:
        proposals: Of N search areas.
        first_frame_bias: float32 [N, 4], shift (x, y) in true sizes, and logarithms of the growth.

    Returns:
        The proposals with other boxes.
    """
    shift, growth = first_frame_bias[:, None, :2], first_frame_bias[:, None, 2:]
    size = proposals.size_crop * tf.exp(-growth)
    return proposals._replace(centre_crop=proposals.centre_crop - shift * size, size_crop=size)


def pick(
    proposals: Proposals,
    target_sz_crop: tf.Tensor,
    window: np.ndarray,
    window_influence: float,
    penalty_k: float,
) -> BestProposal:
    """Picks the likeliest box that is near and of about the known size and shape.

    Args:
        proposals: Of N search areas.
        target_sz_crop: float32 [N, 2], (width, height) of the targets, crop pixels.
        window: float [n, n], 0...1, for every cell.
        window_influence: Share of the window, 0...1.
        penalty_k: How much a change of size and shape costs.

    Returns:
        The best of each.
    """
    cells, size = len(window), proposals.size_crop
    kinds = size.shape[1] // cells**2
    trust = proposals.likeness * _penalty(size, target_sz_crop[:, None], penalty_k)
    weights = tf.constant(np.repeat(window.reshape(-1), kinds), tf.float32)
    response = (1 - window_influence) * trust + window_influence * weights
    best = tf.argmax(response, axis=1, output_type=tf.int32)
    return BestProposal(
        *(
            tf.gather(values, best, axis=1, batch_dims=1)
            for values in (proposals.logit, proposals.centre_crop, size, trust)
        ),
        best_of_cell(response, cells),
    )


def _penalty(size: tf.Tensor, target_sz: tf.Tensor, penalty_k: float) -> tf.Tensor:
    """exp(-(r s - 1) k) of the changes r of the shape and s of the size: [N, A], 1 for neither."""
    shape_change = _change((size[..., 0] / size[..., 1]) / (target_sz[..., 0] / target_sz[..., 1]))
    size_change = _change(_padded_side(size) / _padded_side(target_sz))
    return tf.exp(-penalty_k * (shape_change * size_change - 1))


def _change(ratio: tf.Tensor) -> tf.Tensor:
    """A ratio or its inverse, whichever is larger."""
    return tf.maximum(ratio, 1 / ratio)


def _padded_side(size: tf.Tensor) -> tf.Tensor:
    """One number for the size of boxes [..., 2], with their context (SiamRPN, section 4.3)."""
    return exemplar_side(size[..., 0], size[..., 1], context=0.5)


def pixel_of(state: TrackState, design: Design, plan: SearchPlan) -> tf.Tensor:
    """What a pixel of the search crops is in the frame's: float32 [N, 1]."""
    return shown_side(state.target_sz, design, plan.crop_sz)[:, None] / plan.crop_sz


def likeliest(
    proposals: Proposals, state: TrackState, design: Design, hp: Hyperparams, plan: SearchPlan
) -> BestProposal:
    """Each target's best proposal, after what the first frame has shown to be wrong.

    Args:
        proposals: Of N search areas.
        state: Of their targets.
        design: Windowing and sizes.
        hp: `first_look` and `penalty_k`.
        plan: How it was looked.
    """
    window = WINDOWINGS[design.windowing].window(plan.upsampling.shape[1])
    proposals = correct(proposals, hp.first_look * state.first_frame_bias)
    target_crop = state.target_sz / pixel_of(state, design, plan)
    return pick(proposals, target_crop, window, plan.window_influence, hp.penalty_k)


def sighting_of(
    best: BestProposal,
    proposals: Proposals,
    state: TrackState,
    size_frame: tf.Tensor,
    frame_wh: tf.Tensor,
    design: Design,
    hp: Hyperparams,
    plan: SearchPlan,
) -> Sighting:
    """The best proposals with smoothed sizes, both clipped to the frame.

    Args:
        best: Of N search areas.
        proposals: Of which they are the best.
        state: Of the targets.
        size_frame: float32 [N, 2], smoothed (width, height), frame pixels.
        frame_wh: float32 [2], (width, height) of the frame.
        design: Sizes.
        hp: `min_side`.
        plan: How it was looked.
    """
    pixel = pixel_of(state, design, plan)
    centre_frame = state.centre_frame + best.centre_crop * pixel
    # pysot's 10 pixels are too many for a target that is shown smaller
    smallest = tf.minimum(hp.min_side, state.first_sz / 2)
    size_frame = tf.maximum(tf.minimum(size_frame, frame_wh), smallest)
    return Sighting(
        size_frame / state.target_sz,
        tf.clip_by_value(centre_frame, 0.0, frame_wh) - state.centre_frame,
        best.logit,
        sidelobe_ratio(best_of_cell(proposals.logit, plan.upsampling.shape[1]), design),
        best.response,
        pixel[:, 0] * plan.crop_sz,
        _bias(best, state.target_sz / pixel),
    )


def _bias(best: BestProposal, target_crop: tf.Tensor) -> tf.Tensor:
    """How targets of known (width, height) [N, 2] in the crop's middle are taken: [N, 4]."""
    growth = tf.math.log(best.size_crop / target_crop)
    wrong = tf.concat([best.centre_crop / target_crop, growth], axis=1)
    return tf.clip_by_value(wrong, -MAX_BIAS, MAX_BIAS)
