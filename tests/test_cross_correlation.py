import numpy as np
import pytest
import tensorflow as tf

from src.cross_correlation import cross_correlation
from tests.reference.correlation_by_loops import correlate_by_loops


@pytest.mark.parametrize("batch", [1, 3, 5])
@pytest.mark.parametrize("channels", [1, 4])
@pytest.mark.parametrize("sizes", [(3, 7), (6, 6), (2, 9)])
def test_equals_the_loops(batch, channels, sizes):
    rng = np.random.default_rng(batch * 10 + channels)
    template = rng.normal(size=(batch, sizes[0], sizes[0] - 1, channels)).astype(np.float32)
    search = rng.normal(size=(batch, sizes[1], sizes[1] + 2, channels)).astype(np.float32)
    expected = correlate_by_loops(template, search)
    np.testing.assert_allclose(cross_correlation(template, search), expected, atol=1e-4)
    traced = tf.function(
        cross_correlation, input_signature=[tf.TensorSpec([None] * 4), tf.TensorSpec([None] * 4)]
    )
    np.testing.assert_allclose(traced(template, search), expected, atol=1e-4)


def test_a_pair_does_not_see_its_neighbours():
    rng = np.random.default_rng(0)
    template = rng.normal(size=(2, 3, 3, 2)).astype(np.float32)
    search = rng.normal(size=(2, 6, 6, 2)).astype(np.float32)
    before = cross_correlation(template, search).numpy()
    template[1] += 1
    after = cross_correlation(template, search).numpy()
    np.testing.assert_array_equal(before[0], after[0])
    assert np.abs(before[1] - after[1]).max() > 0.1
