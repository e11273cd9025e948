"""One template against one or many search areas, in operations that small devices' runtimes know.

SiamFC's head pairs every search area with a template of its own, by a depth-wise convolution with
the batch folded into the channels. Here the template is the filter of a plain convolution. SiamRPN
looks at one area, so its heads are used as they are.
"""

from collections.abc import Callable

import tensorflow as tf

from src.network.cross_correlation import TINY
from src.network.heads.correlation import CorrelationHead

Levels = tuple[tf.Tensor, ...]
Outputs = dict[str, tf.Tensor]


def correlate_one(template: tf.Tensor, search: tf.Tensor) -> tf.Tensor:
    """Slides one template over several search areas; see `cross_correlation`.

    Args:
        template: [1, h, w, C] embedded exemplar.
        search: [S, H, W, C] embedded search areas, H >= h, W >= w.

    Returns:
        [S, H - h + 1, W - w + 1, 1].
    """
    return tf.nn.conv2d(search, tf.transpose(template, [1, 2, 3, 0]), 1, "VALID")


def cosine_one(template: tf.Tensor, search: tf.Tensor) -> tf.Tensor:
    """The same, divided by the norms of the template and of each window: -1...1.

    Args:
        template: [1, h, w, C] embedded exemplar.
        search: [S, H, W, C] embedded search areas, H >= h, W >= w.

    Returns:
        [S, H - h + 1, W - w + 1, 1]; see `cosine_correlation`.
    """
    window = tf.ones_like(template[..., :1])
    window_energy = correlate_one(window, tf.reduce_sum(search**2, axis=-1, keepdims=True))
    template_energy = tf.reduce_sum(template**2)
    products = correlate_one(template, search)
    return products * _inverse_norm(window_energy) * _inverse_norm(template_energy)


def _inverse_norm(energy: tf.Tensor) -> tf.Tensor:
    """1 / sqrt, a large number where the energy is almost 0."""
    return tf.math.rsqrt(tf.maximum(energy, TINY))


def _scores(correlate: Callable[[tf.Tensor, tf.Tensor], tf.Tensor]) -> Callable[..., Outputs]:
    """How `CorrelationHead` compares, with another correlation."""

    def compare(head: CorrelationHead, template_levels: Levels, search_levels: Levels) -> Outputs:
        """Logits `score`, [S, H - h + 1, W - w + 1]."""
        scores = [
            correlate(template, search)
            for template, search in zip(template_levels, search_levels, strict=True)
        ]
        score = head.score_gain * (tf.add_n(scores) / len(scores))
        return {"score": head.scaling(score, training=False)[..., 0]}

    return compare


def _proposals(
    head: tf.keras.layers.Layer, template_levels: Levels, search_levels: Levels
) -> Outputs:
    """`cls` and `loc` of one search area; see `src.network.heads.rpn`."""
    return head(template_levels, search_levels, training=False)


COMPARISONS = {
    "xcorr": _scores(correlate_one),
    "cosine": _scores(cosine_one),
    "rpn_up_channel": _proposals,
    "rpn_depthwise": _proposals,
    "rpn_levels": _proposals,
    "rpn_fused": _proposals,
}


def compare_one(
    head: tf.keras.layers.Layer,
    join_method: str,
    template_levels: Levels,
    search_levels: Levels,
) -> Outputs:
    """What the head says of one template and several search areas, when it does not learn.

    Args:
        head: As `src.network.heads` makes it.
        join_method: `design.join_method`.
        template_levels: [1, h, w, C] each; C may differ.
        search_levels: [S, H, W, C] each; S = 1 for heads of SiamRPN.

    Returns:
        By name what the head gives; `score` without its last axis, [S, H - h + 1, W - w + 1].
    """
    return COMPARISONS[join_method](head, template_levels, search_levels)
