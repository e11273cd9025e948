"""Tracking from a program of one's own: `Tracker.load()`, `init(frame, box)`, `update(frame)`.

`src.light` offers the same without TensorFlow, of an export.
"""

import os
from collections.abc import Mapping
from typing import Self

from src.runtime.programs import OneTarget, SeveralTargets
from src.runtime.results import Result
from src.serving.program_inputs import choose, load_chosen

__all__ = ["MultiTracker", "Result", "Tracker"]


class _Loadable:
    """Loads what a class wraps from files."""

    _several = False

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


class Tracker(_Loadable, OneTarget):
    """Follows one target through the frames of a video."""


class MultiTracker(_Loadable, SeveralTargets):
    """Follows several targets through one video, all in one call of the network."""

    _several = True
