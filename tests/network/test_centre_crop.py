import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from src.network.cross_correlation import centre_crop


def middle_by_loops(features, cells):
    """Keeps the cells that are near enough to the middle along both axes."""
    kept = []
    for size in features.shape[1:3]:
        kept.append([i for i in range(size) if abs(i - (size - 1) / 2) <= (cells - 1) / 2])
    return np.array([[[example[y, x] for x in kept[1]] for y in kept[0]] for example in features])


half = st.integers(0, 6)


@given(half, half, half)
def test_the_middle_cells_are_taken(rows, columns, reach):
    reach = min(reach, rows, columns)
    shape = (2, 2 * rows + 1, 2 * columns + 1, 3)
    features = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    found = centre_crop(tf.constant(features), 2 * reach + 1).numpy()
    np.testing.assert_array_equal(found, middle_by_loops(features, 2 * reach + 1))
    np.testing.assert_array_equal(found[:, reach, reach], features[:, rows, columns])


@pytest.mark.parametrize("size", [5, 6])
def test_without_a_number_all_cells_stay(size):
    features = tf.random.normal([2, size, size, 3])
    assert centre_crop(features, None) is features


def test_batches_of_any_size_go_through_a_graph():
    features = np.random.default_rng(0).normal(size=(3, 17, 17, 2)).astype(np.float32)
    crop = tf.function(
        lambda batch: centre_crop(batch, 5), input_signature=[tf.TensorSpec([None, 17, 17, 2])]
    )
    np.testing.assert_array_equal(crop(features), features[:, 6:11, 6:11])
    assert crop.get_concrete_function().structured_outputs.shape[1:] == (5, 5, 2)


def test_only_the_taken_cells_get_a_gradient():
    features = tf.random.normal([1, 7, 9, 2])
    with tf.GradientTape() as tape:
        tape.watch(features)
        loss = tf.reduce_sum(centre_crop(features, 3))
    gradient = tape.gradient(loss, features).numpy()
    assert gradient.sum() == 3 * 3 * 2
    assert (gradient[:, 2:5, 3:6] == 1).all()
