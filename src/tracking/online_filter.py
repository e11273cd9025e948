"""A filter that learns its target, and what is beside it, while it tracks.

A similarity that was learned once cannot know this video's look-alikes. The filter is learned from
the features of the search areas, which are computed anyway: of the first frame as it is and with
the target pasted elsewhere, and of later frames at the place that was found. How it is learned says
`src.tracking.ridge_filter`; here is what is remembered, and when it is learned from.
"""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from src.geometry.search_geometry import cell_grid
from src.parameters.design import Design
from src.parameters.hyperparams import Hyperparams
from src.parameters.network_arithmetic import filter_margin, score_sz, total_stride
from src.tracking.ridge_filter import Samples, descend, respond

# within so many spreads of the label is the peak, and beyond so many in x or y is the rest
PEAK_REACH, REST_REACH = 2.0, 2.5
TINY = 1e-6  # added to the squared length of a cell, for cells of nothing


class FilterState(NamedTuple):
    """What the filters of N targets are and are learned from; sizes stay as they are.

    Attributes:
        taps: float32 [N, k * k, C].
        mean: float32 [N, C], of the cells of the first frame's views, each of length 1.
        samples: M of each: first those of the first frame, then places for later ones in turn.
        age: int32 [N], updates since the first frame.
    """

    taps: tf.Tensor
    mean: tf.Tensor
    samples: Samples
    age: tf.Tensor


