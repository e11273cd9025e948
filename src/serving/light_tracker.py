"""A tracker without TensorFlow: the files that `src.runtime` reads.

All arithmetic of `src.tracking` but the cropping is traced and converted, so it is written down
once. `network.tflite` embeds crops and does what convolutions of a head follow (`light_network`),
`tracker.tflite` all else.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import numpy as np
import tensorflow as tf

from src.network.heads.fused import FusedHead
from src.runtime.exports import FILES
from src.runtime.light_tracker import AREA, HEAD, PRODUCTS, STATE, VIEWS
from src.serving.light_network import (
    BRANCHES,
    LEVEL,
    SAID,
    Function,
    Tensors,
    exemplar_function,
    head_function,
    products_function,
    search_function,
    traced,
    views_function,
)
from src.serving.saved_model import named_leaves, told_leaves
from src.serving.split_network import SplitNetwork
from src.tracking.areas import placed
from src.tracking.graph_tracker import GraphTracker
from src.tracking.look import SearchPlan
from src.tracking.state import TrackState
from src.tracking.update import TrackGraph


class LightFunctions:
    """The graphs of one target's track; see `src.runtime.tracking` for who calls them when.

    Attributes:
        network: By name, crops -> levels.
        tracker: By name, levels and state -> state, find and areas.
    """

    def __init__(self, tracker: GraphTracker):
        """Traces all of them.

        Args:
            tracker: Of one target, with its weights as variables.
        """
        graph, network, design = tracker.graph, tracker.network, tracker.graph.design
        self._graph, self._split = graph, None
        if isinstance(network.head, FusedHead):
            self._split = SplitNetwork(network)
            look = type(graph.look)(self._split, design, graph.hp)
            self._graph = TrackGraph(look, self._split, design, graph.hp)
        self._state_spec = _of_one(tracker.advance.input_signature[1])
        plans = {"search": graph.near} | ({"wide": graph.wide} if graph.looks_wide else {})
        self.network = {"exemplar": exemplar_function(graph, list(self._prepared_spec()))} | {
            name: search_function(graph, plan, self._split is not None)
            for name, plan in plans.items()
        }
        self.tracker = {"start": self._start()}
        if self._split:
            for name in plans:
                self._ask_head(name)
        if graph.filter and graph.hp.filter_pasted:
            self.tracker[VIEWS] = self._views()
            self.network[VIEWS] = views_function(graph)
        self.tracker["begin"] = self._begin()
        for name, plan in plans.items():
            self.tracker[f"update_{name}"] = self._update(name, plan)
        if graph.refreshes:
            self.tracker["refresh"] = self._refresh()

    def _start(self) -> Function:
        """The first box to the areas that are looked at first."""

        def start(box_ltwh: tf.Tensor) -> Tensors:
            return areas_of(self._graph, *self._graph.shown(box_ltwh))

        return traced(start, {"box_ltwh": tf.TensorSpec([1, 4])})

    def _views(self) -> Function:
        """The first search crops and the first box to what the filter learns beside them."""

        def views(crops: tf.Tensor, box_ltwh: tf.Tensor) -> Tensors:
            return {"crops": self._graph.filter_views(crops, self._graph.shown(box_ltwh)[1])}

        near = self._graph.near
        crops = tf.TensorSpec([len(near.scales), near.crop_sz, near.crop_sz, 3])
        return traced(views, {"crops": crops, "box_ltwh": tf.TensorSpec([1, 4])})

    def _begin(self) -> Function:
        """Levels of the first crops to the first state."""
        kinds = [kind for kind in ("exemplar", "search", VIEWS) if kind in self.network]

        def begin(box_ltwh: tf.Tensor, frame_wh: tf.Tensor, **levels: tf.Tensor) -> Tensors:
            self._hear(levels, "search")
            exemplar, search, *views = (
                tuple(levels[key] for key in self._levels_of(kind)) for kind in kinds
            )
            return self._told(self._graph.begin(exemplar, search, box_ltwh, frame_wh, *views))

        levels = {**self._prepared_spec(), **self._said_of("search")}
        for kind in kinds:
            levels |= self._levels_of(kind)
        sizes = {"box_ltwh": tf.TensorSpec([1, 4]), "frame_wh": tf.TensorSpec([2])}
        return traced(begin, sizes | levels)

    def _update(self, name: str, plan: SearchPlan) -> Function:
        """Levels of search crops and a state to the next state and what was found."""
        levels = self._levels_of(name)

        def update(frame_wh: tf.Tensor, **tensors: tf.Tensor) -> Tensors:
            self._hear(tensors, name)
            search, state = tuple(tensors[key] for key in levels), self._state(tensors)
            seen = self._graph.sight(search, state, frame_wh, plan)
            state, found = self._graph.follow(state, seen)
            told = {
                key: new for key, new in self._told(state).items() if new is not tensors.get(key)
            }
            return told | {key: value[0] for key, value in told_leaves(found).items()}

        inputs = levels | self._said_of(name) | named_leaves(self._state_spec, STATE)
        return traced(update, {"frame_wh": tf.TensorSpec([2])} | inputs)

    def _refresh(self) -> Function:
        """Levels of exemplar crops where the target is, and the state, to the next templates."""
        levels = self._levels_of("exemplar")

        def refresh(**tensors: tf.Tensor) -> Tensors:
            exemplar, state = tuple(tensors[key] for key in levels), self._state(tensors)
            return named_leaves(self._graph.refreshed(state, exemplar), STATE)

        return traced(refresh, levels | named_leaves(self._state_spec, STATE))

    def _levels_of(self, name: str) -> dict[str, tf.TensorSpec]:
        """What an embedding gives, as inputs."""
        outputs = self.network[name].structured_outputs
        # views come one by one
        times = self._graph.hp.filter_pasted if name == VIEWS else 1
        return {
            key.replace(LEVEL, f"{name}_"): tf.TensorSpec(
                [times * value.shape[0], *value.shape[1:]]
            )
            for key, value in outputs.items()
            if key.removeprefix(LEVEL).isdigit()
        }

    def _ask_head(self, name: str) -> None:
        """Adds the graphs between a search and what the head's branches say of it."""
        outputs = self.network[name].structured_outputs
        seen = {f"{name}_{branch}": _spec_of(outputs[LEVEL + branch]) for branch in BRANCHES}
        products = products_function(self._split.head, self._prepared_spec(), seen)
        self.tracker[PRODUCTS + name] = products
        told = {key: _spec_of(value) for key, value in products.structured_outputs.items()}
        self.network[HEAD + name] = head_function(self._split.head, told)

    def _said_of(self, name: str) -> dict[str, tf.TensorSpec]:
        """What the head's branches give, as inputs; nothing of another head."""
        if not self._split:
            return {}
        outputs = self.network[HEAD + name].structured_outputs
        return {SAID + branch: _spec_of(outputs[SAID + branch]) for branch in BRANCHES}

    def _prepared_spec(self) -> dict[str, tf.TensorSpec]:
        """What the head compares of a template, as a part of a track's state."""
        leaves = named_leaves(self._state_spec, STATE)
        names = tf.nest.pack_sequence_as(self._state_spec, list(leaves)).template.prepared
        return {name: leaves[name] for name in names}

    def _hear(self, tensors: Mapping[str, tf.Tensor], name: str) -> None:
        """Tells the split network what was computed elsewhere."""
        if self._split:
            self._split.prepared = tuple(tensors[key] for key in self._prepared_spec())
            self._split.said = tuple(tensors[key] for key in self._said_of(name))

    def _state(self, tensors: Mapping[str, tf.Tensor]) -> TrackState:
        """The state among named tensors."""
        names = named_leaves(self._state_spec, STATE)
        return tf.nest.pack_sequence_as(self._state_spec, [tensors[name] for name in names])

    def _told(self, state: TrackState) -> Tensors:
        """A state by names, and the areas that may be looked at next."""
        areas = areas_of(self._graph, state.centre_frame, state.target_sz)
        return named_leaves(state, STATE) | areas


