"""A tracker's network as TFLite files."""

from collections.abc import Callable
from pathlib import Path

import tensorflow as tf

from src.network.cross_correlation import TINY
from src.network.heads.correlation import CorrelationHead
from src.network.siamese import SiameseNetwork
from src.network.types import Levels
from src.parameters.design import Design
from src.parameters.network_arithmetic import exemplar_crop_sz

Function = tf.types.experimental.ConcreteFunction


def write_tflite(
    network: SiameseNetwork, design: Design, scale_num: int, folder: Path
) -> dict[str, Function]:
    """Writes `template.tflite` and `search.tflite`.

    `template.tflite` maps `exemplar` float32 [1, s, s, 3], s the `exemplar_crop_sz` of the design,
    to the levels `template_0`, ... [1, t, t, C] each. `search.tflite` maps `search` float32
    [S, search_sz, search_sz, 3] and those levels to what the head gives: `score` [S, n, n], logits,
    or SiamRPN's `cls` and `loc` (see `src.network.heads.rpn`). Crops are RGB 0...255. Both know
    TFLite's own operations only.

    Args:
        network: Built for `design`, with its weights.
        design: Sizes and `join_method`.
        scale_num: S, the number of search crops; 1 for SiamRPN.
        folder: An existing folder.

    Returns:
        The functions by the stem of their file.
    """
    template = _template_function(network, exemplar_crop_sz(design))
    levels = template.structured_outputs
    search = _search_function(network, design, scale_num, levels)
    functions = {"template": template, "search": search}
    for stem, function in functions.items():
        (folder / f"{stem}.tflite").write_bytes(_convert(function, network))
    return functions


def _template_function(network: SiameseNetwork, crop_sz: int) -> Function:
    """The graph from an exemplar to the template's levels."""

    def template(exemplar: tf.Tensor) -> dict[str, tf.Tensor]:
        levels = network.embed_template(exemplar, training=False)
        return {f"template_{place}": level for place, level in enumerate(levels)}

    return tf.function(template, autograph=False).get_concrete_function(
        tf.TensorSpec([1, crop_sz, crop_sz, 3], tf.float32, "exemplar")
    )


def _search_function(
    network: SiameseNetwork, design: Design, scale_num: int, levels: dict[str, tf.Tensor]
) -> Function:
    """The graph from search crops and the template's levels to what the head gives."""

    def search(search: tf.Tensor, **template: tf.Tensor) -> dict[str, tf.Tensor]:
        embedded = network.embed_search(search, training=False)
        ordered = tuple(template[name] for name in levels)
        return compare_one(network.head, design.join_method, ordered, embedded)

    side = design.search_sz
    return tf.function(search, autograph=False).get_concrete_function(
        tf.TensorSpec([scale_num, side, side, 3], tf.float32, "search"),
        **{name: tf.TensorSpec(level.shape, level.dtype, name) for name, level in levels.items()},
    )


def _convert(function: Function, network: SiameseNetwork) -> bytes:
    """The TFLite file of a graph, its weights as constants."""
    owner = tf.Module()
    owner.weights = [weight.value for weight in network.weights]
    return tf.lite.TFLiteConverter.from_concrete_functions([function], owner).convert()


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
