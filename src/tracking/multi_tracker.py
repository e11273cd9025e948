"""Several targets of one video at once: all their crops go through the network together."""

import numpy as np
import tensorflow as tf

from src.base.errors import UserError
from src.network.frozen_weights import frozen
from src.network.siamese import SiameseNetwork
from src.parameters.design import Design
from src.parameters.hyperparams import Hyperparams
from src.tracking.graph_tracker import FRAME, track_result
from src.tracking.siamfc_graph import SiamFCGraph
from src.tracking.state import Found, TrackState
from src.tracking.tracker import TrackResult

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
