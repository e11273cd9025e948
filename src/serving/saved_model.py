"""A tracker as a SavedModel, and the description beside it."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from src.base.files import file_sha256
from src.network.box_coding import distance_unit, make_anchors
from src.parameters.design import EXPORT, Design, keys_of
from src.parameters.hyperparams import Hyperparams, TrackerHyperparams
from src.parameters.network_arithmetic import (
    exemplar_crop_sz,
    response_sz,
    score_sz,
    template_sz,
    total_stride,
)
from src.runtime.exports import FORMAT, sealed
from src.tracking.graph_tracker import BOX, FRAME, GraphTracker
from src.weights.checkpoints import network_settings

Function = tf.types.experimental.ConcreteFunction
STATE = "state_"  # what the names of a track's state begin with
DRAWN = "filter_response"  # the field of `Found` that only pictures show


def save_tracker(tracker: GraphTracker, folder: Path) -> dict[str, Function]:
    """Writes a SavedModel with the signatures `init` and `update`.

    `init` takes `frame` uint8 [H, W, 3] and `box_ltwh` float32 [4] and gives the state of a track,
    a tensor for each leaf of `TrackState`: `state_centre_frame`, ..., `state_template_0`, ...
    `update` takes `frame` and that state and gives the next state under the same names, and what
    was found under the names of `Found`'s fields, but for `DRAWN`. Frames may be of any size.

    Args:
        tracker: With its weights.
        folder: Where to write.

    Returns:
        The signatures by their names.
    """
    owner = tf.Module()
    # the variables alone: Keras would trace its model anew, without knowing `training`
    owner.weights = [weight.value for weight in tracker.network.weights]
    signatures = {"init": _init(tracker), "update": _update(tracker)}
    tf.saved_model.save(owner, str(folder), signatures=signatures)
    return signatures


def _init(tracker: GraphTracker) -> Function:
    """The graph of `start` with named outputs."""

    def init(frame: tf.Tensor, box_ltwh: tf.Tensor) -> dict[str, tf.Tensor]:
        return named_leaves(tracker.start(frame, box_ltwh), STATE)

    return tf.function(init, autograph=False).get_concrete_function(
        _named(FRAME, "frame"), _named(BOX, "box_ltwh")
    )


def _update(tracker: GraphTracker) -> Function:
    """The graph of `advance` with named inputs and outputs."""
    state_spec = tracker.advance.input_signature[1]
    named_specs = named_leaves(state_spec, STATE)

    def update(frame: tf.Tensor, **leaves: tf.Tensor) -> dict[str, tf.Tensor]:
        state = tf.nest.pack_sequence_as(state_spec, [leaves[name] for name in named_specs])
        state, found = tracker.advance(frame, state)
        return named_leaves(state, STATE) | told_leaves(found)

    return tf.function(update, autograph=False).get_concrete_function(
        _named(FRAME, "frame"), **{name: _named(spec, name) for name, spec in named_specs.items()}
    )


def _named(spec: tf.TensorSpec, name: str) -> tf.TensorSpec:
    """The specification of an argument with this name."""
    return tf.TensorSpec(spec.shape, spec.dtype, name)


def named_leaves(record: tuple, prefix: str = "") -> dict[str, Any]:
    """The leaves of a NamedTuple in the order of `tf.nest.flatten`.

    Args:
        record: A NamedTuple; its fields are leaves, or nested structures of leaves.
        prefix: What every name begins with.

    Returns:
        By name: that of the field; within a nested field with the place, `template_0`.
    """
    named = {}
    for field, value in zip(record._fields, record, strict=True):
        for place, leaf in enumerate(tf.nest.flatten(value)):
            named[f"{prefix}{field}_{place}" if tf.nest.is_nested(value) else prefix + field] = leaf
    return named


def told_leaves(found: tuple) -> dict[str, Any]:
    """The leaves of what was found that exports tell: all but what only pictures show.

    Args:
        found: A NamedTuple, as `Found` is.

    Returns:
        As of `named_leaves`.
    """
    return {name: leaf for name, leaf in named_leaves(found).items() if name != DRAWN}


def describe_export(
    folder: Path,
    design: Design,
    hp: Hyperparams,
    scales: np.ndarray,
    weights: str,
    functions: Mapping[str, tf.types.experimental.ConcreteFunction],
    quantise: str = "none",
) -> dict[str, Any]:
    """The description of all files of an export.

    Args:
        folder: The export, whole but for its description.
        design: What was exported.
        hp: Of which the tracker's keys are told.
        scales: Of the search crops, in their order.
        weights: One line that names the weights.
        functions: By name: what can be called.
        quantise: What the light tracker computes with; see `src.runtime.exports.NUMBERS`.

    Returns:
        Values for JSON: `sizes` in pixels (crops), cells (template, score) and elements of the
        upsampled score map (response); `stride` in crop pixels a cell; `scales` in the order of
        the search crops; SiamRPN's `anchors` as (width, height), crop pixels, in the order of the
        channels of `cls`, or the `distance_unit`, crop pixels, that `loc` counts distances in (see
        `src.network.box_coding`); inputs and outputs of each of `functions`, sizes that are free
        as null; SHA-256 by path in the folder, and its own.
    """
    told = {
        "format": FORMAT,
        "weights": weights,
        "quantise": quantise,
        "sizes": {
            "exemplar_crop": exemplar_crop_sz(design),
            "search": design.search_sz,
            "template": template_sz(design),
            "score": score_sz(design),
            "response": response_sz(design, hp),
        },
        "stride": total_stride(design),
        "scales": np.float64(scales).tolist(),
        **_METHOD_FACTS[design.method, design.box_coding](design),
        "design": network_settings(design)
        | design.model_dump(mode="json", include=keys_of(Design, EXPORT)),
        "hyperparams": hp.model_dump(mode="json", include=set(TrackerHyperparams.model_fields)),
        "functions": {name: _signature(function) for name, function in functions.items()},
        "versions": {
            "tensorflow": tf.__version__,
            "keras": tf.keras.__version__,
            "numpy": np.__version__,
        },
        "sha256": {
            path.relative_to(folder).as_posix(): file_sha256(path) for path in _files(folder)
        },
    }
    return sealed(told)


def _no_facts(_design: Design) -> dict[str, Any]:
    """Nothing but what is told of all methods."""
    return {}


def _anchors(design: Design) -> dict[str, Any]:
    """Sizes of the anchors of a cell."""
    cell = make_anchors(1, total_stride(design), design.anchor_scales, design.anchor_ratios)
    return {"anchors": cell[:, 2:].tolist()}


def _distances(design: Design) -> dict[str, Any]:
    """What distances are counted in."""
    return {"distance_unit": distance_unit(design)}


# `design.method`, `design.box_coding` -> what else a program must know
_METHOD_FACTS = {
    ("siamfc", "anchors"): _no_facts,
    ("siamrpn", "anchors"): _anchors,
    ("siamrpn_fused", "anchors"): _anchors,
    ("siamrpn_fused", "distances"): _distances,
}


def _signature(function: tf.types.experimental.ConcreteFunction) -> dict[str, Any]:
    """Inputs and outputs of a graph by name."""
    positional, named = function.structured_input_signature
    inputs = {spec.name: spec for spec in positional} | named
    return {"inputs": _shapes(inputs), "outputs": _shapes(function.structured_outputs)}


def _shapes(tensors: Mapping[str, tf.TensorSpec]) -> dict[str, Any]:
    """Type and shape of each tensor."""
    return {
        name: {"dtype": tensor.dtype.name, "shape": tensor.shape.as_list()}
        for name, tensor in tensors.items()
    }


def _files(folder: Path) -> Iterable[Path]:
    """All files below a folder in the order of their names."""
    return sorted(path for path in folder.rglob("*") if path.is_file())
