"""SiamFC's tracker: three scales at once, scale penalty, cosine window, rolling template."""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from src.crops import crop, fill_colour
from src.design import Design
from src.network_arithmetic import exemplar_crop_sz, score_sz, total_stride
from src.parameters import Hyperparams
from src.response import WINDOWINGS, find_peak, upsample, upsampling_matrix
from src.search_geometry import (
    disp_crop_to_frame,
    disp_response_to_crop,
    exemplar_side,
    scale_factors,
    search_side,
)
from src.siamese import SiameseNetwork
from src.tracker import TrackResult

FRAME = tf.TensorSpec([None, None, 3], tf.uint8)
BOX = tf.TensorSpec([4], tf.float32)


class TrackState(NamedTuple):
    """All that a track remembers between frames.

    Attributes:
        centre_frame: float32 [2], (x, y) of the target's centre.
        target_sz: float32 [2], (width, height) of the target, frame pixels.
        first_sz: float32 [2], the same in the first frame.
        template: Levels of the embedded exemplar, float32 [1, h, w, C] each.
    """

    centre_frame: tf.Tensor
    target_sz: tf.Tensor
    first_sz: tf.Tensor
    template: tuple[tf.Tensor, ...]


class Found(NamedTuple):
    """What one update found; see `TrackResult`."""

    box_ltwh: tf.Tensor
    score: tf.Tensor
    response: tf.Tensor
    search_box_ltwh: tf.Tensor


