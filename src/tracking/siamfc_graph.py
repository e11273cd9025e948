"""SiamFC's arithmetic from frame to boxes, for N targets in one frame: plain tensor functions."""

import tensorflow as tf

from src.geometry.search_geometry import (
    disp_crop_to_frame,
    disp_response_to_crop,
    exemplar_side,
    search_side,
)
from src.network.siamese import SiameseNetwork
from src.network.types import Levels
from src.parameters.design import Design
from src.parameters.hyperparams import Hyperparams
from src.parameters.network_arithmetic import exemplar_crop_sz, total_stride
from src.tracking.response import (
    WINDOWINGS,
    confidence,
    find_peak,
    is_lost,
    peak_to_sidelobe,
    smoothed,
    upsample,
)
from src.tracking.state import (
    Found,
    ScoreMaps,
    SearchPlan,
    Sighting,
    TrackState,
    begin,
    near_plan,
    wide_plan,
)
from src.video.crops import crop_lazily, fill_colour


class SiamFCGraph:
    """What `init` and `update` compute."""

    def __init__(self, network: SiameseNetwork, design: Design, hp: Hyperparams):
        """Plans the searches.

        Args:
            network: Built network with its weights.
            design: Sizes of crops, padding and windowing.
            hp: The tracker's hyper-parameters.
        """
        self.network, self.design, self.hp = network, design, hp
        self.near, self.wide = near_plan(design, hp), wide_plan(design, hp)
        self.looks_wide = self.wide.crop_sz > self.near.crop_sz

    def first(self, frame: tf.Tensor, box_ltwh: tf.Tensor) -> TrackState:
        """First state.

        Args:
            frame: uint8 [H, W, 3], RGB.
            box_ltwh: float32 [N, 4], the targets, frame pixels.

        Returns:
            The state.
        """
        target_sz = box_ltwh[:, 2:]
        centre_frame = box_ltwh[:, :2] + target_sz / 2
        template = self._embed_exemplar(frame, centre_frame, target_sz)
        state = begin(centre_frame, target_sz, template)
        seen = self._search(frame, state, self.near)
        evidence = tf.stack([tf.zeros_like(seen.score), seen.sidelobe_ratio], axis=1)
        return state._replace(first_peak=seen.score, evidence=evidence, misjudged=seen.misjudged)

    def next(self, frame: tf.Tensor, state: TrackState) -> tuple[TrackState, Found]:
        """Next state and what was found: one search at all scales, then a new template.

        Args:
            frame: uint8 [H, W, 3], RGB, of any size.
            state: Of N targets; of one where the search grows around a lost target.

        Returns:
            State and find.
        """
        seen = self._look(frame, state)
        evidence = tf.stack([seen.score - state.first_peak, seen.sidelobe_ratio], axis=1)
        evidence = smoothed(state.evidence, evidence)
        sure = confidence(evidence, self.hp.confidence)
        lost = is_lost(state.lost, sure, self.hp.lost_below, self.hp.found_above)
        centre_frame = state.centre_frame + self._believed(seen.disp_frame, lost)
        target_sz = tf.where(lost[:, None], state.target_sz, self._damped_sz(state, seen.factor))
        found = Found(
            tf.concat([centre_frame - target_sz / 2, target_sz], axis=1),
            seen.score,
            seen.response,
            _square_ltwh(state.centre_frame, seen.side_frame),
            sure,
            lost,
            evidence,
        )
        state = state._replace(
            centre_frame=centre_frame,
            target_sz=target_sz,
            evidence=evidence,
            lost=lost,
        )
        if self.hp.z_lr > 0:
            state = state._replace(template=self._rolled(state, seen, frame))
        return state, found

    def _look(self, frame: tf.Tensor, state: TrackState) -> Sighting:
        """The best of the search area; of a lost target's, if that grows, the wide one."""
        if not self.looks_wide:
            return self._search(frame, state, self.near)
        return tf.cond(
            state.lost[0],
            lambda: self._search(frame, state, self.wide),
            lambda: self._search(frame, state, self.near),
        )

    def _search(self, frame: tf.Tensor, state: TrackState, plan: SearchPlan) -> Sighting:
        """One look in the steps that the benchmark times; methods differ in the last two."""
        crops = self.search_crops(frame, state.centre_frame, state.target_sz, plan)
        search = self.network.embed_search(crops, training=False)
        maps = self.compared(state.template, search, plan)
        frame_wh = tf.cast(tf.gather(tf.shape(frame), (1, 0)), tf.float32)
        return self.chosen(maps, state, frame_wh, plan)

    def search_crops(
        self, frame: tf.Tensor, centre_frame: tf.Tensor, target_sz: tf.Tensor, plan: SearchPlan
    ) -> tf.Tensor:
        """The search areas of all targets and scales.

        Args:
            frame: uint8 [H, W, 3], RGB.
            centre_frame: float32 [N, 2], (x, y), frame pixels.
            target_sz: float32 [N, 2], (width, height), frame pixels.
            plan: Scales, and size of the crops.

        Returns:
            float32 [N * S, crop_sz, crop_sz, 3], 0...255.
        """
        return self._crop(frame, centre_frame, self._sides(target_sz, plan), plan.crop_sz)

    def compared(self, template: Levels, search: Levels, plan: SearchPlan) -> ScoreMaps:
        """Compares every template with its search areas at all scales.

        Args:
            template: Levels [N, h, w, C].
            search: Levels [N * S, H, W, C], of the search crops.
            plan: Scales and upsampling.
        """
        scales, cells = len(plan.scales), plan.upsampling.shape[1]
        templates = tuple(tf.repeat(level, scales, axis=0) for level in template)
        score = self.network.compare(templates, search, training=False)["score"]
        score = tf.reshape(score, [-1, scales, cells, cells])
        return ScoreMaps(score, upsample(score, plan.upsampling))

    def chosen(
        self, maps: ScoreMaps, state: TrackState, frame_wh: tf.Tensor, plan: SearchPlan
    ) -> Sighting:
        """Finds each target's scale and place.

        Args:
            maps: As `compared` gives them.
            state: Of N targets.
            frame_wh: float32 [2], (width, height) of the frame; other methods need it.
            plan: Scales and window.

        Returns:
            The best of the maps.
        """
        windowing = WINDOWINGS[self.design.windowing]
        peak = find_peak(maps.responses, windowing, self.hp.scale_penalty, plan.window_influence)
        sides = self._sides(state.target_sz, plan)
        side_frame = tf.gather(sides, peak.scale, axis=1, batch_dims=1)
        disp_crop = disp_response_to_crop(
            peak.disp_response, self.hp.response_up, total_stride(self.design)
        )
        return Sighting(
            tf.gather(plan.scales, peak.scale),
            disp_crop_to_frame(disp_crop, side_frame[:, None], plan.crop_sz),
            peak.score,
            self._sidelobe_ratio(maps.score, peak.scale),
            peak.response,
            side_frame,
            tf.zeros_like(state.misjudged),
        )

    def _sidelobe_ratio(self, score: tf.Tensor, scale: tf.Tensor) -> tf.Tensor:
        """How the peak of each winning scale [N] stands out of its score map: [N]."""
        # the exemplar area around the peak is the target's own; a usual map reaches from its middle
        radius = self.design.exemplar_sz / 2 / total_stride(self.design)
        reach = (self.near.upsampling.shape[1] - 1) / 2
        return peak_to_sidelobe(tf.gather(score, scale, axis=1, batch_dims=1), radius, reach)

    def _believed(self, disp_frame: tf.Tensor, lost: tf.Tensor) -> tf.Tensor:
        """Displacements that are followed: a lost target is waited for where it was last seen.

        Only if the search grows, for otherwise it would never be searched for elsewhere.
        """
        return tf.where(lost[:, None], 0.0, disp_frame) if self.looks_wide else disp_frame

    def _damped_sz(self, state: TrackState, factor: tf.Tensor) -> tf.Tensor:
        """The targets' new (width, height), kept between the limits of their first size."""
        damped = state.target_sz * (1 + self.hp.scale_lr * (factor[:, None] - 1))
        return tf.clip_by_value(
            damped, self.hp.scale_min * state.first_sz, self.hp.scale_max * state.first_sz
        )

    def _rolled(self, state: TrackState, _seen: Sighting, frame: tf.Tensor) -> Levels:
        """Average of the template and the target as it looks now (CFNet's baseline)."""
        newest = self._embed_exemplar(frame, state.centre_frame, state.target_sz)
        return self._average(state.template, newest, state.lost)

    def _average(self, template: Levels, newest: Levels, lost: tf.Tensor) -> Levels:
        """Old levels with a share of the newest; those of lost targets as they are."""
        share = tf.where(lost, 0.0, self.hp.z_lr)[:, None, None, None]
        return tuple(
            (1 - share) * old + share * new for old, new in zip(template, newest, strict=True)
        )

    def _embed_exemplar(
        self, frame: tf.Tensor, centre_frame: tf.Tensor, target_sz: tf.Tensor
    ) -> Levels:
        """Template levels of the targets with their context."""
        crop_sz = exemplar_crop_sz(self.design)
        side = self._shown_side(target_sz, crop_sz)
        exemplar = self._crop(frame, centre_frame, side[:, None], crop_sz)
        levels = self.network.embed_template(exemplar, training=False)
        # a rolling average in bfloat16 would stand still: its steps are coarser than z_lr
        return tuple(tf.cast(level, tf.float32) for level in levels)

    def _sides(self, target_sz: tf.Tensor, plan: SearchPlan) -> tf.Tensor:
        """Sides [N, S] of the search areas at all scales, frame pixels."""
        return self._shown_side(target_sz, plan.crop_sz)[:, None] * plan.scales

    def _shown_side(self, target_sz: tf.Tensor, crop_sz: int) -> tf.Tensor:
        """Sides [N] of the areas that crops of a size show, frame pixels."""
        side = exemplar_side(target_sz[:, 0], target_sz[:, 1], self.design.context)
        return search_side(side, self.design.exemplar_sz, crop_sz)

    def _crop(
        self, frame: tf.Tensor, centre_frame: tf.Tensor, side_frame: tf.Tensor, crop_sz: int
    ) -> tf.Tensor:
        """Square crops [N * S, crop_sz, crop_sz, 3] around N centres, one a side [N, S]."""
        sides = tf.reshape(side_frame, [-1, 1])
        return crop_lazily(
            frame,
            tf.repeat(centre_frame, side_frame.shape[1], axis=0),
            tf.repeat(sides, 2, axis=1),
            (crop_sz, crop_sz),
            lambda: fill_colour(frame, self.design.pad_with_image_mean),
        )


def _square_ltwh(centre_frame: tf.Tensor, side_frame: tf.Tensor) -> tf.Tensor:
    """Boxes [N, 4] of squares around centres [N, 2] with sides [N]."""
    side_wh = tf.repeat(side_frame[:, None], 2, axis=1)
    return tf.concat([centre_frame - side_wh / 2, side_wh], axis=1)
