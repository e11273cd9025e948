"""Search of hyper-parameters: the space, what is drawn from it, and how trials end early."""

import math
import statistics
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from src.parameters.design import Design
from src.parameters.hyperparams import Hyperparams, has_filter


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

    def distance(self, first: Mapping[str, float], second: Mapping[str, float]) -> float:
        """How far values are from others: 0 to 1, the root of the mean square over all keys.

        Of a range its share; what is off is a whole range from what is on, and choices from others.
        """
        parts = [self._apart(key, first[key], second[key]) for key in self.keys]
        return math.sqrt(statistics.fmean(part**2 for part in parts))

    def _apart(self, key: str, first: float, second: float) -> float:
        """The same of one key."""
        interval = self.ranges.get(key) or self.switched.get(key)
        if interval is None or (key in self.switched and 0 in (first, second)):
            return float(first != second)
        return abs(interval.place(first) - interval.place(second))


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


# of a filter that has a say; those of counts and of steps cost time and hardly change tracks
FILTER_SHARE = {"filter_share": Range(0.0, 1.0)}  # where boxes are believed
FILTER_RANGES = {
    "filter_weight": Range(1.0, 50.0, log=True),
    "filter_sigma": Range(8.0, 32.0, log=True),
    "filter_ridge": Range(0.001, 1.0, log=True),
    "filter_lr": Range(0.01, 0.5, log=True),
}


def search_space(design: Design, hp: Hyperparams) -> Space:
    """All values that may be tried for the tracker of a design.

    Args:
        design: Its method says which.
        hp: Where to begin; a filter that is off stays off.
    """
    space = SPACES[design.method]
    if not has_filter(hp):
        return space
    share = FILTER_SHARE if design.method == "siamrpn_fused" else {}
    return replace(space, ranges={**space.ranges, **FILTER_RANGES, **share})


ROUND = 8
GLOBAL = 4  # every so many trials: one from all of the ranges
OFF = 1 / 3  # of what is switched
# of a range's length
LOCAL_SPREAD = 0.1
# for what has no near values: to keep the best trial's
LOCAL_KEPT = 0.75
Values = dict[str, float]


class VideoScore(NamedTuple):
    """OTB's scores of one track, 0 to 1: success AUC, and precision at 20 px."""

    success_auc: float
    precision_20px: float


class Unit(NamedTuple):
    """The unit of work: one video tracked with the values of one trial."""

    trial: int
    video: str
    values: Values


@dataclass(frozen=True)
class Trial:
    """A finished trial.

    Attributes:
        number: From 0.
        values: What was tried, by the keys of a space.
        scores: Of every video, by name.
    """

    number: int
    values: Values
    scores: Mapping[str, VideoScore]

    @property
    def mean(self) -> VideoScore:
        """Means over the videos; the first is what trials are judged by."""
        return VideoScore(*map(statistics.fmean, zip(*self.scores.values(), strict=True)))


def best_trial(trials: Sequence[Trial]) -> Trial:
    """The trial of the highest mean success AUC, the earliest of equals.

    Args:
        trials: At least one, in the order of their numbers.

    Returns:
        One of them.
    """
    return max(trials, key=lambda trial: trial.mean.success_auc)


def nearest_trials(space: Space, trials: Sequence[Trial], best: Trial, count: int) -> list[Trial]:
    """The trials whose values are nearest to those of one of them.

    Args:
        space: What was tried.
        trials: All of them.
        best: One of them, which is not among its neighbours.
        count: How many at most.

    Returns:
        The nearest first; the earlier of equally near ones.
    """
    others = (trial for trial in trials if trial.number != best.number)
    return sorted(others, key=lambda trial: space.distance(trial.values, best.values))[:count]


def draw_values(space: Space, seed: int, number: int, best: Values) -> Values:
    """The values of one trial.

    Args:
        space: What is tried.
        seed: `run.seed`.
        number: The trial's number; multiples of `GLOBAL` are drawn from all of the ranges.
        best: Values of the best trial of the earlier rounds; the starting values in the first.

    Returns:
        Values of four significant digits, inside the ranges; only a choice of `best` that is none
        of the space's may be kept.
    """
    rng = np.random.default_rng([seed, number])
    anywhere = {name: interval.value(rng.random()) for name, interval in space.ranges.items()}
    for name, interval in space.switched.items():
        value = interval.value(rng.random())
        anywhere[name] = 0.0 if rng.random() < OFF else value
    anywhere |= {name: float(rng.choice(values)) for name, values in space.choices.items()}
    return _near(space, best, anywhere, rng) if number % GLOBAL else anywhere


def _near(space: Space, best: Values, anywhere: Values, rng: np.random.Generator) -> Values:
    """Values near the best; what is switched or chosen is sometimes that from anywhere."""
    near = {name: _moved(interval, best[name], rng) for name, interval in space.ranges.items()}
    for name, interval in space.switched.items():
        near[name] = _moved(interval, best[name], rng) if best[name] > 0 else 0.0
    for name in (*space.switched, *space.choices):
        kept = near.get(name, best[name])
        near[name] = kept if rng.random() < LOCAL_KEPT else anywhere[name]
    return near


def _moved(interval: Range, value: float, rng: np.random.Generator) -> float:
    """A value moved by a Gaussian step along its range, and held inside."""
    place = interval.place(value) + LOCAL_SPREAD * rng.standard_normal()
    return interval.value(min(max(place, 0.0), 1.0))


def search(
    space: Space,
    start: Values,
    seed: int,
    videos: Sequence[str],
    trials: int,
    score_units: Callable[[Sequence[Unit]], Iterable[tuple[Unit, VideoScore]]],
) -> Iterator[list[Trial]]:
    """Runs the trials, round by round.

    Args:
        space: What is tried.
        start: Values of trial 0.
        seed: `run.seed`.
        videos: Names of the videos.
        trials: How many trials, at least 1.
        score_units: Scores units of work, in any order.

    Yields:
        The trials of each round.
    """
    done: list[Trial] = []
    for first in range(0, trials, ROUND):
        best = best_trial(done).values if done else start
        numbers = range(first, min(first + ROUND, trials))
        values = {k: draw_values(space, seed, k, best) if k else start for k in numbers}
        units = [Unit(k, video, values[k]) for k in numbers for video in videos]
        scores = {(unit.trial, unit.video): score for unit, score in score_units(units)}
        finished = [Trial(k, values[k], {name: scores[k, name] for name in videos}) for k in values]
        done += finished
        yield finished
