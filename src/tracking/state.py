"""What a track remembers from frame to frame, and where the next look goes."""

from typing import NamedTuple

import tensorflow as tf

from src.geometry.search_geometry import scale_factors
from src.parameters.design import Design
from src.parameters.hyperparams import Hyperparams
from src.parameters.network_arithmetic import score_sz, total_stride
from src.tracking.response import upsampling_matrix


class TrackState(NamedTuple):
    """All that tracks remember between frames.

    Attributes:
        centre_frame: float32 [N, 2], (x, y) of the targets' centres.
        target_sz: float32 [N, 2], (width, height) of the targets, frame pixels.
        first_sz: float32 [N, 2], the same in the first frame.
        template: Levels of the embedded exemplars, float32 [N, h, w, C] each; of a fused tracker
            several of them, see `src.tracking.fused_graph.Exemplars`.
        first_peak: float32 [N], score of the target in the frame it was shown in.
        evidence: float32 [N, 2], smoothed; see `src.tracking.response`.
        lost: bool [N], whether the target is taken for gone.
        misjudged: float32 [N, 4], how the first look took the target it was shown: its centre's
            (x, y) in true sizes, and the logarithms of its width and height in true ones.
    """

    centre_frame: tf.Tensor
    target_sz: tf.Tensor
    first_sz: tf.Tensor
    template: tuple[tf.Tensor, ...]
    first_peak: tf.Tensor
    evidence: tf.Tensor
    lost: tf.Tensor
    misjudged: tf.Tensor


def begin(
    centre_frame: tf.Tensor, target_sz: tf.Tensor, template: tuple[tf.Tensor, ...]
) -> TrackState:
    """The state of targets [N] that nobody has looked for yet."""
    none = tf.zeros_like(target_sz)
    none_of_each = none[:, 0]
    misjudged = tf.concat([none, none], axis=1)
    return TrackState(
        *(centre_frame, target_sz, target_sz, template),
        *(none_of_each, none, none_of_each > 0, misjudged),
    )


class Sighting(NamedTuple):
    """The best of one look, before anybody believes it.

    Attributes:
        factor: float32 [N], the winning scale.
        disp_frame: float32 [N, 2], from the search area's centre, frame pixels.
        score: float32 [N], peak of the winning response.
        sidelobe_ratio: float32 [N], see `src.tracking.response.peak_to_sidelobe`.
        response: float32 [N, r, r], windowed.
        side_frame: float32 [N], side of the winning search area, frame pixels.
        misjudged: float32 [N, 4], how it takes the targets; see `TrackState`, where it matters in
            the frame that they are shown in.
        newest: Levels of a template of the targets as they look now, [N, h, w, C] each; empty where
            an exemplar crop is embedded for it.
    """

    factor: tf.Tensor
    disp_frame: tf.Tensor
    score: tf.Tensor
    sidelobe_ratio: tf.Tensor
    response: tf.Tensor
    side_frame: tf.Tensor
    misjudged: tf.Tensor
    newest: tuple[tf.Tensor, ...] = ()


class ScoreMaps(NamedTuple):
    """What the network says of the search areas of N targets at S scales.

    Attributes:
        score: float32 [N, S, n, n], logits.
        responses: float32 [N, S, r, r], the same upsampled.
    """

    score: tf.Tensor
    responses: tf.Tensor


class Found(NamedTuple):
    """What one update found; see `src.tracking.tracker.TrackResult`.

    Attributes:
        box_ltwh: float32 [N, 4], frame pixels.
        score: float32 [N], peak of the winning response, a logit.
        response: float32 [N, r, r], the windowed response.
        search_box_ltwh: float32 [N, 4], the winning search area, frame pixels.
        confidence: float32 [N], 0...1.
        lost: bool [N].
        evidence: float32 [N, 2], what the confidence is computed from.
    """

    box_ltwh: tf.Tensor
    score: tf.Tensor
    response: tf.Tensor
    search_box_ltwh: tf.Tensor
    confidence: tf.Tensor
    lost: tf.Tensor
    evidence: tf.Tensor


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
