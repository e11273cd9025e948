"""Events: weight and progress in time, refusal of nonsense, scripts in frames."""

import pytest

from tests.clips.events import (
    KINDS,
    TEST_SCRIPTS,
    TRAIN_SCRIPTS,
    Event,
    events_of_script,
    total_weight,
)


def test_weight_rises_from_0_to_1_and_back():
    event = Event("dark", 10, 30)
    assert [event.weight(t) for t in (0, 10, 15, 20, 25, 30, 99)] == [0, 0, 1, 1, 1, 0, 0]
    assert 0 < event.weight(12) < event.weight(13) < 1


def test_progress_goes_on_outside_the_event():
    event = Event("occlusion", 10, 20)
    assert [event.progress(t) for t in (0, 10, 15, 30)] == [-1, 0, 0.5, 2]


def test_total_weight_adds_events_of_one_kind():
    events = (Event("zoom", 0, 20, 1.0), Event("zoom", 0, 20, -0.5), Event("dark", 0, 20, 9.0))
    assert total_weight(events, "zoom", 10) == pytest.approx(0.5)


def test_an_unknown_kind_and_an_empty_span_are_refused():
    with pytest.raises(ValueError, match="occlusoin"):
        Event("occlusoin", 0, 5)
    with pytest.raises(ValueError, match="not after"):
        Event("dark", 5, 5)


@pytest.mark.parametrize("n_frames", [1, 2, 44, 300])
def test_every_script_fits_every_length(n_frames):
    for script in (TRAIN_SCRIPTS | TEST_SCRIPTS).values():
        events = events_of_script(script, n_frames)
        assert len(events) == len(script)
        assert all(0 <= event.start < event.stop <= n_frames + 1 for event in events)


def test_the_scripts_use_every_kind_of_event():
    scripts = [*TRAIN_SCRIPTS.values(), *TEST_SCRIPTS.values()]
    assert {line[0] for script in scripts for line in script} == set(KINDS)
    assert not set(TRAIN_SCRIPTS) & set(TEST_SCRIPTS)
