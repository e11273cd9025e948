import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.datasets.video_sequence import VideoSequence
from src.evaluating.protocols.one_pass import tre_starts
from tests.support.parameter_files import load_evaluation


def make_sequence(usable):
    """A video whose frames may start a track where `usable` says so."""
    boxes = np.tile([5.0, 5, 10, 10], (len(usable), 1))
    boxes[~np.array(usable)] = np.nan
    return VideoSequence("v", tuple(Path(f"{k}.jpg") for k in range(len(usable))), boxes)


def starts(sequence):
    return tre_starts(sequence, load_evaluation())


def by_loops(usable):
    """Counted from 1, step by step, as the benchmark's text has it."""
    numbers = [k + 1 for k, good in enumerate(usable) if good]
    last = max(place for place, k in enumerate(numbers, 1) if len(usable) - k + 1 >= 20)
    found, place = [], 1.0
    for k in range(100):
        place = 1 + k * (last / 19)
        if place > last:
            break
        found.append(math.floor(place))
    return sorted({numbers[place - 1] - 1 for place in [*found, last]})


@given(st.lists(st.sampled_from([True, True, True, False]), min_size=20, max_size=300))
def test_starts_equal_the_loops(usable):
    if any(usable[: len(usable) - 19]):
        assert list(starts(make_sequence(usable))) == by_loops(usable)
    else:
        assert starts(make_sequence(usable)) == (0,)


@pytest.mark.parametrize("n_frames", [38, 39, 100, 725, 3872])
def test_twenty_starts_none_in_the_last_frames(n_frames):
    found = starts(make_sequence([True] * n_frames))
    assert len(found) == (20 if n_frames > 38 else 19)
    assert found[0] == 0 and found[-1] == n_frames - 20


def test_a_hundred_frames():
    expected = [0, 4, 8, 12, 17, 21, 25, 29, 34, 38, 42, 46, 51, 55, 59, 63, 68, 72, 76, 80]
    assert list(starts(make_sequence([True] * 100))) == expected


def test_a_short_video_starts_once():
    assert starts(make_sequence([True] * 19)) == (0,)
    assert starts(make_sequence([True] * 20)) == (0,)
    assert starts(VideoSequence("v", (Path("0.jpg"),) * 99, None)) == (0,)


def test_a_box_that_begins_outside_the_frame_starts_no_track():
    sequence = make_sequence([True] * 40)
    sequence.boxes_ltwh[0, 0], sequence.boxes_ltwh[1, 1], sequence.boxes_ltwh[2, 0] = -1, -7, -0.5
    assert starts(sequence)[0] == 2
