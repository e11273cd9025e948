import numpy as np
import pytest

from src.training.logistic import distance_to_gt


def score_with(*cells, size=33):
    score = np.zeros((1, size, size, 1), np.float32)
    for row, column, value in cells:
        score[0, row, column, 0] = value
    return score


def distance(score, disp=(0.0, 0.0), stride=4):
    return float(distance_to_gt(score, np.float32([disp]), stride)[0])


def test_a_perfect_map_has_distance_zero():
    # C8: it was never below 0.71
    y, x = np.mgrid[-16:17, -16:17]
    gaussian = np.exp(-(x**2 + y**2) / 20).astype(np.float32)[None, ..., None]
    assert distance(gaussian) == pytest.approx(0, abs=1e-4)
    disc = (x**2 + y**2 <= 16).astype(np.float32)[None, ..., None]
    assert distance(disc) == pytest.approx(0, abs=1e-4)


def test_coordinates_are_averaged_not_indices():
    # C8: flat indices of these three averaged to column 42 of 257
    score = score_with((15, 16, 3.0), (16, 15, 2.9), (16, 17, 2.8))
    assert distance(score) == pytest.approx(4 / 3, rel=1e-4)


def test_distance_is_measured_from_the_target_in_crop_pixels():
    score = score_with((16, 20, 3.0), (16, 20 + 1, 2.0), (16, 20 - 1, 2.0))
    assert distance(score) == pytest.approx(16.0)
    assert distance(score, disp=(16.0, 0.0)) == pytest.approx(0, abs=1e-4)
    assert distance(score, disp=(0.0, 12.0)) == pytest.approx(20.0)
    assert distance(score, stride=8) == pytest.approx(32.0)


def test_each_example_has_its_own_distance():
    score = np.concatenate(
        [
            score_with((16, 16, 3.0), (15, 16, 2.0), (17, 16, 2.0)),
            score_with((0, 16, 3.0), (1, 16, 2.9), (2, 16, 2.8)),
        ]
    )
    found = distance_to_gt(score, np.zeros((2, 2), np.float32), 4).numpy()
    assert found == pytest.approx([0.0, 60.0], abs=1e-4)
