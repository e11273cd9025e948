import gc
import weakref
from functools import partial

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from src.network.cross_correlation import (
    correlate_each,
    cosine_correlation,
    cosine_with_all,
    cosine_with_each,
    cross_correlation,
    depthwise_correlation,
)
from tests.reference.correlation_by_loops import correlate_by_loops, cosine_by_loops

BY_LOOPS = {cross_correlation: correlate_by_loops, cosine_correlation: cosine_by_loops}
BOTH = pytest.mark.parametrize("correlate", BY_LOOPS, ids=lambda correlate: correlate.__name__)


def draw(seed, template_shape, search_shape):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=shape).astype(np.float32) for shape in (template_shape, search_shape)]


@BOTH
@pytest.mark.parametrize("batch", [1, 3, 5])
@pytest.mark.parametrize("channels", [1, 4])
@pytest.mark.parametrize("sizes", [(3, 7), (6, 6), (2, 9)])
def test_equals_the_loops(correlate, batch, channels, sizes):
    template, search = draw(
        batch * 10 + channels,
        (batch, sizes[0], sizes[0] - 1, channels),
        (batch, sizes[1], sizes[1] + 2, channels),
    )
    expected = BY_LOOPS[correlate](template, search)
    np.testing.assert_allclose(correlate(template, search, False), expected, atol=1e-4)
    traced = tf.function(
        partial(correlate, training=False),
        input_signature=[tf.TensorSpec([None] * 4), tf.TensorSpec([None] * 4)],
    )
    np.testing.assert_allclose(traced(template, search), expected, atol=1e-4)


@BOTH
def test_a_pair_does_not_see_its_neighbours(correlate):
    template, search = draw(0, (2, 3, 3, 2), (2, 6, 6, 2))
    before = correlate(template, search, training=False).numpy()
    template[1] += 1
    after = correlate(template, search, training=False).numpy()
    np.testing.assert_array_equal(before[0], after[0])
    assert np.abs(before[1] - after[1]).max() > 0.1


def test_all_cosines_are_those_of_each_with_each():
    template, search = draw(3, (2, 3, 2, 4), (5, 6, 7, 4))
    found = cosine_with_all(tf.constant(template), tf.constant(search))
    assert found.shape == (2, 5, 4, 6)
    for i in range(2):
        for j in range(5):
            expected = cosine_by_loops(template[i : i + 1], search[j : j + 1])
            np.testing.assert_allclose(found[i, j], expected[0, ..., 0], atol=1e-5)


@settings(max_examples=30)
@given(st.integers(0, 9), st.floats(1e-2, 1e3), st.floats(1e-2, 1e3))
def test_the_cosine_does_not_depend_on_the_length_of_either(seed, template_factor, search_factor):
    template, search = draw(seed, (2, 3, 3, 4), (2, 6, 7, 4))
    cosine = cosine_correlation(template, search, training=False)
    scaled = cosine_correlation(
        np.float32(template_factor) * template, np.float32(search_factor) * search, training=False
    )
    np.testing.assert_allclose(scaled, cosine, atol=1e-5)
    assert np.abs(cosine).max() <= 1 + 1e-6
    turned = cosine_correlation(-template, search, training=False)
    np.testing.assert_allclose(turned, -cosine, atol=1e-6)


def test_the_cosine_is_1_where_the_template_lies_and_less_elsewhere():
    _, search = draw(1, (1,), (2, 6, 7, 4))
    template = np.stack([search[0, 2:5, 1:4], -3 * search[1, :3, 4:]])
    cosine = cosine_correlation(template, search, training=False).numpy()[..., 0]
    assert cosine[0, 2, 1] == pytest.approx(1, abs=1e-6)
    assert cosine[1, 0, 4] == pytest.approx(-1, abs=1e-6)
    assert (np.abs(cosine) > 0.99).sum() == 2


@pytest.mark.parametrize("empty", ["template", "search", "both", "window"])
def test_the_cosine_of_nothing_is_0_with_a_finite_gradient(empty):
    template, search = draw(2, (1, 3, 3, 4), (1, 6, 6, 4))
    if empty in ("template", "both"):
        template[:] = 0
    if empty in ("search", "both"):
        search[:] = 0
    if empty == "window":
        search[:, :3, :3] = 0
    template, search = tf.constant(template), tf.constant(search)
    with tf.GradientTape() as tape:
        tape.watch([template, search])
        cosine = cosine_correlation(template, search, training=True)
    assert np.isfinite(cosine).all()
    assert cosine[0, 0, 0, 0] == 0
    assert (empty == "window") == bool(np.any(cosine))
    for gradient in tape.gradient(cosine, [template, search]):
        assert np.isfinite(gradient).all()


