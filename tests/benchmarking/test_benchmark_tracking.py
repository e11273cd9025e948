"""Which calls are timed, how often, and the arithmetic of their times."""

from types import SimpleNamespace

import numpy as np
import pytest

from src.base.errors import UserError
from src.benchmarking import tracking as benchmark_tracking
from src.benchmarking.frames import Footage
from src.benchmarking.tracking import (
    STAGES,
    TrackingRun,
    measure_tracking,
    measures_of,
    updates_to_warm_up,
)
from tests.support.benchmark_examples import candidate, filter_candidate, ticking_clock
from tests.support.helpers import make_clip

OF_A_FILTER = {"filter_response", "filter_learning", "init_pasted_views", "init_filter_learning"}


@pytest.fixture
def own(tmp_path):
    """Where a candidate finds a clip of eight frames."""
    make_clip(tmp_path / "own" / "a", 8)
    return {"env": {"root_dataset": str(tmp_path)}, "evaluation": {"dataset": "own"}}


def test_every_stage_of_every_update_is_timed(tmp_path, own):
    both = [candidate(hp={"z_lr": 0.0}, **own), candidate("rolling", hp={"z_lr": 0.01}, **own)]
    variants, notes = measure_tracking(both, 4, tmp_path, ticking_clock())
    assert [variant.name for variant in variants] == ["tiny", "rolling"]
    assert [variant.precision for variant in variants] == ["float32", "float32"]
    assert "4 updates in 3 rounds" in notes[1] and notes[2] == "tiny: random weights"
    plain, rolling = (variant.measures for variant in variants)
    assert set(rolling) - set(plain) == {"template"}
    # what follows the network is one stage without TensorFlow alone
    for name in set(STAGES) - {"after_network", *OF_A_FILTER}:
        # every call takes a second of this clock
        assert rolling[name].value == rolling[name].p95 == 1000
        assert rolling[name].count == (3 if name == "init" else 4)
    assert plain["updates_per_second"].value == 1
    for name in ("update_to_bare_network", "speed_to_first"):
        assert (plain[name].value, plain[name].count) == (1, 3)


def test_the_stages_of_a_filter_are_timed_where_there_is_one(tmp_path, own):
    both = [candidate(hp={"z_lr": 0.0}, **own), filter_candidate(**own)]
    plain, learning = (v.measures for v in measure_tracking(both, 7, tmp_path, ticking_clock())[0])
    assert set(learning) - set(plain) == OF_A_FILTER
    # rounds of 3, 2 and 2 updates, of which each has one that learns, the second
    assert [learning[name].count for name in ("filter_response", "filter_learning")] == [7, 3]
    assert [learning[name].count for name in ("init_pasted_views", "init_filter_learning")] == [
        3,
        3,
    ]
    assert all(learning[name].value == 1000 for name in OF_A_FILTER)


def test_what_a_filter_does_now_and_then_is_warmed_up_too():
    slow = candidate("slow", hp={"filter_weight": 1.0, "filter_cells": 6, "filter_every": 9})
    off = candidate("off", hp={"filter_every": 9})
    assert [updates_to_warm_up(few) for few in ([off], [off, slow])] == [3, 9]


def test_update_and_network_take_turns_at_being_first(monkeypatch):
    order = []

    def noting(name, answer=None):
        return lambda *arguments: order.append(name) or answer

    stages = {name: noting(name) for name in ("mean_colour", "crop", "network", "select")}
    stages = SimpleNamespace(**stages, correlate=noting("correlate", 1), learns=lambda state: False)
    monkeypatch.setattr(benchmark_tracking, "Stages", lambda graph: stages)
    monkeypatch.setattr(benchmark_tracking, "read_image", noting("read"))
    state = SimpleNamespace(centre_frame=0, target_sz=0, template=0)
    graph = SimpleNamespace(filter=None, refreshes=False)
    tracker = SimpleNamespace(
        init=noting("init"), update=noting("update"), state=state, graph=graph
    )
    footage = Footage(("a", "b"), (np.zeros((1, 1, 3), np.uint8),) * 2, np.zeros(4))
    TrackingRun(tracker, [footage], ticking_clock()).round(0, 2)
    before, behind = ["read", "mean_colour", "crop"], ["correlate", "select"]
    assert order == [
        "init",
        *before,
        *("update", "network"),
        *behind,
        *before,
        *("network", "update"),
        *behind,
    ]


def test_sums_of_rounds():
    def seconds(update, network):
        calls = {name: [0.5] for name in STAGES}
        return calls | {"update": update, "bare_network": network}

    rounds = [seconds([0.1, 0.3, 0.2], [0.1, 0.1, 0.1]), seconds([0.4], [0.1])]
    first = [seconds([0.2], [0.1]), seconds([0.1], [0.1])]
    found = measures_of(rounds, first)
    assert found["update"].count == 4 and found["update"].value == pytest.approx(250)
    assert found["updates_per_second"].value == pytest.approx(4 / 1.0)
    assert found["updates_per_second"].least == pytest.approx(2.5)
    assert found["updates_per_second"].most == pytest.approx(5)
    # medians of each round: 0.2 / 0.1 and 0.4 / 0.1
    assert found["update_to_bare_network"].value == pytest.approx(3)
    # 5 / 5 and 2.5 / 10
    assert found["speed_to_first"].value == pytest.approx((1 + 0.25) / 2)
    assert found["crop"].value == 500


def test_weights_that_are_missing_are_told(tmp_path, own):
    with pytest.raises(UserError, match="does not exist"):
        measure_tracking([candidate(net="missing.mat", **own)], 1, tmp_path)
