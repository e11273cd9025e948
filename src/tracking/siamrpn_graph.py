"""SiamRPN's arithmetic from frame to boxes: one look gives a box of any shape, from anchors.

State, template, confidence and the search for a lost target are SiamFC's.
"""

import tensorflow as tf

from src.network.box_coding import BOX_CODINGS, Proposals, best_of_cell
from src.parameters.network_arithmetic import total_stride
from src.tracking.confidence import peak_to_sidelobe
from src.tracking.crop_alignment import ALIGNMENTS, Alignment
from src.tracking.proposals import Choice, choose, correct
from src.tracking.response import WINDOWINGS
from src.tracking.search_plan import SearchPlan
from src.tracking.siamfc_graph import SiamFCGraph
from src.tracking.state import Sighting, TrackState

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
