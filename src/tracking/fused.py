"""Boxes beside cosines: one look, held against the exemplar at several scales and as it looks now.

The head (`src.network.heads.fused`) says which boxes there might be. Cosines know this target: of
the exemplar at some scales, which say how its size changes, and of a rolling template that is cut
out of the search area itself, which costs no look of its own. Where they peak, near the best box,
is the place; a finer level of the backbone makes the peak sharp.
"""

from typing import NamedTuple

import tensorflow as tf

from src.geometry.search_geometry import cell_grid, scale_factors
from src.network.box_coding import BOX_CODINGS, Proposals
from src.network.cross_correlation import window_around
from src.network.siamese import SiameseNetwork
from src.network.types import Levels
from src.parameters.design import Design
from src.parameters.hyperparams import Hyperparams
from src.parameters.network_arithmetic import total_stride
from src.tracking.look import SearchPlan, Sighting
from src.tracking.proposals import BestProposal, blend, likeliest, pixel_of, sighting_of
from src.tracking.response import penalised, upsample, upsampling_matrix
from src.tracking.state import Template, TrackState

NEAR = 28.0  # reach of a peak from the best box's middle, crop pixels: not quite two cells
NOWHERE = -1e9  # what is lower than any response


class FusedMaps(NamedTuple):
    """What is said of N search areas.

    Attributes:
        proposals: Boxes; their likeness has the cosines' say.
        responses: float32 [N, S + 1, r, r], sums of the levels' cosines with the scaled exemplars,
            and last with the rolling template, to which is added what the filter says.
        search: Levels of the search areas.
    """

    proposals: Proposals
    responses: tf.Tensor
    search: Levels


