"""SiamFC's look: the highest peak of the score maps of a search area at several scales."""

from typing import NamedTuple

import tensorflow as tf

from src.geometry.search_geometry import disp_crop_to_frame, disp_response_to_crop, scale_factors
from src.network.siamese import SiameseNetwork
from src.network.types import Levels
from src.parameters.design import Design
from src.parameters.hyperparams import Hyperparams
from src.parameters.network_arithmetic import total_stride
from src.tracking.areas import shown_side
from src.tracking.look import SearchPlan, Sighting
from src.tracking.response import WINDOWINGS, find_peak, sidelobe_ratio, upsample
from src.tracking.state import Template, TrackState


class ScoreMaps(NamedTuple):
    """What the network says of the search areas of N targets at S scales.

    Attributes:
        score: float32 [N, S, n, n], logits.
        responses: float32 [N, S, r, r], the same upsampled.
    """

    score: tf.Tensor
    responses: tf.Tensor


class SiamFCLook:
    """Finds each target's scale and place; see `src.tracking.look.Look`.

    A rolling template is CFNet's baseline.
    """

    cuts_out = False

    def __init__(self, network: SiameseNetwork, design: Design, hp: Hyperparams):
        """Takes a built network with its weights, and the tracker's hyper-parameters."""
        self.network, self.design, self.hp = network, design, hp
        self.exemplar_scales = tf.constant([1.0])
        scales = scale_factors(hp.scale_num, hp.scale_step, hp.scale_span)
        self.search_scales = tf.constant(scales, tf.float32)

    def embed(self, exemplar: Levels) -> Template:
        """Templates of one crop a target; see `Look.embed`."""
        return whole_template(exemplar)

    def compare(
        self, template: Template, search: Levels, plan: SearchPlan, told: tf.Tensor | None = None
    ) -> ScoreMaps:
        """Compares every template with its search areas at all scales; see `Look.compare`."""
        scales, cells = len(plan.scales), plan.upsampling.shape[1]
        templates = tuple(tf.repeat(level, scales, axis=0) for level in template.rolling)
        score = self.network.compare(templates, search, training=False)["score"]
        score = tf.reshape(score, [-1, scales, cells, cells])
        if told is not None:
            score += self.hp.filter_weight * told
        return ScoreMaps(score, upsample(score, plan.upsampling))

    def choose(
        self, maps: ScoreMaps, state: TrackState, frame_wh: tf.Tensor, plan: SearchPlan
    ) -> Sighting:
        """Finds each target's scale, then its place; see `Look.choose`."""
        windowing = WINDOWINGS[self.design.windowing]
        peak = find_peak(maps.responses, windowing, self.hp.scale_penalty, plan.window_influence)
        sides = shown_side(state.target_sz, self.design, plan.crop_sz)[:, None] * plan.scales
        side_frame = tf.gather(sides, peak.scale, axis=1, batch_dims=1)
        disp_crop = disp_response_to_crop(
            peak.disp_response, self.hp.response_up, total_stride(self.design)
        )
        growth = tf.gather(plan.scales, peak.scale)[:, None] - 1
        disp_frame = disp_crop_to_frame(disp_crop, side_frame[:, None], plan.crop_sz)
        return Sighting(
            1 + self.hp.scale_lr * growth,
            _within_frame(disp_frame, state.centre_frame, frame_wh),
            peak.score,
            sidelobe_ratio(tf.gather(maps.score, peak.scale, axis=1, batch_dims=1), self.design),
            peak.response,
            side_frame,
            scale=peak.scale,
        )


def whole_template(exemplar: Levels) -> Template:
    """Templates that are the embedded exemplar crops [N, t, t, C] themselves."""
    # a rolling average in bfloat16 would stand still: its steps are coarser than z_lr
    return Template((), tuple(tf.cast(level, tf.float32) for level in exemplar))


def _within_frame(disp_frame: tf.Tensor, centre_frame: tf.Tensor, frame_wh: tf.Tensor) -> tf.Tensor:
    """Displacements [N, 2] that leave no centre outside the frame, as in pysot's trackers."""
    centre = centre_frame + disp_frame
    nearest = tf.clip_by_value(centre, 0.0, frame_wh)
    return tf.where(centre == nearest, disp_frame, nearest - centre_frame)
