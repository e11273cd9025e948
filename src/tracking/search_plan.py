"""Where an update looks: around the target at some scales, or far around a lost one."""

from typing import NamedTuple

import tensorflow as tf

from src.geometry.search_geometry import scale_factors
from src.parameters.design import Design
from src.parameters.hyperparams import Hyperparams
from src.parameters.network_arithmetic import score_sz, total_stride
from src.tracking.response import upsampling_matrix


class SearchPlan(NamedTuple):
    """One way to look.

    Attributes:
        scales: float32 [S], factors on the side of the area; the middle one is 1.
        crop_sz: Side of the search crop, pixels.
        upsampling: float32 [r, n], from score map to response.
        window_influence: Share of the window in the response.
    """

    scales: tf.Tensor
    crop_sz: int
    upsampling: tf.Tensor
    window_influence: float


def near_plan(design: Design, hp: Hyperparams) -> SearchPlan:
    """All scales, a search area as in training, and the window of the parameters."""
    return SearchPlan(
        tf.constant(scale_factors(hp.scale_num, hp.scale_step, hp.scale_span), tf.float32),
        design.search_sz,
        tf.constant(upsampling_matrix(score_sz(design), hp.response_up)),
        hp.window_influence,
    )


def wide_plan(design: Design, hp: Hyperparams) -> SearchPlan:
    """One scale, an area `hp.lost_search_growth` times as wide, and no window.

    The crop grows with the area, so that the target keeps its size in it; it grows by whole cells
    on all sides, so that its middle stays that of the score map.
    """
    stride = total_stride(design)
    more_cells = round((hp.lost_search_growth - 1) * design.search_sz / (2 * stride))
    return SearchPlan(
        tf.constant([1.0]),
        design.search_sz + 2 * stride * more_cells,
        tf.constant(upsampling_matrix(score_sz(design) + 2 * more_cells, hp.response_up)),
        0.0,
    )
