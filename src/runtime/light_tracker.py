"""Tracking by the graphs of an export, one target or several."""

import numpy as np

from src.runtime.blank_frames import Scenery, begun, unseen
from src.runtime.crops import cut_out
from src.runtime.exports import Export
from src.runtime.interpreters import Arrays, Graphs, usual_threads
from src.runtime.results import TrackResult

STATE, AREA = "state_", "area_"  # what names of a track's state and of areas begin with
VIEWS = "views"  # graph of what an online filter learns of the first frame
# what names of the graphs between a search and its update begin with, where a head has branches
PRODUCTS, HEAD = "products_", "head_"


class LightTracker:
    """Follows one target, or several one after the other, each with a state of its own.

    See `src.tracking.tracker.Tracker` and `MultipleTracker`.

    Attributes:
        weights: One line that names the weights.
        network: Crops to levels, and what a head's branches say of their products.
        tracker: Levels and state to those products, and to state and find.
        sides: Of the crops, pixels, by the network's graphs.
        states: Of the targets.
    """

    def __init__(self, export: Export, threads: int | None = None, several: bool = False):
        """Makes the interpreters.

        Args:
            export: Read from its folder.
            threads: How many compute the network; None: as many as there are cores, at most 4.
            several: Whether it is a `MultipleTracker`.

        Raises:
            UserError: LiteRT is not installed.
        """
        threads = threads or usual_threads()
        self.weights, self._several = export.weights, several
        self._fills = bool(export.told["design"]["pad_with_image_mean"])
        self.network = Graphs(export.network, threads)
        # its steps are so short that threads would wait for each other most of the time
        self.tracker = Graphs(export.tracker, 1)
        self.sides = {
            name: self.network.input_shape(name, "crops")[1]
            for name in self.network.names
            if not name.startswith(HEAD)
        }
        self.states: list[Arrays] = []
        self._last: list[TrackResult] = []

    def init(self, frame: np.ndarray, box_ltwh: np.ndarray) -> None:
        """Starts a track, or one for each of boxes [N, 4].

        Args:
            frame: uint8 [H, W, 3], RGB.
            box_ltwh: float [4], frame pixels counted from 0.
        """
        boxes = np.asarray(box_ltwh, np.float32).reshape(-1, 1, 4)
        self._scenery = Scenery(frame)
        self._last = [begun(box[0]) for box in boxes]
        self.states = [self._first(frame, box) for box in boxes]

    def update(self, frame: np.ndarray) -> TrackResult | list[TrackResult]:
        """Finds the target, or all as at `init`, in the next frame.

        Args:
            frame: As in `init`, of any size.
        """
        if self._scenery.is_seen_in(frame):
            told = [self._next(frame, state) for state in self.states]
            self.states = [state for state, _ in told]
            results = self._last = [_result(found) for _, found in told]
        else:
            results = [unseen(last) for last in self._last]
        return results if self._several else results[0]

    def _first(self, frame: np.ndarray, box_ltwh: np.ndarray) -> Arrays:
        """State of one target, box [1, 4]."""
        known = {"box_ltwh": box_ltwh, "frame_wh": _size_of(frame)}
        known |= self.tracker("start", known)
        known |= self._levels("exemplar", frame, known)
        crops = self.crops("search", frame, known)
        known |= self.embedded("search", known | {"crops": crops})
        if VIEWS in self.tracker.names:
            views = self.tracker(VIEWS, known | {"crops": crops})["crops"]
            parts = [self.embedded(VIEWS, {"crops": view[None]}) for view in views]
            known |= {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        return self.tracker("begin", known)

    def _next(self, frame: np.ndarray, state: Arrays) -> tuple[Arrays, Arrays]:
        """Next state of one target, and what was found."""
        is_wide = "wide" in self.sides and state[f"{STATE}lost"][0]
        name = "wide" if is_wide else "search"
        known = state | {"frame_wh": _size_of(frame)} | self._levels(name, frame, state)
        told = self.tracker(f"update_{name}", known)
        state = {key: told.pop(key, old) for key, old in state.items()}
        if "refresh" in self.tracker.names:
            state |= self.tracker("refresh", state | self._levels("exemplar", frame, state))
        return state, told

    def _levels(self, name: str, frame: np.ndarray, known: Arrays) -> Arrays:
        """What the network says of the areas of this kind."""
        return self.embedded(name, known | {"crops": self.crops(name, frame, known)})

    def crops(self, name: str, frame: np.ndarray, known: Arrays) -> np.ndarray:
        """Cuts out what a graph of the network looks at.

        Args:
            name: Of the graph.
            frame: uint8 [H, W, 3], RGB.
            known: A state, or another dictionary with its areas.

        Returns:
            float32 [S, c, c, 3], 0...255.
        """
        return cut_out(frame, known[AREA + name], self.sides[name], self._fills)

    def embedded(self, name: str, known: Arrays) -> Arrays:
        """What a graph of the network says of crops, as the tracker's graphs call it.

        Args:
            name: Of the graph.
            known: `crops`, and a state, or what of it is known.
        """
        levels = self.network(name, known)
        told = {key.replace("level", name): level for key, level in levels.items()}
        if HEAD + name in self.network.names:
            products = self.tracker(PRODUCTS + name, known | told)
            told |= self.network(HEAD + name, products)
        return told


def _result(found: Arrays) -> TrackResult:
    """One target's find."""
    return TrackResult(
        found["box_ltwh"].astype(np.float64),
        float(found["score"]),
        found["response"],
        found["search_box_ltwh"].astype(np.float64),
        float(found["confidence"]),
        bool(found["lost"]),
        found["evidence"],
    )


def _size_of(frame: np.ndarray) -> np.ndarray:
    """(width, height) of a frame: float32 [2]."""
    return np.array(frame.shape[1::-1], np.float32)
