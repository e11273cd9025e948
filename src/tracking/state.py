"""What a track remembers from frame to frame, and what an update found."""

from typing import NamedTuple

import tensorflow as tf

from src.network.types import Levels
from src.tracking.online_filter import FilterState


class Template(NamedTuple):
    """What N targets are compared with.

    Attributes:
        scaled: Levels of the first exemplar at several scales; empty where a method has no use
            for them. The larger the scale, the more of the template the target fills.
        rolling: Levels, float32 [N, h, w, C] each, of the exemplar in the first frame, and
            averaged with later ones if `hp.z_lr` is above 0.
        prepared: Levels of what the head compares of the first exemplar; empty where it is asked
            anew.
    """

    scaled: tuple[Levels, ...]
    rolling: Levels
    prepared: Levels = ()


class TrackState(NamedTuple):
    """All that tracks remember between frames.

    Attributes:
        centre_frame: float32 [N, 2], (x, y) of the targets' centres.
        target_sz: float32 [N, 2], (width, height) of the targets, frame pixels.
        first_sz: float32 [N, 2], the same in the first frame.
        template: Of the targets.
        first_peak: float32 [N], score of the target in the frame it was shown in.
        evidence: float32 [N, 2], smoothed; see `src.tracking.response`.
        lost: bool [N], whether the target is taken for gone.
        first_frame_bias: float32 [N, 4], how the first look took the target it was shown: its
            centre's (x, y) in true sizes, and the logarithms of its width and height in true ones.
        online: Of the filter that learns its target; empty without one.
    """

    centre_frame: tf.Tensor
    target_sz: tf.Tensor
    first_sz: tf.Tensor
    template: Template
    first_peak: tf.Tensor
    evidence: tf.Tensor
    lost: tf.Tensor
    first_frame_bias: tf.Tensor
    online: FilterState | tuple[()] = ()


def begin(centre_frame: tf.Tensor, target_sz: tf.Tensor, template: Template) -> TrackState:
    """The state of targets [N] that nobody has looked for yet."""
    none = tf.zeros_like(target_sz)
    none_of_each = none[:, 0]
    bias = tf.concat([none, none], axis=1)
    return TrackState(
        *(centre_frame, target_sz, target_sz, template),
        *(none_of_each, none, none_of_each > 0, bias),
    )


class Found(NamedTuple):
    """What one update found; see `src.tracking.tracker.TrackResult`.

    Attributes:
        box_ltwh: float32 [N, 4], frame pixels.
        score: float32 [N], peak of the winning response, a logit.
        response: float32 [N, r, r], the windowed response.
        search_box_ltwh: float32 [N, 4], the winning search area, frame pixels.
        confidence: float32 [N], 0...1.
        lost: bool [N].
        evidence: float32 [N, 2], what the confidence is computed from.
        filter_response: float32 [N, m, m], what the filter says of that area, cells of the score
            map; for pictures, so exports do without it. None without a filter.
    """

    box_ltwh: tf.Tensor
    score: tf.Tensor
    response: tf.Tensor
    search_box_ltwh: tf.Tensor
    confidence: tf.Tensor
    lost: tf.Tensor
    evidence: tf.Tensor
    filter_response: tf.Tensor | None = None

    def of_target(self, number: int) -> "Found":
        """What was found of one target, without the axis of targets."""
        return Found(*(part if part is None else part[number] for part in self))