def _spec_of(tensor: tf.Tensor) -> tf.TensorSpec:
    """A tensor's shape and type."""
    return tf.TensorSpec(tensor.shape, tensor.dtype)


def areas_of(graph: TrackGraph, centre_frame: tf.Tensor, target_sz: tf.Tensor) -> Tensors:
    """Areas that are cut out for each graph of the network.

    Args:
        graph: Plans the crops.
        centre_frame: float32 [1, 2], (x, y) of the target, frame pixels.
        target_sz: float32 [1, 2], (width, height), frame pixels.

    Returns:
        By `area_` and the graph's name: float32 [S, 3], (x, y) of centres, and sides; frame pixels.
    """
    sides = {
        f"{AREA}exemplar": graph.exemplar_sides(target_sz),
        f"{AREA}search": graph.search_sides(target_sz, graph.near),
    }
    if graph.looks_wide:
        sides[f"{AREA}wide"] = graph.search_sides(target_sz, graph.wide)
    return {
        name: tf.concat(placed(centre_frame, side, graph.design), axis=1)
        for name, side in sides.items()
    }


def _of_one(state_spec: TrackState) -> TrackState:
    """The state's shapes with one target."""
    return tf.nest.map_structure(
        lambda part: tf.TensorSpec([1, *part.shape[1:]], part.dtype), state_spec
    )


