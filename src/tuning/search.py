"""Which hyper-parameters a search tries, and between which values; a row for each method."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from src.parameters.design import Design


@dataclass(frozen=True)
class Range:
    """An interval that values are drawn from, evenly in the value or in its logarithm."""

    low: float
    high: float
    log: bool = False

    def value(self, place: float) -> float:
        """The value at a place between 0 and 1, with four significant digits."""
        low, high = self._scaled(self.low), self._scaled(self.high)
        value = low + (high - low) * place
        return float(f"{math.exp(value) if self.log else value:.4g}")

    def place(self, value: float) -> float:
        """Where a value lies, from 0 to 1; the nearer end for a value outside."""
        low, high = self._scaled(self.low), self._scaled(self.high)
        value = min(max(value, self.low), self.high)
        return (self._scaled(value) - low) / (high - low)

    def _scaled(self, value: float) -> float:
        return math.log(value) if self.log else value


@dataclass(frozen=True)
class Space:
    """All values that may be tried.

    Attributes:
        ranges: By key.
        switched: By key: 0, which is off, or a value of the range.
        choices: By key: one of a few values.
    """

    ranges: Mapping[str, Range]
    switched: Mapping[str, Range] = field(default_factory=dict)
    choices: Mapping[str, tuple[float, ...]] = field(default_factory=dict)

    @property
    def keys(self) -> tuple[str, ...]:
        """Of `hyperparams.json`, in the order in which values are drawn."""
        return (*self.ranges, *self.switched, *self.choices)


# `design.method` -> what its tracker reads and tracks are sensitive to; the values that pysot's
# models are published with lie at 0.3 to 0.5 (scale_lr, window_influence) and 0.04 to 0.24
SPACES = {
    "siamfc": Space(
        {
            "scale_step": Range(1.01, 1.08, log=True),
            "scale_penalty": Range(0.94, 1.0),
            "scale_lr": Range(0.2, 0.9),
            "window_influence": Range(0.05, 0.5),
        },
        {"z_lr": Range(0.001, 0.05, log=True)},
        {"scale_span": (1.0, 1.5, 2.0)},
    ),
    "siamrpn": Space(
        {
            "scale_lr": Range(0.05, 1.0),
            "window_influence": Range(0.0, 0.7),
            "penalty_k": Range(0.0, 0.5),
        }
    ),
    "siamrpn_fused": Space(
        {
            "scale_step": Range(1.01, 1.08, log=True),
            "scale_penalty": Range(0.94, 1.0),
            "scale_lr": Range(0.05, 0.9),
            "box_lr": Range(0.0, 0.5),
            "window_influence": Range(0.0, 0.7),
            "penalty_k": Range(0.0, 0.5),
            "cosine_share": Range(0.0, 1.0),
            "first_look": Range(0.0, 1.0),
        },
        {"z_lr": Range(0.001, 0.05, log=True)},
    ),
}


def search_space(design: Design) -> Space:
    """All values that may be tried for the tracker of a design."""
    return SPACES[design.method]
