"""From a frame and a state to boxes and the next state, for N targets in one frame, by any look."""

import numpy as np
import tensorflow as tf

from src.network.cross_correlation import centre_crop
from src.network.siamese import SiameseNetwork
from src.network.types import Levels
from src.parameters.design import Design
from src.parameters.hyperparams import Hyperparams, has_filter
from src.parameters.network_arithmetic import embedding_sz
from src.tracking.areas import ALIGNMENTS, cut_out, exemplar_crops, shown_side
from src.tracking.look import Look, SearchPlan, Sighting, near_plan, wide_plan
from src.tracking.online_filter import FilterState, OnlineFilter
from src.tracking.pasting import PLACES, pasted
from src.tracking.response import confidence, is_lost, smoothed
from src.tracking.state import Found, Template, TrackState, begin


class TrackGraph:
    """What `init` and `update` compute: plain tensor functions.

    Attributes:
        look: The method's.
        near: The usual search.
        wide: That of a lost target.
        filter: What learns the target; None where it has no say.
    """

    def __init__(self, look: Look, network: SiameseNetwork, design: Design, hp: Hyperparams):
        """Plans the searches.

        Args:
            look: Made from the following three.
            network: Built network with its weights.
            design: Sizes of crops and padding.
            hp: The tracker's hyper-parameters.
        """
        self.look, self.network, self.design, self.hp = look, network, design, hp
        self.near, self.wide = near_plan(design, hp, look.search_scales), wide_plan(design, hp)
        self.looks_wide = self.wide.crop_sz > self.near.crop_sz
        self.filter = OnlineFilter(design, hp) if has_filter(hp) else None

    def first(self, frame: tf.Tensor, box_ltwh: tf.Tensor) -> TrackState:
        """First state, after a look at the targets where they are shown.

        Args:
            frame: uint8 [H, W, 3], RGB.
            box_ltwh: float32 [N, 4], the targets, frame pixels.
        """
        target_sz = box_ltwh[:, 2:]
        first_lt = box_ltwh[:, :2] + ALIGNMENTS[self.design.crop_alignment].first_shift
        centre_frame = first_lt + target_sz / 2
        template = self.embed_exemplar(frame, centre_frame, target_sz)
        state = begin(centre_frame, target_sz, template)
        crops = self.search_crops(frame, centre_frame, target_sz, self.near)
        search = self.network.embed_search(crops, training=False)
        if self.filter:
            state = state._replace(online=self._first_filter(crops, search[0], target_sz))
        seen = self._judged(frame, state, search, self.near)
        evidence = tf.stack([tf.zeros_like(seen.score), seen.sidelobe_ratio], axis=1)
        state = state._replace(first_peak=seen.score, evidence=evidence)
        return state if seen.bias is None else state._replace(first_frame_bias=seen.bias)

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
        target_sz = tf.where(lost[:, None], state.target_sz, self._limited_sz(state, seen.factor))
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
        if self.filter:
            online = self.filter.next(state.online, seen.features, seen.disp_crop, lost)
            state = state._replace(online=online)
        return state, found

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
        sides = shown_side(target_sz, self.design, plan.crop_sz)[:, None] * plan.scales
        return cut_out(frame, centre_frame, sides, self.design, plan.crop_sz)

    def embed_exemplar(
        self, frame: tf.Tensor, centre_frame: tf.Tensor, target_sz: tf.Tensor
    ) -> Template:
        """Templates of the targets with their context; arguments as for `search_crops`."""
        scales = self.look.exemplar_scales
        return self.look.embed(exemplar_crops(frame, centre_frame, target_sz, self.design, scales))

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
        """One look in the steps that the benchmark times."""
        crops = self.search_crops(frame, state.centre_frame, state.target_sz, plan)
        search = self.network.embed_search(crops, training=False)
        return self._judged(frame, state, search, plan)

    def _judged(
        self, frame: tf.Tensor, state: TrackState, search: Levels, plan: SearchPlan
    ) -> Sighting:
        """The best of embedded search areas."""
        frame_wh = tf.cast(tf.gather(tf.shape(frame), (1, 0)), tf.float32)
        if not self.filter:
            maps = self.look.compare(state.template, search, plan)
            return self.look.choose(maps, state, frame_wh, plan)
        areas = _by_scale(search[0], plan)
        told = self.filter.response(state.online, areas)
        maps = self.look.compare(state.template, search, plan, told)
        seen = self.look.choose(maps, state, frame_wh, plan)
        return seen._replace(
            disp_crop=seen.disp_frame * (plan.crop_sz / seen.side_frame)[:, None],
            features=self._area_that_won(areas, seen),
        )

    def _area_that_won(self, areas: tf.Tensor, seen: Sighting) -> tf.Tensor:
        """Of features [N, S, n, n, C] one of each target, as wide as in the usual search."""
        won = areas[:, 0] if seen.scale is None else tf.gather(areas, seen.scale, 1, batch_dims=1)
        return centre_crop(won, embedding_sz(self.design, self.near.crop_sz))

    def _first_filter(
        self, crops: tf.Tensor, search: tf.Tensor, target_sz: tf.Tensor
    ) -> FilterState:
        """Filters that know the first frame.

        Args:
            crops: float32 [N * S, c, c, 3], search areas of the usual size.
            search: Features of them, [N * S, n, n, C].
            target_sz: float32 [N, 2], (width, height), frame pixels.
        """
        middle, places = len(self.near.scales) // 2, PLACES[: self.hp.filter_pasted]
        crops = _by_scale(crops, self.near)[:, middle]
        pixel = shown_side(target_sz, self.design, self.near.crop_sz)[:, None] / self.near.crop_sz
        views = [_by_scale(search, self.near)[:, middle]]
        if len(places):
            shown = tf.stack(pasted(crops, target_sz / pixel, places), axis=1)
            shown = tf.reshape(shown, [-1, *crops.shape[1:]])
            features = self.network.embed_search(shown, training=False)[0]
            features = tf.reshape(features, [-1, len(places), *features.shape[1:]])
            views += tf.unstack(features, axis=1)
        return self.filter.begin(tf.stack(views, axis=1), np.pad(places, ((1, 0), (0, 0))))

    def _believed(self, disp_frame: tf.Tensor, lost: tf.Tensor) -> tf.Tensor:
        """Displacements that are followed: a lost target is waited for where it was last seen.

        Only if the search grows, for otherwise it would never be searched for elsewhere.
        """
        return tf.where(lost[:, None], 0.0, disp_frame) if self.looks_wide else disp_frame

    def _limited_sz(self, state: TrackState, factor: tf.Tensor) -> tf.Tensor:
        """The targets' new (width, height), between the limits of their first size."""
        return tf.clip_by_value(
            state.target_sz * factor,
            self.hp.scale_min * state.first_sz,
            self.hp.scale_max * state.first_sz,
        )

    def _rolled(self, state: TrackState, seen: Sighting, frame: tf.Tensor) -> Template:
        """The templates with a share of the targets as they look now; those of lost ones stay."""
        newest = self.look.refresh(state, seen, frame)
        share = tf.where(state.lost, 0.0, self.hp.z_lr)[:, None, None, None]
        rolling = tuple(
            (1 - share) * old + share * new
            for old, new in zip(state.template.rolling, newest.rolling, strict=True)
        )
        return newest._replace(rolling=rolling)


def _by_scale(areas: tf.Tensor, plan: SearchPlan) -> tf.Tensor:
    """What is of search areas [N * S, ...] as [N, S, ...]."""
    return tf.reshape(areas, [-1, len(plan.scales), *areas.shape[1:]])


def _square_ltwh(centre_frame: tf.Tensor, side_frame: tf.Tensor) -> tf.Tensor:
    """Boxes [N, 4] of squares around centres [N, 2] with sides [N]."""
    side_wh = tf.repeat(side_frame[:, None], 2, axis=1)
    return tf.concat([centre_frame - side_wh / 2, side_wh], axis=1)
