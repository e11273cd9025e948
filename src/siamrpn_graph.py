"""SiamRPN's arithmetic from frame to boxes: one look gives a box of any shape, from anchors.

State, template, confidence and the search for a lost target are SiamFC's.
"""

import tensorflow as tf

from src.box_coding import BOX_CODINGS
from src.confidence import peak_to_sidelobe
from src.crop_alignment import ALIGNMENTS, Alignment
from src.network_arithmetic import total_stride
from src.proposals import Choice, Proposals, best_of_cell, blend, choose, correct
from src.response import WINDOWINGS
from src.search_plan import SearchPlan
from src.siamfc_graph import SiamFCGraph
from src.track_state import Sighting, TrackState

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
        cells, share = plan.upsampling.shape[1], self.hp.cosine_share
        proposals = BOX_CODINGS[self.design.box_coding].read(outputs, self.design, cells)
        return blend(proposals, outputs["cosine"], share) if share else proposals

    def chosen(
        self, maps: Proposals, state: TrackState, frame_wh: tf.Tensor, plan: SearchPlan
    ) -> Sighting:
        """Believes each target's best proposal; see `SiamFCGraph.chosen`."""
        side_frame = self._shown_side(state.target_sz, plan.crop_sz)
        pixel = side_frame[:, None] / plan.crop_sz
        target_crop = state.target_sz / pixel
        window = WINDOWINGS[self.design.windowing].window(plan.upsampling.shape[1])
        maps = correct(maps, self.hp.first_look * state.misjudged)
        choice = choose(maps, target_crop, window, plan.window_influence, self.hp.penalty_k)
        centre_frame, size_frame = self._within(frame_wh, state, choice, pixel)
        return Sighting(
            size_frame / state.target_sz,
            centre_frame - state.centre_frame,
            choice.logit,
            self._sidelobe_ratio(maps, plan),
            choice.response,
            side_frame,
            _misjudged(choice, target_crop),
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

    def _within(
        self, frame_wh: tf.Tensor, state: TrackState, choice: Choice, pixel: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Centre and smoothed size, clipped to the frame; `pixel` [N, 1] of the crop in frame's."""
        share = (self.hp.scale_lr * choice.trust)[:, None]
        size = (1 - share) * state.target_sz + share * choice.size_crop * pixel
        centre = state.centre_frame + choice.centre_crop * pixel
        return (
            tf.clip_by_value(centre, 0.0, frame_wh),
            tf.maximum(tf.minimum(size, frame_wh), MIN_SIDE),
        )

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
