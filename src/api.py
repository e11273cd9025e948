"""Tracking from a program of one's own: `Tracker.load()`, `init(frame, box)`, `update(frame)`."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from src.serving.program_inputs import (
    InputError,
    checked_box_ltwh,
    checked_frame,
    choose,
    load_chosen,
)
from src.tracking.tracker import MultipleTracker, TrackResult
from src.tracking.tracker import Tracker as AnyTracker


@dataclass(frozen=True, eq=False)
class Result:
    """What one `update` found.

    Attributes:
        box: float64 [4], (x, y, width, height) of the target, pixels of the frame, counted from
            0; a copy, free to be changed.
        score: Height of the winning peak, a logit; higher means surer. Its scale is the
            network's own, so compare it within a track only.
        confidence: Chance that the box lies on the target, 0 to 1; NaN where a tracker has none.
        lost: Whether the target is taken for gone; the box is then the last guess.
    """

    box: np.ndarray
    score: float
    confidence: float
    lost: bool


class _Loadable:
    """What `Tracker` and `MultiTracker` share: they wrap a tracker, or load one from files.

    Attributes:
        weights: One line that names the weights, with a fingerprint; empty if none were loaded.
    """

    _several = False

    def __init__(self, tracker: AnyTracker | MultipleTracker, weights: str = ""):
        """Takes a tracker that is ready; `load` makes one from files.

        Args:
            tracker: Any object with `init` and `update` as in `src.tracking.tracker.Tracker`; for a
                `MultiTracker` as in `src.tracking.tracker.MultipleTracker`.
            weights: One line that names its weights.
        """
        self.weights = weights
        self._tracker = tracker
        self._started = False

    @classmethod
    def load(
        cls,
        weights: str | os.PathLike | None = None,
        *,
        design: str | os.PathLike | None = None,
        hyperparams: str | os.PathLike | None = None,
        parameters: str | os.PathLike | None = None,
        overrides: Mapping[str, object] | None = None,
        precision: str = "float32",
    ) -> Self:
        """Builds network and tracker; takes some seconds, so do it once for many videos.

        Works from any current folder. TensorFlow's devices stay as the program has set them
        (`run.json` does not count here).

        Args:
            weights: None for the released weights of the design, or a path: `.npz` as this
                project writes it, the folder of a training (its best checkpoint), or a published
                `.mat` or `.pth`.
            design: The network: a path, or the name of a file in `parameters`; None for the
                recommended one.
            hyperparams: The tracker's hyper-parameters, likewise; they must suit the design. None
                for those that the design names.
            parameters: Folder of the JSON files; None for the one beside the scripts.
            overrides: Values of single keys, e.g. `{"hyperparams.z_lr": 0.01}`; messages speak
                of them as `--set`, as the scripts call them.
            precision: What the backbone computes with: "float32", "bfloat16", which is faster on
                CPUs that know it, or "auto", the faster of both, found out by trying.

        Returns:
            A tracker without a target.

        Raises:
            UserError: A file is missing or wrong, a value is out of range, or the weights belong
                to another design, or `hyperparams.lost_search_growth` is not 1 for a
                `MultiTracker`.
        """
        chosen = choose(weights, design, hyperparams, parameters, overrides or {})
        return cls(*load_chosen(chosen, cls._several, precision))


class Tracker(_Loadable):
    """Follows one target through the frames of a video."""

    def init(self, frame: np.ndarray, box: ArrayLike) -> None:
        """Starts a track; any earlier one is forgotten.

        Args:
            frame: uint8 [H, W, 3], RGB, or [H, W], grey. OpenCV's frames are BGR:
                `frame[..., ::-1]` turns them into RGB.
            box: (x, y, width, height) of the target, pixels of the frame, counted from 0.

        Raises:
            UserError: It is also a `ValueError`: the frame is not such an array; the box is not
                four finite numbers, has an impossible size (0, say), or lies outside the frame.
        """
        frame = checked_frame(frame)
        self._tracker.init(frame, checked_box_ltwh(box, frame))
        self._started = True

    def update(self, frame: np.ndarray) -> Result:
        """Finds the target in the next frame.

        Args:
            frame: As in `init`; its size may differ.

        Returns:
            Box, score, confidence, and whether the target is lost.

        Raises:
            UserError: It is also a `ValueError`: no `init` went before, or the frame is not such
                an array.
        """
        if not self._started:
            raise InputError("update was called before init: start the track with init(frame, box)")
        return _result(self._tracker.update(checked_frame(frame)))


class MultiTracker(_Loadable):
    """Follows several targets through one video, all in one call of the network."""

    _several = True

    def init(self, frame: np.ndarray, boxes: ArrayLike) -> None:
        """Starts tracks; any earlier ones are forgotten.

        Args:
            frame: As in `Tracker.init`.
            boxes: At least one target, (x, y, width, height) each.

        Raises:
            UserError: It is also a `ValueError`: as in `Tracker.init`, or there is no box.
        """
        frame = checked_frame(frame)
        checked = [checked_box_ltwh(box, frame) for box in boxes]
        if not checked:
            raise InputError("there is no box: MultiTracker.init needs at least one target")
        self._tracker.init(frame, np.array(checked))
        self._started = True

    def update(self, frame: np.ndarray) -> list[Result]:
        """Finds the targets in the next frame: one result each, in the order of `init`.

        Raises:
            UserError: As in `Tracker.update`.
        """
        if not self._started:
            raise InputError("update was called before init: start with init(frame, boxes)")
        return [_result(found) for found in self._tracker.update(checked_frame(frame))]


def _result(found: TrackResult) -> Result:
    box = np.array(found.box_ltwh, dtype=np.float64)
    return Result(box, float(found.score), float(found.confidence), bool(found.lost))
