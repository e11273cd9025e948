"""From the outputs of a region proposal head to the one box that is believed (SiamRPN, 4.3)."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from src.geometry.search_geometry import exemplar_side
from src.network.box_coding import BOX_CODINGS, Proposals, best_of_cell
from src.parameters.network_arithmetic import total_stride
from src.tracking.response import WINDOWINGS, peak_to_sidelobe
from src.tracking.siamfc_graph import SiamFCGraph
from src.tracking.state import SearchPlan, Sighting, TrackState


class Choice(NamedTuple):
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


def correct(proposals: Proposals, misjudged: tf.Tensor) -> Proposals:
    """Takes back by how much boxes are known to be wrong.

    Args:
        proposals: Of N search areas.
        misjudged: float32 [N, 4], shift (x, y) in true sizes, and logarithms of the growth.

    Returns:
        The proposals with other boxes.
    """
    shift, growth = misjudged[:, None, :2], misjudged[:, None, 2:]
    size = proposals.size_crop * tf.exp(-growth)
    return proposals._replace(centre_crop=proposals.centre_crop - shift * size, size_crop=size)


def choose(
    proposals: Proposals,
    target_sz_crop: tf.Tensor,
    window: np.ndarray,
    window_influence: float,
    penalty_k: float,
) -> Choice:
    """Picks the likeliest box that is near and of about the known size and shape.

    Args:
        proposals: Of N search areas.
        target_sz_crop: float32 [N, 2], (width, height) of the targets, crop pixels.
        window: float [n, n], 0...1, for every cell.
        window_influence: Share of the window, 0...1.
        penalty_k: How much a change of size and shape costs.

    Returns:
        The choice.
    """
    cells, size = len(window), proposals.size_crop
    kinds = size.shape[1] // cells**2
    trust = proposals.likeness * _penalty(size, target_sz_crop[:, None], penalty_k)
    weights = tf.constant(np.repeat(window.reshape(-1), kinds), tf.float32)
    response = (1 - window_influence) * trust + window_influence * weights
    best = tf.argmax(response, axis=1, output_type=tf.int32)
    return Choice(
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


class Alignment(NamedTuple):
    """How a tracker places its crops.

    Attributes:
        place: From centres [N, 2] and sides [N, 1] of areas, frame pixels, to those of the areas
            that are cut out.
        first_shift: What is added to the (x, y) of the first box, pixels.
    """

    place: Callable[[tf.Tensor, tf.Tensor], tuple[tf.Tensor, tf.Tensor]]
    first_shift: float


def _anywhere(centre_frame: tf.Tensor, side_frame: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """The middle of a crop is the middle of its target."""
    return centre_frame, side_frame


def _whole_pixels(centre_frame: tf.Tensor, side_frame: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Sides are rounded, and left and top are cut to whole pixels (pysot's `get_subwindow`)."""
    side = tf.round(side_frame)
    return tf.floor(centre_frame - side / 2) + side / 2, side


# `design.crop_alignment` -> how; pysot measures the first centre at the middles of pixels
ALIGNMENTS = {"exact": Alignment(_anywhere, 0.0), "pixel": Alignment(_whole_pixels, -0.5)}


MIN_SIDE = 10.0  # smallest width and height, frame pixels (pysot's tracker)


MISJUDGED = 0.7  # a box beyond half or twice the true one is no habit but a mistake


