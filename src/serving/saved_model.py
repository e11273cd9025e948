"""A tracker as a SavedModel: any program with TensorFlow can run it without this project."""

from pathlib import Path
from typing import Any

import tensorflow as tf

from src.tracking.graph_tracker import BOX, FRAME, SiamFCTracker

Function = tf.types.experimental.ConcreteFunction
STATE = "state_"  # what the names of a track's state begin with


def save_tracker(tracker: SiamFCTracker, folder: Path) -> dict[str, Function]:
    """Writes a SavedModel with the signatures `init` and `update`.

    `init` takes `frame` uint8 [H, W, 3] and `box_ltwh` float32 [4] and gives the state of a track,
    a tensor for each leaf of `TrackState`: `state_centre_frame`, ..., `state_template_0`, ...
    `update` takes `frame` and that state and gives the next state under the same names, and what
    was found under the names of `Found`'s fields. Frames may be of any size.

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


def _init(tracker: SiamFCTracker) -> Function:
    """The graph of `start` with named outputs."""

    def init(frame: tf.Tensor, box_ltwh: tf.Tensor) -> dict[str, tf.Tensor]:
        return named_leaves(tracker.start(frame, box_ltwh), STATE)

    return tf.function(init).get_concrete_function(_named(FRAME, "frame"), _named(BOX, "box_ltwh"))


def _update(tracker: SiamFCTracker) -> Function:
    """The graph of `advance` with named inputs and outputs."""
    state_spec = tracker.advance.input_signature[1]
    named_specs = named_leaves(state_spec, STATE)

    def update(frame: tf.Tensor, **leaves: tf.Tensor) -> dict[str, tf.Tensor]:
        state = tf.nest.pack_sequence_as(state_spec, [leaves[name] for name in named_specs])
        state, found = tracker.advance(frame, state)
        return named_leaves(state, STATE) | named_leaves(found)

    return tf.function(update).get_concrete_function(
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