Samples = Callable[[], Iterator[tuple[str, Mapping[str, np.ndarray]]]]


def write_light(
    tracker: GraphTracker, folder: Path, quantise: str, samples: Samples | None = None
) -> dict[str, Function]:
    """Writes the files that `src.runtime` reads, but for the description.

    Args:
        tracker: Of one target, with its weights as variables.
        folder: An existing folder.
        quantise: A row of `src.runtime.exports.NUMBERS`. What follows the network computes in
            float32 whatever it is.
        samples: Gives crops as the network will see them, by name of its graphs, those of an
            exemplar first; for int8.

    Returns:
        The functions by file and name: `network.exemplar`, ...
    """
    graphs, owner = LightFunctions(tracker), tf.Module()
    owner.weights = [weight.value for weight in tracker.network.weights]
    complete = samples and partial(_completed, samples, graphs)
    network = _converted(graphs.network, owner, quantise, complete)
    (folder / FILES[0]).write_bytes(network)
    (folder / FILES[1]).write_bytes(_converted(graphs.tracker, owner, "none"))
    return {
        f"{Path(file).stem}.{name}": function
        for file, functions in zip(FILES, (graphs.network, graphs.tracker), strict=True)
        for name, function in functions.items()
    }


def _completed(
    samples: Samples, graphs: LightFunctions
) -> Iterator[tuple[str, Mapping[str, np.ndarray]]]:
    """Samples for all graphs of the network: what a head's branches compare comes after crops."""
    known: dict[str, np.ndarray] = {}
    for name, crops in samples():
        yield name, crops
        known |= _called(graphs.network[name], crops, name)
        if HEAD + name in graphs.network:
            products = _called(graphs.tracker[PRODUCTS + name], known, name)
            yield HEAD + name, products


def _called(
    function: Function, known: Mapping[str, np.ndarray], name: str
) -> dict[str, np.ndarray]:
    """Outputs of a graph, as the tracker's graphs call them."""
    inputs = tf.nest.flatten(function.structured_input_signature)
    told = function(**{spec.name: tf.constant(known[spec.name]) for spec in inputs})
    return {key.replace(LEVEL, f"{name}_"): value.numpy() for key, value in told.items()}


def _converted(
    functions: Mapping[str, Function],
    owner: tf.Module,
    quantise: str,
    samples: Samples | None = None,
) -> bytes:
    """Several graphs as one TFLite file, which holds a weight that they share once."""
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(owner, folder, signatures=dict(functions))
        converter = tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=list(functions))
        if quantise != "none":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if quantise == "float16":
            converter.target_spec.supported_types = [tf.float16]
        converter.representative_dataset = samples
        return converter.convert()
