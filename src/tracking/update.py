"""From a frame and a state to boxes and the next state, for N targets in one frame, by any look."""

import numpy as np
import tensorflow as tf

from src.network.cross_correlation import centre_crop
from src.network.siamese import SiameseNetwork
from src.network.types import Levels
from src.parameters.design import Design
from src.parameters.hyperparams import Hyperparams, has_filter
from src.parameters.network_arithmetic import embedding_sz, exemplar_crop_sz
from src.tracking.areas import ALIGNMENTS, cut_out, exemplar_sides, shown_side
from src.tracking.look import (
    Look,
    SearchPlan,
    Sighting,
    by_scale,
    near_plan,
    that_won,
    wide_plan,
)
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
        looks_wide: Whether there is one.
        refreshes: Whether an update ends with an exemplar crop at the new place.
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
        self.refreshes = hp.z_lr > 0 and not look.cuts_out
        self.filter = OnlineFilter(design, hp) if has_filter(hp) else None
        self._usual_cells = embedding_sz(design, design.search_sz)

    def first(self, frame: tf.Tensor, box_ltwh: tf.Tensor) -> TrackState:
        """First state, after a look at the targets where they are shown.

        Args:
            frame: uint8 [H, W, 3], RGB.
            box_ltwh: float32 [N, 4], the targets, frame pixels.
        """
        target = self.shown(box_ltwh)
        exemplar = self._embedded_exemplar(frame, *target)
        crops = self.search_crops(frame, *target, self.near)
        search = self.network.embed_search(crops, training=False)
        views: Levels = ()
        if self.filter and self.hp.filter_pasted:
            views = self.network.embed_search(self.filter_views(crops, target[1]), training=False)
        return self.begin(exemplar, search, box_ltwh, _size_of(frame), views)

    def next(self, frame: tf.Tensor, state: TrackState) -> tuple[TrackState, Found]:
        """Next state and what was found: one search at all scales, then a new template.

        Args:
            frame: uint8 [H, W, 3], RGB, of any size.
            state: Of N targets; of one where the search grows around a lost target.

        Returns:
            State and find.
        """
        state, found = self.follow(state, self._look(frame, state))
        if self.refreshes:
            exemplar = self._embedded_exemplar(frame, state.centre_frame, state.target_sz)
            state = self.refreshed(state, exemplar)
        return state, found

    def shown(self, box_ltwh: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Centres [N, 2] and sizes [N, 2] of targets that are shown, boxes [N, 4]; frame pixels."""
        target_sz = box_ltwh[:, 2:]
        first_lt = box_ltwh[:, :2] + ALIGNMENTS[self.design.crop_alignment].first_shift
        return first_lt + target_sz / 2, target_sz

    def begin(
        self,
        exemplar: Levels,
        search: Levels,
        box_ltwh: tf.Tensor,
        frame_wh: tf.Tensor,
        views: Levels = (),
    ) -> TrackState:
        """First state of what the network says of the crops.

        Args:
            exemplar: Levels [N * S, t, t, C], of the exemplar crops at all scales.
            search: Levels [N * S, H, W, C], of the crops of the usual search.
            box_ltwh: float32 [N, 4], the targets, frame pixels.
            frame_wh: float32 [2], (width, height) of the frame.
            views: Levels [N * V, H, W, C], of what `filter_views` gives; none without a filter.
        """
        state = begin(*self.shown(box_ltwh), self.look.embed(exemplar))
        if self.filter:
            state = state._replace(online=self._first_filter(search[0], views))
        seen = self.sight(search, state, frame_wh, self.near)
        evidence = seen._replace(score=tf.zeros_like(seen.score)).evidence
        state = state._replace(first_peak=seen.score, evidence=evidence)
        return state if seen.bias is None else state._replace(first_frame_bias=seen.bias)

    def sight(
        self, search: Levels, state: TrackState, frame_wh: tf.Tensor, plan: SearchPlan
    ) -> Sighting:
        """The best of what the network says of search crops; arguments as for `begin`."""
        if not self.filter:
            maps = self.look.compare(state.template, search, plan)
            return self.look.choose(maps, state, frame_wh, plan)
        areas = by_scale(search[0], plan)
        told = self.filter.response(state.online, areas)
        maps = self.look.compare(state.template, search, plan, told)
        seen = self.look.choose(maps, state, frame_wh, plan)
        disp_crop = seen.disp_frame * (plan.crop_sz / seen.side_frame)[:, None]
        response = that_won(told, seen)
        return seen._replace(
            disp_crop=disp_crop,
            features=centre_crop(that_won(areas, seen), self._usual_cells),
            filter_margin=self.filter.margin_at(response, disp_crop),
            filter_response=response,
        )

    def follow(self, state: TrackState, seen: Sighting) -> tuple[TrackState, Found]:
        """Next state and what was found, after a look; `refreshed` may have to follow."""
        evidence = seen._replace(score=seen.score - state.first_peak).evidence
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
            seen.filter_response,
        )
        state = state._replace(
            centre_frame=centre_frame, target_sz=target_sz, evidence=evidence, lost=lost
        )
        if self.hp.z_lr > 0 and self.look.cuts_out:
            state = self._rolled(state, seen.newest)
        if self.filter:
            online = self.filter.next(state.online, seen.features, seen.disp_crop, lost)
            state = state._replace(online=online)
        return state, found

    def filter_views(self, crops: tf.Tensor, target_sz: tf.Tensor) -> tf.Tensor:
        """What the filter learns of the first frame beside it: the targets pasted elsewhere.

        Args:
            crops: float32 [N * S, crop_sz, crop_sz, 3], of the usual search.
            target_sz: float32 [N, 2], (width, height) of the targets, frame pixels.

        Returns:
            float32 [N * V, crop_sz, crop_sz, 3].
        """
        crops = self._middle_of(crops)
        pixel = shown_side(target_sz, self.design, self.near.crop_sz)[:, None] / self.near.crop_sz
        views = pasted(crops, target_sz / pixel, PLACES[: self.hp.filter_pasted])
        return tf.reshape(tf.stack(views, axis=1), [-1, *crops.shape[1:]])

    def _first_filter(self, search: tf.Tensor, views: Levels) -> FilterState:
        """Filters that know the first frame; arguments as for `begin`."""
        places = PLACES[: self.hp.filter_pasted]
        first = tf.expand_dims(self._middle_of(search), 1)
        if len(places):
            shown = tf.reshape(views[0], [-1, len(places), *views[0].shape[1:]])
            first = tf.concat([first, shown], axis=1)
        return self.filter.begin(first, np.pad(places, ((1, 0), (0, 0))))

    def _middle_of(self, areas: tf.Tensor) -> tf.Tensor:
        """Of what is of the usual search areas [N * S, ...] that of scale 1: [N, ...]."""
        scales = len(self.near.scales)
        return areas if scales == 1 else by_scale(areas, self.near)[:, scales // 2]

    def refreshed(self, state: TrackState, exemplar: Levels) -> TrackState:
        """State with templates that show the targets where they are now.

        Args:
            state: Of N targets.
            exemplar: Levels [N, t, t, C], of exemplar crops there.
        """
        return self._rolled(state, self.look.embed(exemplar).rolling)

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
        sides = self.search_sides(target_sz, plan)
        return cut_out(frame, centre_frame, sides, self.design, plan.crop_sz)

    def embed_exemplar(
        self, frame: tf.Tensor, centre_frame: tf.Tensor, target_sz: tf.Tensor
    ) -> Template:
        """Templates of the targets with their context; arguments as for `search_crops`."""
        return self.look.embed(self._embedded_exemplar(frame, centre_frame, target_sz))

    def search_sides(self, target_sz: tf.Tensor, plan: SearchPlan) -> tf.Tensor:
        """Sides [N, S] of the search areas of targets with (width, height) [N, 2]; frame pixels."""
        return shown_side(target_sz, self.design, plan.crop_sz)[:, None] * plan.scales

    def exemplar_sides(self, target_sz: tf.Tensor) -> tf.Tensor:
        """Likewise of the areas that exemplar crops show, at all scales."""
        return exemplar_sides(target_sz, self.design, self.look.exemplar_scales)

    def _embedded_search(
        self, frame: tf.Tensor, centre_frame: tf.Tensor, target_sz: tf.Tensor, plan: SearchPlan
    ) -> Levels:
        """Levels of the search areas; arguments as for `search_crops`."""
        crops = self.search_crops(frame, centre_frame, target_sz, plan)
        return self.network.embed_search(crops, training=False)

    def _embedded_exemplar(
        self, frame: tf.Tensor, centre_frame: tf.Tensor, target_sz: tf.Tensor
    ) -> Levels:
        """Levels of the exemplar crops at all scales; arguments as for `search_crops`."""
        sides, crop_sz = self.exemplar_sides(target_sz), exemplar_crop_sz(self.design)
        crops = cut_out(frame, centre_frame, sides, self.design, crop_sz)
        return self.network.embed_template(crops, training=False)

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
        search = self._embedded_search(frame, state.centre_frame, state.target_sz, plan)
        return self.sight(search, state, _size_of(frame), plan)

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

    def _rolled(self, state: TrackState, newest: Levels) -> TrackState:
        """The templates with a share of the newest ones; those of lost targets stay."""
        share = tf.where(state.lost, 0.0, self.hp.z_lr)[:, None, None, None]
        rolling = tuple(
            (1 - share) * old + share * new
            for old, new in zip(state.template.rolling, newest, strict=True)
        )
        return state._replace(template=state.template._replace(rolling=rolling))


def _size_of(frame: tf.Tensor) -> tf.Tensor:
    """(width, height) of a frame [H, W, 3]: float32 [2]."""
    return tf.cast(tf.gather(tf.shape(frame), (1, 0)), tf.float32)


def _square_ltwh(centre_frame: tf.Tensor, side_frame: tf.Tensor) -> tf.Tensor:
    """Boxes [N, 4] of squares around centres [N, 2] with sides [N]."""
    side_wh = tf.repeat(side_frame[:, None], 2, axis=1)
    return tf.concat([centre_frame - side_wh / 2, side_wh], axis=1)