class OnlineFilter:
    """Learns and answers; see the module."""

    def __init__(self, design: Design, hp: Hyperparams):
        """Takes sizes, and the keys that begin with `filter_`."""
        self.hp = hp
        self.stride, self.cells = total_stride(design), score_sz(design)
        self.margin = int(filter_margin(design, hp.filter_cells))

    def begin(self, first: tf.Tensor, disp_crop: np.ndarray) -> FilterState:
        """Filters of the first frame.

        Args:
            first: Features float32 [N, F, n, n, C] of its views.
            disp_crop: float [F, 2], where the target is in them, (x, y) from the middle.
        """
        mean = tf.reduce_mean(normalised(first), axis=(1, 2, 3))
        return self.learned_first(centred(first, mean), mean, disp_crop)

    def learned_first(
        self, features: tf.Tensor, mean: tf.Tensor, disp_crop: np.ndarray
    ) -> FilterState:
        """The same, of features that are centred by their mean float32 [N, C]."""
        views, later = len(disp_crop), self.hp.filter_memory
        labels = self._labels(tf.constant(disp_crop, tf.float32))
        # of each target alike
        none = tf.zeros_like(features[:, :, 0, 0, 0])
        samples = Samples(features, labels + none[..., None, None], none + 1 / views)
        taps = tf.tile(tf.zeros_like(features[:, :1, 0, 0]), [1, self.hp.filter_cells**2, 1])
        taps = self._nearer(taps, samples, self.hp.filter_first_steps)
        samples = Samples(*(_with_places(part, later) for part in samples))
        return FilterState(taps, mean, samples, tf.cast(none[:, 0], tf.int32))

    def response(self, state: FilterState, search: tf.Tensor) -> tf.Tensor:
        """What the filters say of search areas of any size: about 1 at the target.

        Args:
            state: Of N targets.
            search: Features float32 [N, S, n, n, C].

        Returns:
            float32 [N, S, m, m], cells of the score map.
        """
        return respond(state.taps, centred(search, state.mean), self.margin)

    def margin_at(self, response: tf.Tensor, disp_crop: tf.Tensor) -> tf.Tensor:
        """How far the response at a place is above all else: near 0 beside a look-alike.

        Args:
            response: float32 [N, m, m], of the search areas.
            disp_crop: float32 [N, 2], places, (x, y) from the middle.

        Returns:
            float32 [N], the peak there less the highest of the rest, which count if above 0.
        """
        grid_xy = tf.constant(cell_grid(response.shape[-1], self.stride), tf.float32)
        far_xy = (grid_xy - disp_crop[:, None, None, :]) / self.hp.filter_sigma
        at_peak = tf.reduce_sum(far_xy**2, axis=-1) <= PEAK_REACH**2
        beyond = tf.reduce_any(tf.abs(far_xy) > REST_REACH, axis=-1)
        peak, rest = (
            tf.reduce_max(tf.where(part, response, 0.0), axis=(1, 2)) for part in (at_peak, beyond)
        )
        return peak - rest

    def next(
        self, state: FilterState, search: tf.Tensor, disp_crop: tf.Tensor, held: tf.Tensor
    ) -> FilterState:
        """Filters an update later, which every so many updates learn from its search areas.

        Args:
            state: Of N targets, which have tracked as long.
            search: Features float32 [N, n, n, C].
            disp_crop: float32 [N, 2], where the targets were found, (x, y) from the middle.
            held: bool [N], whose area is not to be learned from.
        """
        state = state._replace(age=state.age + 1)
        taps, samples = tf.cond(
            tf.equal(state.age[0] % self.hp.filter_every, 0),
            lambda: self._learned(state, search, disp_crop, held),
            lambda: (state.taps, state.samples),
        )
        return state._replace(taps=taps, samples=samples)

    def _learned(
        self, state: FilterState, search: tf.Tensor, disp_crop: tf.Tensor, held: tf.Tensor
    ) -> tuple[tf.Tensor, Samples]:
        """Taps, and one sample more in the place whose turn it is; as before if held."""
        old, later = state.samples, self.hp.filter_memory
        first = old.weights.shape[1] - later
        place = first + (state.age // self.hp.filter_every - 1) % later
        new = (tf.range(first + later) == place[:, None]) & ~held[:, None]
        cells = new[:, :, None, None]
        samples = Samples(
            tf.where(cells[..., None], centred(search, state.mean)[:, None], old.features),
            tf.where(cells, self._labels(disp_crop)[:, None], old.labels),
            shared(old.weights, new, first, self.hp.filter_lr),
        )
        return self._nearer(state.taps, samples, self.hp.filter_steps), samples

    def _nearer(self, taps: tf.Tensor, samples: Samples, steps: int) -> tf.Tensor:
        """Taps after some steps towards what is best for the samples."""
        return descend(taps, samples, self.hp.filter_ridge, self.margin, steps)

    def _labels(self, disp_crop: tf.Tensor) -> tf.Tensor:
        """Gaussians [..., m, m] around displacements [..., 2], crop pixels."""
        grid_xy = tf.constant(cell_grid(self.cells, self.stride), tf.float32)
        far = tf.reduce_sum((grid_xy - disp_crop[..., None, None, :]) ** 2, axis=-1)
        return tf.exp(-far / (2 * self.hp.filter_sigma**2))


def _with_places(part: tf.Tensor, more: int) -> tf.Tensor:
    """What is of samples [N, M, ...], and zeros for more of them."""
    return tf.pad(part, [[0, 0], [0, more], *[[0, 0]] * (part.shape.rank - 2)])


def normalised(features: tf.Tensor) -> tf.Tensor:
    """Features [..., C] of length 1: how like a cell is the target, not how bright."""
    features = tf.cast(features, tf.float32)
    # of a square TFLite would make its own norm, without what is added for cells of nothing; a
    # power of so many axes is slow there
    energy = tf.reduce_sum(features * features, axis=-1, keepdims=True)
    return features * tf.math.rsqrt(energy + TINY)


def centred(features: tf.Tensor, mean: tf.Tensor) -> tf.Tensor:
    """Features of length 1 less what is usual: what sets cells apart.

    Without it one direction outweighs all others, and rounding decides where so few steps of
    conjugate gradients end: tracks of two machines part at the next look-alike.

    Args:
        features: [N, ..., C].
        mean: float32 [N, C].

    Returns:
        float32 [N, ..., C].
    """
    around = [1] * (features.shape.rank - 2)
    return normalised(features) - tf.reshape(mean, [-1, *around, mean.shape[-1]])


def shared(weights: tf.Tensor, new: tf.Tensor, first: int, share: float) -> tf.Tensor:
    """Weights of samples, of which one is new; they sum to 1.

    Args:
        weights: float32 [N, M], before.
        new: bool [N, M], the place of the new one; of a target without one nothing changes.
        first: How many are of the first frame: they have what the later ones leave, in equal parts.
        share: Of the new sample, 0...1.

    Returns:
        float32 [N, M].
    """
    some = tf.reduce_any(new, axis=1, keepdims=True)
    later = tf.where(new, share, weights * tf.where(some, 1 - share, 1.0))[:, first:]
    left = 1 - tf.reduce_sum(later, axis=1, keepdims=True)
    return tf.concat([tf.repeat(left / first, first, axis=1), later], axis=1)
