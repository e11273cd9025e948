"""One template against many search areas, in operations that runtimes for small devices know.

The head pairs every search area with a template of its own, by a depth-wise convolution with the
batch folded into the channels. Here the template is the filter of a plain convolution.
"""

import tensorflow as tf

from src.cross_correlation import TINY
from src.heads.correlation import CorrelationHead


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


# `design.join_method` -> how one level is compared
CORRELATIONS = {"xcorr": correlate_one, "cosine": cosine_one}


def compare_one(
    head: CorrelationHead,
    join_method: str,
    template_levels: tuple[tf.Tensor, ...],
    search_levels: tuple[tf.Tensor, ...],
) -> tf.Tensor:
    """What the head says of one template and several search areas, when it does not learn.

    Args:
        head: Gives the scaling of the scores.
        join_method: `design.join_method`, a row of `CORRELATIONS`.
        template_levels: [1, h, w, C] each; C may differ.
        search_levels: [S, H, W, C] each.

    Returns:
        Logits, [S, H - h + 1, W - w + 1].
    """
    correlate = CORRELATIONS[join_method]
    scores = [
        correlate(template, search)
        for template, search in zip(template_levels, search_levels, strict=True)
    ]
    score = head.score_gain * (tf.add_n(scores) / len(scores))
    return head.scaling(score, training=False)[..., 0]
