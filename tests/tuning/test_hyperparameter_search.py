import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.parameters.hyperparams import TrackerHyperparams
from src.tuning.search import (
    GLOBAL,
    ROUND,
    SPACES,
    Trial,
    VideoScore,
    best_trial,
    draw_values,
    search,
)
from tests.support.parameter_files import load_hyperparams
from tests.support.search_fakes import value_score

SPACE, RPN = SPACES["siamfc"], SPACES["siamrpn"]
RANGES, SPANS = SPACE.ranges, SPACE.choices["scale_span"]
START = load_hyperparams().model_dump(include=set(SPACE.keys))
VIDEOS = ("a", "b", "c")
STATED = {
    "scale_step": (1.01, 1.08),
    "scale_penalty": (0.94, 1.0),
    "scale_lr": (0.2, 0.9),
    "window_influence": (0.05, 0.5),
}
UNIT = st.floats(0, 1)
BESTS = st.fixed_dictionaries(
    {
        "scale_step": st.floats(1.001, 2),
        "scale_penalty": st.floats(0.5, 1),
        "scale_lr": UNIT,
        "window_influence": UNIT,
        "z_lr": UNIT,
        "scale_span": st.sampled_from([0.5, *SPANS]),
    }
)


def score_in_order(units):
    return [(unit, value_score(None, None, unit)) for unit in units]


def run(trials, seed=1, score_units=score_in_order, start=START):
    return [t for done in search(SPACE, start, seed, VIDEOS, trials, score_units) for t in done]


def trial(number, *aucs):
    return Trial(number, START, {str(k): VideoScore(auc, auc / 2) for k, auc in enumerate(aucs)})


@given(seed=st.integers(0, 2**31 - 1), number=st.integers(0, 5000), best=BESTS)
def test_draws_stay_in_the_stated_ranges(seed, number, best):
    values = draw_values(SPACE, seed, number, best)
    assert set(values) == set(SPACE.keys)
    for name, (low, high) in STATED.items():
        assert low <= values[name] <= high
    assert values["z_lr"] == 0 or 0.001 <= values["z_lr"] <= 0.05
    assert values["scale_span"] in (1, 1.5, 2, best["scale_span"])
    assert all(type(value) is float and value == float(f"{value:.4g}") for value in values.values())
    rest = {"response_up": 8, "scale_num": 3, "scale_min": 0.2, "scale_max": 5.0}
    TrackerHyperparams(**(values | rest))
    assert values == draw_values(SPACE, seed, number, best)


@given(number=st.integers(0, 50), best=st.fixed_dictionaries(dict.fromkeys(RPN.keys, UNIT)))
def test_what_siamrpn_does_not_read_is_not_drawn(number, best):
    values = draw_values(RPN, 1, number, best)
    assert set(values) == {"scale_lr", "window_influence", "penalty_k"}
    for name, interval in RPN.ranges.items():
        assert interval.low <= values[name] <= interval.high


def test_a_search_of_siamrpn_moves_towards_its_best():
    start = load_hyperparams("hyperparams_siamrpn").model_dump(include=set(RPN.keys))
    done = [t for part in search(RPN, start, 1, VIDEOS, 64, score_in_order) for t in part]
    assert done[0].values == start
    assert best_trial(done).values["scale_lr"] == pytest.approx(0.5, abs=0.08)


def test_draws_reach_all_of_the_ranges():
    drawn = [draw_values(SPACE, 3, number, START) for number in range(0, 12000, GLOBAL)]
    for name, (low, high) in STATED.items():
        values = np.array([values[name] for values in drawn])
        places = np.array([RANGES[name].place(value) for value in values])
        assert values.min() < low + 0.02 * (high - low) and values.max() > high - 0.02 * (
            high - low
        )
        assert np.histogram(places, 5, (0, 1))[0] == pytest.approx(600, rel=0.2)
    z_lr = np.array([values["z_lr"] for values in drawn])
    assert np.mean(z_lr == 0) == pytest.approx(1 / 3, abs=0.04)
    # log-uniform: as many below the geometric middle as above
    assert np.median(z_lr[z_lr > 0]) == pytest.approx(math.sqrt(0.001 * 0.05), rel=0.15)
    spans = [values["scale_span"] for values in drawn]
    assert [spans.count(span) for span in SPANS] == pytest.approx([1000] * 3, rel=0.1)


