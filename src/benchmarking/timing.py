"""Fair timing on a noisy machine: contestants in turn, short rounds, medians and ranges."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from src.benchmarking.results import Measure

T = TypeVar("T")

LEAST_ROUNDS = 3


def round_sizes(total: int, largest: int) -> list[int]:
    """Divides calls into rounds of about the same size.

    Args:
        total: Calls in all, >= 1.
        largest: Most calls of a round, >= 1.

    Returns:
        Sizes that sum up to `total`, falling, each >= 1; at least three rounds where there are so
        many calls.
    """
    rounds = max(min(total, LEAST_ROUNDS), -(-total // largest))
    return [total // rounds + (number < total % rounds) for number in range(rounds)]


def alternate(
    contestants: Sequence[Callable[[int, int], T]], sizes: Sequence[int]
) -> list[list[T]]:
    """Lets every contestant run in every round, each time with another one first.

    Whatever else the machine does for seconds hits all of them.

    Args:
        contestants: Called with the round's number and its size.
        sizes: Size of each round.

    Returns:
        For each contestant what it returned, round by round.
    """
    results: list[list[T]] = [[] for _ in contestants]
    for number, size in enumerate(sizes):
        for turn in range(len(contestants)):
            place = (number + turn) % len(contestants)
            results[place].append(contestants[place](number, size))
    return results


def call_times(seconds: Sequence[float]) -> Measure:
    """Median and 95th percentile of single calls, ms; from seconds of at least one call."""
    median, p95 = np.percentile(seconds, [50, 95]) * 1000
    return Measure(unit="ms", value=float(median), p95=float(p95), count=len(seconds))


def over_rounds(unit: str, values: Sequence[float]) -> Measure:
    """Median and range of one number a round."""
    return Measure(
        unit=unit,
        value=float(np.median(values)),
        least=float(min(values)),
        most=float(max(values)),
        count=len(values),
    )


def ratios(unit: str, above: Sequence[float], below: Sequence[float]) -> Measure:
    """Median and range of the ratios of two numbers of the same rounds."""
    return over_rounds(unit, [a / b for a, b in zip(above, below, strict=True)])


def rate(calls: int, seconds: Sequence[float]) -> float:
    """Calls a second: all calls divided by the sum of all seconds."""
    return calls / float(np.sum(seconds))
