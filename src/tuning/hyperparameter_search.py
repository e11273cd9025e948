"""Random search of the tracker's hyper-parameters: what is tried, in which order, what is best.

Trial 0 has the starting values. Trials come in rounds: every fourth is drawn from all of the
ranges, the others near the best trial of all earlier rounds, in the first round near the starting
values. So a trial depends on the seed, its number and the finished rounds before its own, and on
nothing else.
"""

import statistics
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from src.tuning.search import Range, Space

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
