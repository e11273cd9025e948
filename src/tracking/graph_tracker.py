"""Trackers whose update is one graph call: of one target, and of several."""

from functools import partial

import numpy as np
import tensorflow as tf

from src.base.errors import UserError
from src.network.frozen_weights import frozen
from src.network.siamese import SiameseNetwork
from src.parameters.design import Design
from src.parameters.hyperparams import Hyperparams
from src.tracking.fused_graph import FusedGraph
from src.tracking.siamfc_graph import SiamFCGraph
from src.tracking.siamrpn_graph import SiamRPNGraph
from src.tracking.state import Found, TrackState
from src.tracking.tracker import TrackResult

FRAME = tf.TensorSpec([None, None, 3], tf.uint8)


BOX = tf.TensorSpec([4], tf.float32)


class SiamFCTracker:
    """Tracks one target; see `src.tracking.tracker.Tracker`.

    `init` and `update` are one graph call each; frames may change their size without retracing.
    """

    graph_type = SiamFCGraph  # the arithmetic; other methods have theirs

    def __init__(
        self, network: SiameseNetwork, design: Design, hp: Hyperparams, fixed: bool = False
    ):
        """Traces both graphs, so that no frame of a track waits for it.

        Args:
            network: Built network with its weights.
            design: Sizes of crops, padding and windowing.
            hp: The tracker's hyper-parameters.
            fixed: Whether `update` may hold the weights as they are now; else it follows changes.
        """
        self.network, self.hp = network, hp
        self.graph = self.graph_type(network, design, hp)
        # partial: TensorFlow would count the traces of several trackers as those of one
        # no branch of the graph is Python's, and looking for one takes a quarter of the tracing
        self.start = tf.function(
            partial(self._start), autograph=False, input_signature=[FRAME, BOX]
        )
        with frozen(network.weights if fixed else ()):
            self.advance = self._traced_advance()
        # saves half of what Python does for a call
        self._update = self.advance.get_concrete_function()
        self.state: TrackState | None = None

    def init(self, frame: np.ndarray, box_ltwh: np.ndarray) -> None:
        """Starts a track; see `Tracker.init`."""
        self.state = self.start(frame, np.asarray(box_ltwh, np.float32))

    def update(self, frame: np.ndarray) -> TrackResult:
        """Follows the target into the next frame; see `Tracker.update`."""
        self.state, found = self._update(tf.convert_to_tensor(frame), self.state)
        return track_result(found)

    def _traced_advance(self) -> tf.types.experimental.PolymorphicFunction:
        """The graph of an update, after one on an empty frame, which shows a state's shapes."""
        frame = tf.zeros([8, 8, 3], tf.uint8)
        state = self.start(frame, tf.constant([2.0, 2.0, 4.0, 4.0]))
        state_spec = tf.nest.map_structure(tf.TensorSpec.from_tensor, state)
        advance = tf.function(
            partial(self._advance), autograph=False, input_signature=[FRAME, state_spec]
        )
        advance(frame, state)
        return advance

    def _start(self, frame: tf.Tensor, box_ltwh: tf.Tensor) -> TrackState:
        """State of one target: frame uint8 [H, W, 3], box float32 [4]."""
        return self.graph.first(frame, box_ltwh[None])

    def _advance(self, frame: tf.Tensor, state: TrackState) -> tuple[TrackState, Found]:
        """Next state, and what was found of the one target, without the axis of targets."""
        state, found = self.graph.next(frame, state)
        return state, Found(*(part[0] for part in found))


def track_result(found: Found) -> TrackResult:
    """One target's find, for programs that know no tensors.

    Args:
        found: Without the axis of targets.

    Returns:
        The result; response and evidence stay tensors until somebody looks at them.
    """
    return TrackResult(
        found.box_ltwh.numpy().astype(np.float64),
        float(found.score),
        found.response,
        found.search_box_ltwh.numpy().astype(np.float64),
        float(found.confidence),
        bool(found.lost),
        found.evidence,
    )


BOXES = tf.TensorSpec([None, 4], tf.float32)


class SiamFCMultiTracker:
    """Tracks any number of targets; each as `src.tracking.graph_tracker.SiamFCTracker` would alone.

    `init` and `update` are one graph call each, whatever the number of targets and the size of the
    frame.
    """

    graph_type = SiamFCGraph  # the arithmetic; other methods have theirs

    def __init__(
        self, network: SiameseNetwork, design: Design, hp: Hyperparams, fixed: bool = False
    ):
        """Traces both graphs, so that no frame of a track waits for it.

        Args:
            network: Built network with its weights.
            design: Sizes of crops, padding and windowing.
            hp: The tracker's hyper-parameters.
            fixed: Whether `update` may hold the weights as they are now; else it follows changes.

        Raises:
            UserError: `hp.lost_search_growth` is not 1: search areas of one call have one size.
        """
        if hp.lost_search_growth != 1:
            raise UserError(
                f"hyperparams.lost_search_growth is {hp.lost_search_growth:g}: targets that are "
                "tracked together are all searched for in areas of one size; 1 is right"
            )
        self.graph = self.graph_type(network, design, hp)
        # as in `SiamFCTracker`, no branch is Python's
        self.start = tf.function(self.graph.first, autograph=False, input_signature=[FRAME, BOXES])
        with frozen(network.weights if fixed else ()):
            self.advance = self._traced_advance()
        # saves half of what Python does for a call
        self._update = self.advance.get_concrete_function()
        self.state: TrackState | None = None

    def init(self, frame: np.ndarray, boxes_ltwh: np.ndarray) -> None:
        """Starts tracks.

        Args:
            frame: uint8 [H, W, 3], RGB.
            boxes_ltwh: float [N, 4], frame pixels, N >= 1.
        """
        self.state = self.start(frame, np.asarray(boxes_ltwh, np.float32))

    def update(self, frame: np.ndarray) -> list[TrackResult]:
        """Finds all targets in the next frame, uint8 [H, W, 3] RGB: N results, as at `init`."""
        self.state, found = self._update(tf.convert_to_tensor(frame), self.state)
        targets = len(self.state.lost)
        return [track_result(Found(*(part[n] for part in found))) for n in range(targets)]

    def _traced_advance(self) -> tf.types.experimental.PolymorphicFunction:
        """The graph of an update, after one on an empty frame, which shows a state's shapes."""
        frame = tf.zeros([8, 8, 3], tf.uint8)
        state = self.start(frame, tf.constant([[2.0, 2.0, 4.0, 4.0]]))
        state_spec = tf.nest.map_structure(
            lambda part: tf.TensorSpec([None, *part.shape[1:]], part.dtype), state
        )
        advance = tf.function(self.graph.next, autograph=False, input_signature=[FRAME, state_spec])
        advance(frame, state)
        return advance


class SiamRPNTracker(SiamFCTracker):
    """Tracks one target; see `src.tracking.tracker.Tracker`."""

    graph_type = SiamRPNGraph


class SiamRPNMultiTracker(SiamFCMultiTracker):
    """Tracks any number of targets; each as `SiamRPNTracker` would alone."""

    graph_type = SiamRPNGraph


class FusedTracker(SiamFCTracker):
    """Tracks one target by boxes and cosines."""

    graph_type = FusedGraph


class FusedMultiTracker(SiamFCMultiTracker):
    """Tracks any number of targets; each as `FusedTracker` would alone."""

    graph_type = FusedGraph
