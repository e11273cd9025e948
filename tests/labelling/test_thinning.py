import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from src.labelling.thinning import stretches
from tests.support.result_files import random_tracks

NAN = [np.nan] * 4


def keys_of(boxes, tolerance):
    return [
        (one.first, one.last, one.keys.tolist()) for one in stretches(np.array(boxes), tolerance)
    ]


def test_a_steady_target_needs_its_ends_and_a_turn_its_corner():
    there = [[2.0 * k, 10, 20, 10] for k in range(5)]
    back = [[8 - 2.0 * k, 10, 20, 10] for k in range(1, 5)]
    assert keys_of(there + back, 0.5) == [(0, 8, [0, 4, 8])]
    assert keys_of(there, 0.0) == [(0, 4, [0, 4])]


def test_stretches_are_cut_where_the_target_is_absent():
    box = [5.0, 5, 10, 10]
    boxes = [NAN, box, NAN, NAN, box, box, box, NAN, box]
    assert keys_of(boxes, 1.0) == [(1, 1, [1]), (4, 6, [4, 6]), (8, 8, [8])]
    assert keys_of([NAN, NAN], 1.0) == []


def test_every_edge_counts_also_the_right_one():
    """The left edge stands still; the right one jumps by the width."""
    boxes = [[0.0, 0, 10, 10], [0, 0, 12, 10], [0, 0, 10, 10]]
    assert keys_of(boxes, 1.9) == [(0, 2, [0, 1, 2])]
    assert keys_of(boxes, 2.0) == [(0, 2, [0, 2])]
    # both edges move by less than the tolerance, the width by more
    assert keys_of([[0.0, 0, 10, 10], [-0.9, 0, 11.8, 10], [0, 0, 10, 10]], 1.0)[0][2] == [0, 2]


@given(random_tracks(30), st.sampled_from([0.0, 0.5, 1.0, 5.0]))
def test_lines_between_key_frames_stay_within_the_tolerance(boxes, tolerance):
    edges = np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1)
    covered = np.zeros(len(boxes), dtype=bool)
    for stretch in stretches(boxes, tolerance):
        frames = np.arange(stretch.first, stretch.last + 1)
        assert stretch.keys[0] == stretch.first and stretch.keys[-1] == stretch.last
        for side in range(4):
            line = np.interp(frames, stretch.keys, edges[stretch.keys, side])
            assert np.abs(line - edges[frames, side]).max() <= tolerance + 1e-9
        covered[frames] = True
    np.testing.assert_array_equal(covered, ~np.isnan(boxes[:, 0]))