def test_most_trials_are_drawn_near_the_best():
    best = draw_values(SPACE, 0, 2 * GLOBAL, START) | {"z_lr": 0.01, "scale_span": 1.5}
    near = [draw_values(SPACE, 1, number, best) for number in range(1, 2001, 2)]
    for name, interval in RANGES.items():
        off = [interval.place(values[name]) - interval.place(best[name]) for values in near]
        assert np.median(np.abs(off)) < 0.1 and len(set(off)) > 30
    assert sum(values["scale_span"] == 1.5 for values in near) > 700
    inner = [values["z_lr"] for values in near if 0.004 < values["z_lr"] < 0.025]
    assert len(inner) > 600
    still = [
        draw_values(SPACE, 1, number, best | {"z_lr": 0.0})["z_lr"] for number in range(1, 2001, 2)
    ]
    assert 700 < still.count(0.0) < 1000


def test_every_fourth_trial_does_not_ask_for_the_best():
    other = START | {"scale_lr": 0.3}
    same = [
        draw_values(SPACE, 1, number, START) == draw_values(SPACE, 1, number, other)
        for number in range(9)
    ]
    assert same == [True, False, False, False, True, False, False, False, True]


def test_trial_0_has_the_starting_values_as_they_are():
    start = START | {"scale_step": 1.03751, "scale_span": 3.0}
    assert run(1, start=start)[0].values == start
    assert [t.number for t in run(ROUND + 2)] == list(range(ROUND + 2))


def test_a_trial_is_the_same_whatever_the_number_of_trials():
    many = run(4 * ROUND + 3)
    for trials in (1, ROUND - 1, ROUND, ROUND + 1, 3 * ROUND):
        assert run(trials) == many[:trials]
    assert run(ROUND, seed=2)[1].values != many[1].values


def test_the_order_in_which_tracks_finish_does_not_matter():
    def shuffled(units):
        order = np.random.default_rng(len(units)).permutation(len(units))
        return [(units[k], value_score(None, None, units[k])) for k in order]

    assert run(3 * ROUND, score_units=shuffled) == run(3 * ROUND)


def test_later_rounds_draw_near_the_best_of_all_before():
    trials = run(3 * ROUND)
    best = best_trial(trials[: 2 * ROUND])
    number = 2 * ROUND + 1
    assert trials[number].values == draw_values(SPACE, 1, number, best.values)


def test_every_unit_of_a_round_is_asked_for_at_once():
    asked = []

    def score_units(units):
        asked.append([(unit.trial, unit.video) for unit in units])
        return score_in_order(units)

    run(ROUND + 2, score_units=score_units)
    numbers = [range(ROUND), range(ROUND, ROUND + 2)]
    assert asked == [[(k, video) for k in part for video in VIDEOS] for part in numbers]


def test_searching_finds_better_values():
    trials = run(64)
    best = best_trial(trials).values
    assert best["scale_lr"] == pytest.approx(0.5, abs=0.06)
    assert best["window_influence"] == pytest.approx(0.3, abs=0.06)


def test_trials_are_judged_by_the_mean_over_videos():
    aucs = [(0.25, 0.5), (0.125, 0.75), (0.4375, 0.4375), (0.0, 0.75)]
    trials = [trial(number, *pair) for number, pair in enumerate(aucs)]
    assert trials[1].mean == VideoScore(0.4375, 0.21875)
    assert best_trial(trials).number == 1
