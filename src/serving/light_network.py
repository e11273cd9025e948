"""The graphs of a tracker's network for a light export: from crops to levels, and what a head says.

The convolutions of a head's branches are a part of it: they take as long as a third of the
backbone, and here several threads, or integers, make them quicker.
"""

from collections.abc import Callable, Mapping, Sequence

import tensorflow as tf

from src.network.heads.fused import FusedHead
from src.network.types import Levels
from src.parameters.network_arithmetic import exemplar_crop_sz
from src.tracking.look import SearchPlan
from src.tracking.update import TrackGraph

Function = tf.types.experimental.ConcreteFunction
Tensors = dict[str, tf.Tensor]

LEVEL = "level_"  # what names of the network's outputs begin with
BRANCHES = ("cls", "loc")  # of a `FusedHead`
PRODUCT, SAID = "product_", "said_"  # what names of what its branches compare and give begin with


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


def search_function(graph: TrackGraph, plan: SearchPlan, is_split: bool) -> Function:
    """Search crops to levels, and to what the head's branches compare of them.

    Args:
        graph: Of the tracker.
        plan: How it looks.
        is_split: Whether the head is a `FusedHead`.
    """

    def embedded(crops: tf.Tensor) -> Tensors:
        told = _numbered(graph.network.embed_search(crops, training=False))
        if is_split:
            told |= _by_branch(LEVEL, graph.network.head.seen(tuple(told.values())))
        return told

    return traced(embedded, _crops(len(plan.scales), plan.crop_sz))


def products_function(
    head: FusedHead, prepared: Mapping[str, tf.TensorSpec], seen: Mapping[str, tf.TensorSpec]
) -> Function:
    """Prepared templates, and what is compared of search areas, to the branches' products.

    Their filters are no constants, so integers are not for them.
    """

    def products(**tensors: tf.Tensor) -> Tensors:
        parts = (tuple(tensors[name] for name in names) for names in (prepared, seen))
        return _by_branch(PRODUCT, head.products(*parts))

    return traced(products, {**prepared, **seen})


def head_function(head: FusedHead, products: Mapping[str, tf.TensorSpec]) -> Function:
    """The branches' products to what they say."""

    def said(**tensors: tf.Tensor) -> Tensors:
        return _by_branch(SAID, head.judged(tuple(tensors[name] for name in products)))

    return traced(said, products)


def views_function(graph: TrackGraph) -> Function:
    """The crop of one view that a filter learns beside the first frame to levels.

    All in one batch would be no quicker, and what they take would be the most a process ever has.
    """

    def embedded(crops: tf.Tensor) -> Tensors:
        return _numbered(graph.network.embed_search(crops, training=False))

    return traced(embedded, _crops(1, graph.near.crop_sz))


def _by_branch(prefix: str, parts: Levels) -> Tensors:
    """What is of each branch, by name."""
    return {prefix + branch: part for branch, part in zip(BRANCHES, parts, strict=True)}


def _crops(count: int, crop_sz: int) -> dict[str, tf.TensorSpec]:
    """Crops float32 [S, c, c, 3], 0...255."""
    return {"crops": tf.TensorSpec([count, crop_sz, crop_sz, 3])}


def _numbered(levels: Levels) -> Tensors:
    """Levels by name, in float32: what a backbone computes in bfloat16 too."""
    return {f"{LEVEL}{place}": tf.cast(level, tf.float32) for place, level in enumerate(levels)}
