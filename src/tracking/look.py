"""What a method is to the tracker: three functions, and what goes in and out of them."""

from typing import Any, NamedTuple, Protocol

import tensorflow as tf

from src.network.types import Levels
from src.parameters.design import Design
from src.parameters.hyperparams import Hyperparams
from src.parameters.network_arithmetic import score_sz, total_stride
from src.tracking.response import upsampling_matrix
from src.tracking.state import Template, TrackState


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


class Sighting(NamedTuple):
    """The best of one look, before anybody believes it.

    Attributes:
        factor: float32 [N, 2], on the targets' (width, height); [N, 1] where both change alike.
        disp_frame: float32 [N, 2], from the search area's centre, frame pixels.
        score: float32 [N], peak of the winning response.
        sidelobe_ratio: float32 [N], see `src.tracking.response.peak_to_sidelobe`.
        response: float32 [N, r, r], windowed.
        side_frame: float32 [N], side of the winning search area, frame pixels.
        bias: float32 [N, 4], how it takes the targets, which counts in the frame that they are
            shown in; see `TrackState.first_frame_bias`. None where a method has no use for it.
        newest: Levels of a template of the targets as they look now, [N, h, w, C] each; empty where
            an exemplar crop is embedded for it.
        scale: int32 [N], which of the search areas won; None where there is one.
        disp_crop: float32 [N, 2], as `disp_frame`, crop pixels; None without a filter.
        features: float32 [N, n, n, C], of the winning search area; None without a filter.
        filter_margin: float32 [N], see `OnlineFilter.margin_at`; None without a filter.
        filter_response: float32 [N, m, m], of the winning search area, see `OnlineFilter.response`;
            None without a filter.
    """

    factor: tf.Tensor
    disp_frame: tf.Tensor
    score: tf.Tensor
    sidelobe_ratio: tf.Tensor
    response: tf.Tensor
    side_frame: tf.Tensor
    bias: tf.Tensor | None = None
    newest: Levels = ()
    scale: tf.Tensor | None = None
    disp_crop: tf.Tensor | None = None
    features: tf.Tensor | None = None
    filter_margin: tf.Tensor | None = None
    filter_response: tf.Tensor | None = None

    @property
    def evidence(self) -> tf.Tensor:
        """What the confidence is computed from: float32 [N, 2], or [N, 3] with a filter."""
        known = (self.score, self.sidelobe_ratio, self.filter_margin)
        return tf.stack([part for part in known if part is not None], axis=1)


class Look(Protocol):
    """How a method finds targets; made from network, design and hyper-parameters.

    Attributes:
        exemplar_scales: float32 [S], of the exemplar crops of each target.
        search_scales: float32 [S], of the crops of the usual search.
        cuts_out: Whether `choose` cuts the newest template out of the search area; if not, an
            exemplar crop of the target is embedded for it.
    """

    exemplar_scales: tf.Tensor
    search_scales: tf.Tensor
    cuts_out: bool

    def embed(self, exemplar: Levels) -> Template:
        """Templates, in float32, from levels [N * S, t, t, C] of the exemplar crops."""

    def compare(
        self, template: Template, search: Levels, plan: SearchPlan, told: tf.Tensor | None = None
    ) -> Any:
        """What the network says of search areas, and the filter.

        Args:
            template: Of N targets.
            search: Levels [N * S, H, W, C], of the search crops.
            plan: Scales and upsampling.
            told: float32 [N, S, m, m], the filter's response; None without a filter.

        Returns:
            A structure of tensors, which only `choose` looks into.
        """

    def choose(
        self, maps: Any, state: TrackState, frame_wh: tf.Tensor, plan: SearchPlan
    ) -> Sighting:
        """The best of each target's search area.

        Args:
            maps: As `compare` gives them.
            state: Of N targets.
            frame_wh: float32 [2], (width, height) of the frame.
            plan: As for `compare`.
        """


def near_plan(design: Design, hp: Hyperparams, scales: tf.Tensor) -> SearchPlan:
    """The usual search: an area as in training, and the window of the parameters."""
    return SearchPlan(
        scales,
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


def by_scale(areas: tf.Tensor, plan: SearchPlan) -> tf.Tensor:
    """What is of search areas [N * S, ...] as [N, S, ...]."""
    return tf.reshape(areas, [-1, len(plan.scales), *areas.shape[1:]])


def that_won(areas: tf.Tensor, seen: Sighting) -> tf.Tensor:
    """Of what is of search areas [N, S, ...] that of the winning scale: [N, ...]."""
    if seen.scale is None:
        return tf.squeeze(areas, 1)
    return tf.gather(areas, seen.scale, axis=1, batch_dims=1)