def test_the_gradient_of_the_cosine_is_across_template_and_window():
    template, search = (tf.constant(one) for one in draw(3, (2, 3, 3, 4), (2, 3, 3, 4)))
    with tf.GradientTape() as tape:
        tape.watch([template, search])
        cosine = cosine_correlation(template, search, training=True)
    for vector, gradient in zip(
        (template, search), tape.gradient(cosine, [template, search]), strict=True
    ):
        along = tf.reduce_sum(vector * gradient, axis=(1, 2, 3))
        np.testing.assert_allclose(along, 0, atol=1e-5)
        assert float(tf.norm(gradient)) > 0.01


def test_depthwise_correlation_keeps_the_channels_apart():
    template, search = draw(3, (2, 3, 2, 4), (2, 7, 6, 4))
    found = depthwise_correlation(template, search, training=False)
    for channel in range(4):
        alone = slice(channel, channel + 1)
        expected = correlate_by_loops(template[..., alone], search[..., alone])
        np.testing.assert_allclose(found[..., alone], expected, atol=1e-4)


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("traced", [False, True])
@pytest.mark.parametrize("sizes", [(3, 7), (5, 5), (1, 4)])
def test_the_gradient_is_that_of_the_sum_of_products(sizes, traced, training):
    (height, width), (rows, columns) = (sizes[0], sizes[0]), (sizes[1], sizes[1] + 2)
    template, search = draw(4, (3, height, width, 4), (3, rows, columns, 4))
    shape = (3, rows - height + 1, columns - width + 1, 1)
    of_score = np.random.default_rng(5).normal(size=shape).astype(np.float32)

    def gradients(template, search):
        with tf.GradientTape() as tape:
            tape.watch([template, search])
            score = cross_correlation(template, search, training)
        return tape.gradient(score, [template, search], of_score)

    if traced:
        any_size = [tf.TensorSpec([None] * 4)] * 2
        gradients = tf.function(gradients, input_signature=any_size)
    of_template, of_search = (
        found.numpy() for found in gradients(*map(tf.constant, (template, search)))
    )
    expected_template, expected_search = np.zeros_like(template), np.zeros_like(search)
    for row, column in np.ndindex(shape[1:3]):
        window = (slice(None), slice(row, row + height), slice(column, column + width))
        factor = of_score[:, row, column, None, None]
        expected_template += factor * search[window]
        expected_search[window] += factor * template
    np.testing.assert_allclose(of_template, expected_template, atol=1e-4)
    np.testing.assert_allclose(of_search, expected_search, atol=1e-4)


def test_several_templates_of_one_area_are_each_compared_as_alone():
    templates, search = draw(3, (2, 3, 3, 2, 4), (2, 6, 5, 4))
    found = correlate_each(tf.constant(templates), tf.constant(search))
    cosines = cosine_with_each(tf.constant(templates), tf.constant(search))
    for place in range(3):
        expected = correlate_by_loops(templates[:, place], search)
        np.testing.assert_allclose(found[..., place : place + 1], expected, atol=1e-4)
        expected = cosine_by_loops(templates[:, place], search)
        np.testing.assert_allclose(cosines[..., place : place + 1], expected, atol=1e-5)


BY_CHANNEL = [cross_correlation, depthwise_correlation, cosine_correlation]


@pytest.mark.parametrize("correlate", BY_CHANNEL, ids=lambda correlate: correlate.__name__)
def test_only_in_training_the_slow_gradient_of_the_template_is_avoided(correlate):
    template, search = (tf.constant(one) for one in draw(6, (2, 3, 3, 4), (2, 6, 7, 4)))
    operations = {}
    for training in (False, True):

        def gradient(template, search, training=training):
            return tf.gradients(correlate(template, search, training), [template])

        graph = tf.function(gradient).get_concrete_function(template, search).graph
        operations[training] = {operation.type for operation in graph.get_operations()}
    slow = "DepthwiseConv2dNativeBackpropFilter"
    assert slow in operations[False] and slow not in operations[True]


@pytest.mark.parametrize("correlate", BY_CHANNEL, ids=lambda correlate: correlate.__name__)
def test_a_graph_that_does_not_learn_is_freed(correlate):
    template, search = (tf.constant(one) for one in draw(6, (2, 3, 3, 4), (2, 6, 7, 4)))
    traced = tf.function(partial(correlate, training=False))
    graph = weakref.ref(traced.get_concrete_function(template, search).graph)
    del traced
    gc.collect()
    assert graph() is None