class SiamRPNGraph(SiamFCGraph):
    """What `init` and `update` compute; see `SiamFCGraph` for both.

    `hp.window_influence`, `penalty_k` and `scale_lr` are pysot's WINDOW_INFLUENCE, PENALTY_K, LR.
    """

    def first(self, frame: tf.Tensor, box_ltwh: tf.Tensor) -> TrackState:
        """First state; see `SiamFCGraph.first`."""
        shift = tf.constant([1.0, 1.0, 0.0, 0.0]) * self._alignment.first_shift
        return super().first(frame, box_ltwh + shift)

    def compared(
        self, template: tuple[tf.Tensor, ...], search: tuple[tf.Tensor, ...], plan: SearchPlan
    ) -> Proposals:
        """What the network proposes; see `SiamFCGraph.compared`."""
        outputs = self.network.compare(template, search, training=False)
        return BOX_CODINGS[self.design.box_coding].read(
            outputs, self.design, plan.upsampling.shape[1]
        )

    def chosen(
        self, maps: Proposals, state: TrackState, frame_wh: tf.Tensor, plan: SearchPlan
    ) -> Sighting:
        """Believes each target's best proposal; see `SiamFCGraph.chosen`."""
        pixel = self._pixel(state, plan)
        choice = self._choice(maps, state, pixel, plan)
        share = (self.hp.scale_lr * choice.trust)[:, None]
        size_frame = (1 - share) * state.target_sz + share * choice.size_crop * pixel
        return self._sighting(maps, state, choice, size_frame, frame_wh, plan)

    def _pixel(self, state: TrackState, plan: SearchPlan) -> tf.Tensor:
        """What a pixel of the search crops is in the frame's: [N, 1]."""
        return self._shown_side(state.target_sz, plan.crop_sz)[:, None] / plan.crop_sz

    def _choice(
        self, proposals: Proposals, state: TrackState, pixel: tf.Tensor, plan: SearchPlan
    ) -> Choice:
        """Each target's best proposal, after what the first look has shown to be wrong."""
        window = WINDOWINGS[self.design.windowing].window(plan.upsampling.shape[1])
        proposals = correct(proposals, self.hp.first_look * state.misjudged)
        target_crop, influence = state.target_sz / pixel, plan.window_influence
        return choose(proposals, target_crop, window, influence, self.hp.penalty_k)

    def _sighting(
        self,
        proposals: Proposals,
        state: TrackState,
        choice: Choice,
        size_frame: tf.Tensor,
        frame_wh: tf.Tensor,
        plan: SearchPlan,
    ) -> Sighting:
        """The choice with a smoothed size [N, 2], both clipped to the frame."""
        pixel = self._pixel(state, plan)
        centre_frame = state.centre_frame + choice.centre_crop * pixel
        size_frame = tf.maximum(tf.minimum(size_frame, frame_wh), MIN_SIDE)
        return Sighting(
            size_frame / state.target_sz,
            tf.clip_by_value(centre_frame, 0.0, frame_wh) - state.centre_frame,
            choice.logit,
            self._sidelobe_ratio(proposals, plan),
            choice.response,
            pixel[:, 0] * plan.crop_sz,
            _misjudged(choice, state.target_sz / pixel),
        )

    @property
    def _alignment(self) -> Alignment:
        return ALIGNMENTS[self.design.crop_alignment]

    def _crop(
        self,
        frame: tf.Tensor,
        centre_frame: tf.Tensor,
        side_frame: tf.Tensor,
        crop_sz: int,
    ) -> tf.Tensor:
        """Square crops [N, crop_sz, crop_sz, 3] around N centres with sides [N, 1]."""
        centre_frame, side_frame = self._alignment.place(centre_frame, side_frame)
        return super()._crop(frame, centre_frame, side_frame, crop_sz)

    def _sidelobe_ratio(self, proposals: Proposals, plan: SearchPlan) -> tf.Tensor:
        """How the peak of the logits stands out; the target's own area is not beside it."""
        radius = self.design.exemplar_sz / 2 / total_stride(self.design)
        logits = best_of_cell(proposals.logit, plan.upsampling.shape[1])
        return peak_to_sidelobe(logits, radius, (self.near.upsampling.shape[1] - 1) / 2)

    def _damped_sz(self, state: TrackState, factor: tf.Tensor) -> tf.Tensor:
        """The targets' new (width, height): `factor` [N, 2] is smoothed, the limits are kept."""
        return tf.clip_by_value(
            state.target_sz * factor,
            self.hp.scale_min * state.first_sz,
            self.hp.scale_max * state.first_sz,
        )


def _misjudged(choice: Choice, target_crop: tf.Tensor) -> tf.Tensor:
    """How targets of known (width, height) [N, 2] in the crop's middle are taken: [N, 4]."""
    growth = tf.math.log(choice.size_crop / target_crop)
    wrong = tf.concat([choice.centre_crop / target_crop, growth], axis=1)
    return tf.clip_by_value(wrong, -MISJUDGED, MISJUDGED)
