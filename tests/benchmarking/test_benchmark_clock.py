"""Arithmetic of timings; no time is measured."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.benchmarking.timing import alternate, call_times, over_rounds, rate, ratios, round_sizes


@given(st.integers(1, 400), st.integers(1, 30))
def test_rounds_hold_all_calls_evenly(total, largest):
    sizes = round_sizes(total, largest)
    assert sum(sizes) == total
    assert max(sizes) - min(sizes) <= 1 and min(sizes) >= 1 and max(sizes) <= largest
    assert len(sizes) >= min(3, total)


def test_usual_rounds():
    assert round_sizes(100, 10) == [10] * 10
    assert round_sizes(7, 10) == [3, 2, 2]


def test_contestants_take_turns_at_being_first():
    calls = []

    def contestant(name):
        return lambda number, size: calls.append(name) or (name, number, size)

    found = alternate([contestant("a"), contestant("b"), contestant("c")], [5, 4, 4])
    assert "".join(calls) == "abc" + "bca" + "cab"
    assert found[1] == [("b", 0, 5), ("b", 1, 4), ("b", 2, 4)]


def test_call_times_are_milliseconds():
    measure = call_times(np.arange(101) / 1000)
    assert (measure.unit, measure.value, measure.p95) == (
        "ms",
        pytest.approx(50),
        pytest.approx(95),
    )
    assert measure.count == 101


def test_median_and_range_over_rounds():
    measure = over_rounds("1/s", [4.0, 1.0, 100.0])
    assert (measure.value, measure.least, measure.most, measure.count) == (4, 1, 100, 3)


def test_ratios_are_of_the_same_round():
    measure = ratios("", [10.0, 30.0, 2.0], [5.0, 10.0, 2.0])
    assert (measure.value, measure.least, measure.most) == (2, 1, 3)


def test_rate_is_calls_through_all_seconds():
    assert rate(4, [0.5, 0.5, 2.0, 1.0]) == 1.0
