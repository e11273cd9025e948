import numpy as np

from src.datasets.key_frames import KeyFrames, fill_in
from src.datasets.labels import INTERPOLATED, OCCLUDED


def keys(frames, values, visible=None, stays=None, flags=None):
    there = [True] * len(frames)
    return KeyFrames(
        np.array(frames),
        np.array(values, dtype=np.float64),
        np.array(there if visible is None else visible),
        np.array(there if stays is None else stays),
        np.array([0] * len(frames) if flags is None else flags, dtype=np.uint8),
    )


def test_frames_between_lie_on_the_line_and_say_so():
    filled = fill_in(keys([2, 6], [[0, 10], [8, 12]], flags=[OCCLUDED, 0]), 20, held=False)
    assert filled.rows.tolist() == [2, 3, 4, 5, 6]
    assert filled.values.tolist() == [[0, 10], [2, 10.5], [4, 11], [6, 11.5], [8, 12]]
    between = OCCLUDED | INTERPOLATED
    assert filled.flags.tolist() == [OCCLUDED, between, between, between, 0]


def test_values_of_key_frames_stay_as_they_are():
    values = np.random.default_rng(0).normal(size=(3, 4)) * 1e3
    filled = fill_in(keys([0, 3, 9], values), 10, held=False)
    np.testing.assert_array_equal(filled.values[[0, 3, 9]], values)


def test_a_target_that_left_is_absent_to_the_next_key_frame_and_to_the_end():
    gone = keys([1, 2, 4, 5], [[1], [2], [4], [5]], stays=[True, False, True, False])
    filled = fill_in(gone, 8, held=True)
    assert filled.rows.tolist() == [1, 2, 3, 4, 5, 6, 7]
    np.testing.assert_array_equal(filled.values[:, 0], [1, 2, np.nan, 4, 5, np.nan, np.nan])


def test_a_key_frame_may_be_absent_itself():
    filled = fill_in(
        keys([0, 2], [[0], [2]], [True, False], [True, False], [0, OCCLUDED]), 3, False
    )
    np.testing.assert_array_equal(filled.values[:, 0], [0, 1, np.nan])
    assert filled.flags.tolist() == [0, INTERPOLATED, 0]


def test_behind_the_last_key_frame_a_target_stands_still_or_nothing_is_known():
    last = keys([3], [[7]])
    held = fill_in(last, 6, held=True)
    assert held.rows.tolist() == [3, 4, 5] and held.values[:, 0].tolist() == [7, 7, 7]
    assert held.flags.tolist() == [0, INTERPOLATED, INTERPOLATED]
    assert fill_in(last, 6, held=False).rows.tolist() == [3]
