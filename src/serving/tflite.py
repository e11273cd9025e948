"""A network as two TFLite files of fixed shapes: the template of an exemplar, and the search."""

from pathlib import Path

import tensorflow as tf

from src.network.siamese import SiameseNetwork
from src.parameters.design import Design
from src.parameters.network_arithmetic import exemplar_crop_sz
from src.serving.single_template import compare_one

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

    return tf.function(template).get_concrete_function(
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
    return tf.function(search).get_concrete_function(
        tf.TensorSpec([scale_num, side, side, 3], tf.float32, "search"),
        **{name: tf.TensorSpec(level.shape, level.dtype, name) for name, level in levels.items()},
    )


def _convert(function: Function, network: SiameseNetwork) -> bytes:
    """The TFLite file of a graph, its weights as constants."""
    owner = tf.Module()
    owner.weights = [weight.value for weight in network.weights]
    return tf.lite.TFLiteConverter.from_concrete_functions([function], owner).convert()