class FusedLook:
    """Finds boxes by the head, place and size by cosines; see `src.tracking.look.Look`.

    `hp.scale_num`, `scale_step` and `scale_penalty` are those of the exemplar's scales, `scale_lr`
    is how far the size follows the winning one, and `box_lr` how far it follows the box.
    """

    cuts_out = True

    def __init__(self, network: SiameseNetwork, design: Design, hp: Hyperparams):
        """Takes a built network with its weights, and the tracker's hyper-parameters."""
        self.network, self.design, self.hp = network, design, hp
        scales = scale_factors(hp.scale_num, hp.scale_step, hp.scale_span)
        self.exemplar_scales = tf.constant(scales, tf.float32)
        self.search_scales = tf.constant([1.0])

    def embed(self, exemplar: Levels) -> Template:
        """Templates of the targets at all scales; see `Look.embed`."""
        scales = len(self.exemplar_scales)
        by_scale = (
            tf.unstack(tf.reshape(level, [-1, scales, *level.shape[1:]]), axis=1)
            for level in (tf.cast(level, tf.float32) for level in exemplar)
        )
        scaled = tuple(zip(*by_scale, strict=True))
        middle = scaled[scales // 2]
        return Template(scaled, middle, self.network.prepare(middle))

    def compare(
        self, template: Template, search: Levels, plan: SearchPlan, told: tf.Tensor | None = None
    ) -> FusedMaps:
        """Compares every exemplar with its search area; see `Look.compare`."""
        # what the backbone computed in bfloat16; a layer's call would do this by itself
        search = tuple(tf.cast(level, tf.float32) for level in search)
        head, middle = self.network.head, len(template.scaled) // 2
        cosines = head.cosines_with_each((*template.scaled, template.rolling), search)
        known = cosines[0][..., middle : middle + 1]
        outputs = self.network.compare_prepared(template.prepared, search, known)
        proposals = BOX_CODINGS[self.design.box_coding].read(
            outputs, self.design, plan.upsampling.shape[1]
        )
        *by_scale, newest = tf.unstack(cosines[0], axis=3)
        best = penalised(tf.stack(by_scale, axis=1), self.hp.scale_penalty)
        likeness = (tf.reduce_max(best, axis=1) + newest) / 2
        if told is not None:
            share = self.hp.filter_share
            likeness = (1 - share) * likeness + share * told[:, 0]
            newest += self.hp.filter_weight * told[:, 0]
        first = tf.stack([*by_scale, newest], axis=1)
        finer = (tf.transpose(level, [0, 3, 1, 2]) for level in cosines[1:])
        return FusedMaps(
            blend(proposals, likeness[..., None], self.hp.cosine_share),
            tf.add_n([_to_response(level, plan) for level in (first, *finer)]),
            search,
        )

    def choose(
        self, maps: FusedMaps, state: TrackState, frame_wh: tf.Tensor, plan: SearchPlan
    ) -> Sighting:
        """Believes the best box for its shape, cosines for place and size; see `Look.choose`."""
        pixel = pixel_of(state, self.design, plan)
        best = likeliest(maps.proposals, state, self.design, self.hp, plan)
        scale, disp_crop = self._peak(maps, best, plan)
        growth = tf.math.log(best.size_crop * pixel / state.target_sz)
        growth *= (self.hp.box_lr * best.trust)[:, None]
        growth += self.hp.scale_lr * tf.math.log(tf.gather(self.exemplar_scales, scale))[:, None]
        size_frame = state.target_sz * tf.exp(growth)
        best = best._replace(centre_crop=disp_crop)
        seen = sighting_of(
            best, maps.proposals, state, size_frame, frame_wh, self.design, self.hp, plan
        )
        return seen._replace(newest=self._newest(maps.search, state.template.rolling, disp_crop))

    def _peak(
        self, maps: FusedMaps, best: BestProposal, plan: SearchPlan
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """The winning scale int32 [N] near the best box, and the place [N, 2] of its peak."""
        length, cells = plan.upsampling.shape
        step = total_stride(self.design) * (cells - 1) / (length - 1)
        grid_xy = cell_grid(length, step)
        axis = tf.constant(grid_xy[0, :, 0], tf.float32)
        far_x, far_y = tf.unstack((axis - best.centre_crop[:, :, None]) ** 2, axis=1)
        near = far_x[:, None, :] + far_y[:, :, None] < NEAR**2
        responses = tf.where(tf.expand_dims(near, 1), maps.responses, NOWHERE)
        # of the whole first: to cut out a part of so much takes longer than the maximum
        peaks = tf.reduce_max(responses, axis=(2, 3))[:, :-1]
        judged = penalised(peaks, self.hp.scale_penalty)
        scale = tf.argmax(judged, axis=1, output_type=tf.int32)
        both = tf.stack([scale, tf.fill(tf.shape(scale), peaks.shape[1])], axis=1)
        response = tf.reduce_sum(tf.gather(responses, both, axis=1, batch_dims=1), axis=1)
        values = tf.reshape(response, [-1, length**2])
        place = tf.argmax(values, axis=1, output_type=tf.int32)
        return scale, tf.gather(tf.constant(grid_xy.reshape(-1, 2), tf.float32), place)

    def _newest(self, search: Levels, old: Levels, disp_crop: tf.Tensor) -> Levels:
        """Templates cut out of the search areas where the targets are, as long as the old ones.

        Between cells the interpolation shortens a template, which would then count for less.
        """
        levels, reach = [], total_stride(self.design) * (search[0].shape[1] - 1)
        for cells, template in zip(search, old, strict=True):
            disp_cells = disp_crop * ((cells.shape[1] - 1) / reach)
            new = window_around(cells, disp_cells, template.shape[1])
            energy = (tf.reduce_sum(x**2, axis=(1, 2, 3), keepdims=True) for x in (template, new))
            levels.append(new * tf.sqrt(tf.math.divide_no_nan(*energy)))
        return tuple(levels)


def _to_response(cosines: tf.Tensor, plan: SearchPlan) -> tf.Tensor:
    """Maps [N, T, n, n] of any level, upsampled: [N, T, r, r]."""
    cells, length = cosines.shape[2], plan.upsampling.shape[0]
    return upsample(cosines, tf.constant(upsampling_matrix(cells, (length - 1) // (cells - 1))))
