"""Long tracks: which updates are compared, memory, traces."""

import numpy as np
import pytest

from src import benchmark_length
from src.benchmark_frames import Footage
from src.benchmark_length import SIZES_WH, follow, lasting, measure_length
from tests.benchmark_examples import candidate, ticking_clock
from tests.helpers import make_clip


def test_early_updates_are_held_against_the_last():
    seconds = np.full(5000, 100.0)
    seconds[100:1100], seconds[4000:] = 0.1, 0.2
    found = lasting(seconds, [50.0, 60.0, 55.0])
    assert found["updates_per_second_early"].value == pytest.approx(10)
    assert found["updates_per_second_late"].value == pytest.approx(5)
    assert found["late_to_early"].value == pytest.approx(0.5)
    assert found["memory_growth"].value == 10
    seconds[500] = 1000
    assert lasting(seconds, [0.0])["late_to_early"].value == pytest.approx(0.5)


def test_memory_is_read_fifty_times(monkeypatch):
    seen = []

    class Recorder:
        def init(self, frame, box_ltwh):
            seen.append("init")

        def update(self, frame):
            seen.append(frame)

    monkeypatch.setattr(benchmark_length, "resident_mb", lambda: float(len(seen)))
    footage = Footage(("a", "b", "c"), (0, 1, 2), np.zeros(4))
    seconds, resident = follow(Recorder(), footage, 100, ticking_clock())
    assert seen == ["init", *[1, 2] * 50]
    assert (seconds == 1).all() and resident == [1.0 + 2 * k for k in range(1, 51)]


def test_five_sizes_need_one_trace(tmp_path):
    make_clip(tmp_path / "own" / "a", 4)
    env, evaluation = {"root_dataset": str(tmp_path)}, {"dataset": "own"}
    variants, notes = measure_length(candidate(env=env, evaluation=evaluation), 50, tmp_path)
    measures = variants[0].measures
    assert len(set(SIZES_WH)) == 5 and "50 updates on 4 frames" in notes[1]
    assert measures["traces_of_init"].value == measures["traces_of_update"].value == 1
    assert measures["updates_per_second_early"].count == 10
