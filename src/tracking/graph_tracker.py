"""The tracker whose update is one graph call: of one target, or of several."""

import os
from collections.abc import Callable
from functools import partial

import numpy as np
import tensorflow as tf

from src.base.errors import UserError
from src.network.frozen_weights import frozen
from src.network.siamese import SiameseNetwork
from src.parameters.design import Design
from src.parameters.hyperparams import Hyperparams
from src.runtime.blank_frames import Scenery, begun, unseen
from src.tracking.look import Look
from src.tracking.state import Found, TrackState
from src.tracking.tracker import TrackResult
from src.tracking.update import TrackGraph

FRAME = tf.TensorSpec([None, None, 3], tf.uint8)
BOX = tf.TensorSpec([4], tf.float32)


class GraphTracker:
    """Tracks targets by any look; see `src.tracking.tracker.Tracker` and `MultipleTracker`.

    `init` and `update` are one graph call each; frames may change their size, and targets their
    number, without retracing.
    """

    def __init__(
        self,
        make_look: Callable[[SiameseNetwork, Design, Hyperparams], Look],
        network: SiameseNetwork,
        design: Design,
        hp: Hyperparams,
        constant_weights: bool = False,
        targets: int | None = 1,
    ):
        """Traces both graphs, so that no frame of a track waits for it.

        Args:
            make_look: A row of `src.tracking.loading.LOOKS`.
            network: Built network with its weights.
            design: Sizes of crops, padding and windowing.
            hp: The tracker's hyper-parameters.
            constant_weights: Whether `update` may hold the weights as they are now; else it
                follows changes.
            targets: 1 for a `Tracker`; any other number, or None for any, for a
                `MultipleTracker`.

        Raises:
            UserError: `hp.lost_search_growth` is not 1 with several targets: search areas of one
                call have one size.
        """
        if targets != 1 and hp.lost_search_growth != 1:
            raise UserError(
                f"hyperparams.lost_search_growth is {hp.lost_search_growth:g}: targets that are "
                "tracked together are all searched for in areas of one size; 1 is right"
            )
        self.network, self.hp, self._targets = network, hp, targets
        self.graph = TrackGraph(make_look(network, design, hp), network, design, hp)
        boxes = BOX if targets == 1 else tf.TensorSpec([targets, 4], tf.float32)
        # partial: TensorFlow would count the traces of several trackers as those of one
        # no branch of the graph is Python's, and looking for one takes a quarter of the tracing
        self.start = tf.function(
            partial(self._start), autograph=False, input_signature=[FRAME, boxes]
        )
        with frozen(network.weights if constant_weights else ()):
            self.advance = self._traced_advance()
        # saves half of what Python does for a call
        self._update = self.advance.get_concrete_function()
        self.state: TrackState | None = None
        self._process = os.getpid()
        self._last: list[TrackResult] = []

    def init(self, frame: np.ndarray, box_ltwh: np.ndarray) -> None:
        """Starts a track, or one for each of boxes [N, 4]; see `Tracker.init`."""
        self._refuse_fork()
        boxes = np.asarray(box_ltwh, np.float32)
        self.state = self.start(frame, boxes)
        self._scenery = Scenery(frame)
        self._last = [begun(box) for box in boxes.reshape(-1, 4)]

    def update(self, frame: np.ndarray) -> TrackResult | list[TrackResult]:
        """Finds the target, or all as at `init`, in the next frame; see `Tracker.update`.

        A frame that shows nothing (see `Scenery`) changes nothing but that the targets are lost
        in it.
        """
        self._refuse_fork()
        if self._scenery.is_seen_in(frame):
            results = self._last = self._found_in(frame)
        else:
            results = [unseen(last) for last in self._last]
        return results[0] if self._targets == 1 else results

    def _refuse_fork(self) -> None:
        """TensorFlow's threads do not come along into a child: it would wait for them for ever."""
        if os.getpid() != self._process:
            raise UserError(
                f"the tracker was loaded in process {self._process} and is used in process "
                f"{os.getpid()}, which was forked from it: TensorFlow does not survive that; load "
                'it in the child (multiprocessing: start method "spawn"), or take src.light'
            )

    def _found_in(self, frame: np.ndarray) -> list[TrackResult]:
        """One graph call."""
        self.state, found = self._update(tf.convert_to_tensor(frame), self.state)
        if self._targets == 1:
            return [track_result(found)]
        targets = len(self.state.lost)
        return [track_result(found.of_target(n)) for n in range(targets)]

    def _traced_advance(self) -> tf.types.experimental.PolymorphicFunction:
        """The graph of an update, after one on an empty frame, which shows a state's shapes."""
        frame, box_ltwh = tf.zeros([8, 8, 3], tf.uint8), tf.constant([2.0, 2.0, 4.0, 4.0])
        if self._targets != 1:
            box_ltwh = tf.tile(box_ltwh[None], [self._targets or 1, 1])
        state = self.start(frame, box_ltwh)
        state_spec = tf.nest.map_structure(
            lambda part: tf.TensorSpec([self._targets, *part.shape[1:]], part.dtype), state
        )
        advance = tf.function(
            partial(self._advance), autograph=False, input_signature=[FRAME, state_spec]
        )
        advance(frame, state)
        return advance

    def _start(self, frame: tf.Tensor, box_ltwh: tf.Tensor) -> TrackState:
        """State of the targets: frame uint8 [H, W, 3], boxes float32 [4] or [N, 4]."""
        return self.graph.first(frame, tf.reshape(box_ltwh, [-1, 4]))

    def _advance(self, frame: tf.Tensor, state: TrackState) -> tuple[TrackState, Found]:
        """Next state, and what was found; of one target without the axis of targets."""
        state, found = self.graph.next(frame, state)
        if self._targets == 1:
            return state, found.of_target(0)
        # of several targets nobody draws it, and cutting it up takes time
        return state, found._replace(filter_response=None)


def track_result(found: Found) -> TrackResult:
    """One target's find, for programs that know no tensors.

    Args:
        found: Without the axis of targets.

    Returns:
        The result; responses and evidence stay tensors until somebody looks at them.
    """
    return TrackResult(
        found.box_ltwh.numpy().astype(np.float64),
        float(found.score),
        found.response,
        found.search_box_ltwh.numpy().astype(np.float64),
        float(found.confidence),
        bool(found.lost),
        found.evidence,
        found.filter_response,
    )
