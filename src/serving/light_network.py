"""The graphs of a tracker's network for a light export: from crops to levels, and what a head says.

A head's branches are a part of it: their convolutions take as long as a third of the backbone, and
here several threads, or integers, make them quicker.
"""

from collections.abc import Callable, Mapping, Sequence

import tensorflow as tf

from src.network.types import Levels
from src.parameters.network_arithmetic import exemplar_crop_sz
from src.tracking.look import SearchPlan
from src.tracking.update import TrackGraph

Function = tf.types.experimental.ConcreteFunction
Tensors = dict[str, tf.Tensor]

LEVEL = "level_"  # what names of the network's outputs begin with
SAID = ("cls", "loc")  # what a `FusedHead`'s branches give


def traced(function: Callable[..., Tensors], inputs: Mapping[str, tf.TensorSpec]) -> Function:
    """A graph with named inputs and outputs.

    Args:
        function: Takes the inputs by name.
        inputs: Their shapes and types.
    """
    specs = {name: tf.TensorSpec(spec.shape, spec.dtype, name) for name, spec in inputs.items()}
    return tf.function(function, autograph=False).get_concrete_function(**specs)


def exemplar_function(graph: TrackGraph, prepared: Sequence[str]) -> Function:
    """Exemplar crops at all scales to levels, and to what the head compares.

    Args:
        graph: Of the tracker.
        prepared: Names for the latter; none where a head is asked anew.
    """

    def embedded(crops: tf.Tensor) -> Tensors:
        levels = graph.network.embed_template(crops, training=False)
        parts = graph.look.embed(levels).prepared
        return _numbered(levels) | dict(zip(prepared, parts, strict=True))

    return traced(embedded, _crops(len(graph.look.exemplar_scales), exemplar_crop_sz(graph.design)))


def search_function(
    graph: TrackGraph, plan: SearchPlan, prepared: Mapping[str, tf.TensorSpec]
) -> Function:
    """Search crops to levels, and to what the head's branches say of prepared templates.

    Args:
        graph: Of the tracker.
        plan: How it looks.
        prepared: The templates; none where the head's branches are not asked.
    """

    def embedded(crops: tf.Tensor, **templates: tf.Tensor) -> Tensors:
        told = _numbered(graph.network.embed_search(crops, training=False))
        if templates:
            ordered, levels = tuple(templates[name] for name in prepared), tuple(told.values())
            said = graph.network.head.branches(ordered, levels)
            told |= {LEVEL + part: value for part, value in zip(SAID, said, strict=True)}
        return told

    return traced(embedded, _crops(len(plan.scales), plan.crop_sz) | prepared)


def views_function(graph: TrackGraph) -> Function:
    """Crops of what a filter learns beside the first frame to levels."""

    def embedded(crops: tf.Tensor) -> Tensors:
        return _numbered(graph.network.embed_search(crops, training=False))

    return traced(embedded, _crops(graph.hp.filter_pasted, graph.near.crop_sz))


def _crops(count: int, crop_sz: int) -> dict[str, tf.TensorSpec]:
    """Crops float32 [S, c, c, 3], 0...255."""
    return {"crops": tf.TensorSpec([count, crop_sz, crop_sz, 3])}


def _numbered(levels: Levels) -> Tensors:
    """Levels by name, in float32: what a backbone computes in bfloat16 too."""
    return {f"{LEVEL}{place}": tf.cast(level, tf.float32) for place, level in enumerate(levels)}