class SiamFCTracker:
    """Tracks one target; see `src.tracker.Tracker`.

    `init` and `update` are one graph call each; frames may change their size without retracing.
    """

    def __init__(self, network: SiameseNetwork, design: Design, hp: Hyperparams):
        """Traces both graphs, so that no frame of a track waits for it.

        Args:
            network: Built network with its weights.
            design: Sizes of crops, padding and windowing.
            hp: The tracker's hyper-parameters.
        """
        self.network, self.design, self.hp = network, design, hp
        self.scales = tf.constant(
            scale_factors(hp.scale_num, hp.scale_step, hp.scale_span), tf.float32
        )
        self.upsampling = tf.constant(upsampling_matrix(score_sz(design), hp.response_up))
        self.start = tf.function(self._start, input_signature=[FRAME, BOX])
        self.advance = self._traced_advance()
        self.state: TrackState | None = None

    def init(self, frame: np.ndarray, box_ltwh: np.ndarray) -> None:
        """Starts a track; see `Tracker.init`."""
        self.state = self.start(frame, np.asarray(box_ltwh, np.float32))

    def update(self, frame: np.ndarray) -> TrackResult:
        """Follows the target into the next frame; see `Tracker.update`."""
        self.state, found = self.advance(tf.convert_to_tensor(frame), self.state)
        return TrackResult(
            found.box_ltwh.numpy().astype(np.float64),
            float(found.score),
            found.response,
            found.search_box_ltwh.numpy().astype(np.float64),
        )

    def _traced_advance(self) -> tf.types.experimental.PolymorphicFunction:
        """The graph of an update, after one on an empty frame, which shows a state's shapes."""
        frame = tf.zeros([8, 8, 3], tf.uint8)
        state = self.start(frame, tf.constant([2.0, 2.0, 4.0, 4.0]))
        state_spec = tf.nest.map_structure(tf.TensorSpec.from_tensor, state)
        advance = tf.function(self._advance, input_signature=[FRAME, state_spec])
        advance(frame, state)
        return advance

    def _start(self, frame: tf.Tensor, box_ltwh: tf.Tensor) -> TrackState:
        """First state: frame uint8 [H, W, 3] and box float32 [4] of the target in it."""
        target_sz = box_ltwh[2:]
        centre_frame = box_ltwh[:2] + target_sz / 2
        template = self._embed_exemplar(frame, centre_frame, target_sz, self._fill(frame))
        return TrackState(centre_frame, target_sz, target_sz, template)

    def _advance(self, frame: tf.Tensor, state: TrackState) -> tuple[TrackState, Found]:
        """Next state and what was found: one search at all scales, then a new template."""
        fill = self._fill(frame)
        side_frame = self._search_side(state.target_sz) * self.scales
        search = self.network.embed_search(
            self._crop(frame, state.centre_frame, side_frame, self.design.search_sz, fill),
            training=False,
        )
        peak = find_peak(
            upsample(self._score(state.template, search), self.upsampling),
            WINDOWINGS[self.design.windowing],
            self.hp.scale_penalty,
            self.hp.window_influence,
        )
        winning_side_frame = side_frame[peak.scale]
        centre_frame = state.centre_frame + self._disp_frame(peak.disp_response, winning_side_frame)
        target_sz = self._damped_sz(state, self.scales[peak.scale])
        template = self._rolled(state.template, frame, centre_frame, target_sz, fill)
        found = Found(
            tf.concat([centre_frame - target_sz / 2, target_sz], axis=0),
            peak.score,
            peak.response,
            tf.concat(
                [state.centre_frame - winning_side_frame / 2, tf.fill([2], winning_side_frame)],
                axis=0,
            ),
        )
        return TrackState(centre_frame, target_sz, state.first_sz, template), found

    def _score(self, template: tuple[tf.Tensor, ...], search: tuple[tf.Tensor, ...]) -> tf.Tensor:
        """Score maps of one template with the search areas of all scales: [S, n, n]."""
        templates = tuple(tf.repeat(level, self.hp.scale_num, axis=0) for level in template)
        return self.network.compare(templates, search, training=False)["score"][..., 0]

    def _disp_frame(self, disp_response: tf.Tensor, side_frame: tf.Tensor) -> tf.Tensor:
        """Displacement of a peak in frame pixels, [2]; the side is the winning search area's."""
        disp_crop = disp_response_to_crop(
            disp_response, self.hp.response_up, total_stride(self.design)
        )
        return disp_crop_to_frame(disp_crop, side_frame, self.design.search_sz)

    def _damped_sz(self, state: TrackState, factor: tf.Tensor) -> tf.Tensor:
        """The target's new (width, height), kept between the limits of its first size."""
        damped = state.target_sz * (1 + self.hp.scale_lr * (factor - 1))
        return tf.clip_by_value(
            damped, self.hp.scale_min * state.first_sz, self.hp.scale_max * state.first_sz
        )

    def _rolled(
        self,
        template: tuple[tf.Tensor, ...],
        frame: tf.Tensor,
        centre_frame: tf.Tensor,
        target_sz: tf.Tensor,
        fill: tf.Tensor,
    ) -> tuple[tf.Tensor, ...]:
        """Rolling average of the template with the target as it looks now (CFNet's baseline)."""
        if self.hp.z_lr == 0:
            return template
        newest = self._embed_exemplar(frame, centre_frame, target_sz, fill)
        return tuple(
            (1 - self.hp.z_lr) * old + self.hp.z_lr * new
            for old, new in zip(template, newest, strict=True)
        )

    def _embed_exemplar(
        self, frame: tf.Tensor, centre_frame: tf.Tensor, target_sz: tf.Tensor, fill: tf.Tensor
    ) -> tuple[tf.Tensor, ...]:
        """Template levels of the target with its context."""
        crop_sz = exemplar_crop_sz(self.design)
        side = exemplar_side(target_sz[0], target_sz[1], self.design.context)[None]
        side = search_side(side, self.design.exemplar_sz, crop_sz)
        exemplar = self._crop(frame, centre_frame, side, crop_sz, fill)
        return self.network.embed_template(exemplar, training=False)

    def _search_side(self, target_sz: tf.Tensor) -> tf.Tensor:
        """Side of the search area at scale 1, frame pixels."""
        design = self.design
        side = exemplar_side(target_sz[0], target_sz[1], design.context)
        return search_side(side, design.exemplar_sz, design.search_sz)

    def _crop(
        self,
        frame: tf.Tensor,
        centre_frame: tf.Tensor,
        side_frame: tf.Tensor,
        crop_sz: int,
        fill: tf.Tensor,
    ) -> tf.Tensor:
        """Square crops around one centre, one for each side in `side_frame` [S]."""
        areas = tf.shape(side_frame)[0]
        return crop(
            frame,
            tf.repeat(centre_frame[None], areas, axis=0),
            tf.repeat(side_frame[:, None], 2, axis=1),
            (crop_sz, crop_sz),
            fill,
        )

    def _fill(self, frame: tf.Tensor) -> tf.Tensor:
        """Colour outside the frame, float32 [3]."""
        return fill_colour(frame, self.design.pad_with_image_mean)
