import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from src.network.cross_correlation import window_around


def slow_window(features, disp_xy, size):
    """Bilinear interpolation of one map [n, n, C], cell by cell."""
    n = len(features)
    window = np.zeros((size, size, features.shape[2]))
    for row in range(size):
        for column in range(size):
            x = (n - 1) / 2 + disp_xy[0] + column - (size - 1) / 2
            y = (n - 1) / 2 + disp_xy[1] + row - (size - 1) / 2
            for i in range(n):
                for j in range(n):
                    weight = max(1 - abs(y - i), 0) * max(1 - abs(x - j), 0)
                    window[row, column] += weight * features[i, j]
    return window


@settings(max_examples=25)
@given(seed=st.integers(0, 999), size=st.sampled_from([1, 3, 5]))
def test_windows_are_those_of_the_loop(seed, size):
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(2, 7, 7, 3)).astype(np.float32)
    disp = rng.uniform(-5, 5, (2, 2)).astype(np.float32)
    found = window_around(tf.constant(features), tf.constant(disp), size)
    for n in range(2):
        np.testing.assert_allclose(found[n], slow_window(features[n], disp[n], size), atol=1e-5)


@pytest.mark.parametrize(("x", "y"), [(0, 0), (2, -1), (-1, 1)])
def test_whole_cells_are_cut_out_as_they_are(x, y):
    features = tf.random.stateless_normal([1, 9, 9, 4], (1, 2))
    found = window_around(features, tf.constant([[float(x), float(y)]]), 3)
    np.testing.assert_allclose(found, features[:, 3 + y : 6 + y, 3 + x : 6 + x], atol=1e-6)
