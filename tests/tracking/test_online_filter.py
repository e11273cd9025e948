"""What the filter learns, remembers and says, without a tracker around it."""

import numpy as np
import pytest
import tensorflow as tf

from src.tracking.online_filter import OnlineFilter, centred, normalised, shared
from tests.support.parameter_files import load_design, load_hyperparams

ON = {"filter_share": 1.0, "filter_weight": 10.0, "filter_pasted": 4}
CELLS, CHANNELS = 17, 4
RNG = np.random.default_rng(0)


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_weights_sum_to_one_and_the_first_frame_keeps_its_share(share):
    first, memory = 3, 4
    weights = tf.constant([[1 / 3] * 3 + [0.0] * memory])
    for age in range(20):
        new = np.arange(first + memory) == first + age % memory
        weights = shared(weights, tf.constant(new[None]), first, share)
        np.testing.assert_allclose(tf.reduce_sum(weights), 1, rtol=1e-5)
        kept = min(age + 1, memory)
        np.testing.assert_allclose(weights[0, :first], (1 - share) ** kept / first, rtol=1e-4)
        assert float(weights[0, first + age % memory]) == pytest.approx(share)


def test_weights_stay_where_nothing_is_new():
    weights = tf.constant([[0.4, 0.4, 0.2, 0.0], [0.4, 0.4, 0.2, 0.0]])
    new = tf.constant([[False] * 4, [False, False, False, True]])
    left, changed = shared(weights, new, 2, 0.25).numpy()
    np.testing.assert_allclose(left, weights[0], rtol=1e-6)
    np.testing.assert_allclose(changed, [0.3, 0.3, 0.15, 0.25], rtol=1e-6)


def online_filter(**changes):
    hp = load_hyperparams("hyperparams_siamrpn_lite0", **ON | changes)
    return OnlineFilter(load_design("design_siamrpn_lite0"), hp)


def areas(count):
    """Features of one target's search areas."""
    return tf.constant(RNG.normal(size=(1, count, CELLS, CELLS, CHANNELS)), tf.float32)


def test_the_response_peaks_where_the_target_was_shown():
    learner = online_filter(filter_first_steps=60, filter_sigma=8.0, filter_ridge=1e-4)
    first = areas(2)
    state = learner.begin(first, np.array([[0, 0], [48, -32]]))
    response = learner.response(state, first)[0].numpy()
    # 16 pixels are a cell, and the middle cell is the ninth
    for map_, (row, column) in zip(response, ((8, 8), (6, 11)), strict=True):
        assert np.unravel_index(map_.argmax(), map_.shape) == (row, column)


def test_every_so_many_updates_one_area_takes_the_place_of_the_oldest():
    learner = online_filter(filter_memory=2, filter_every=3)
    state = learner.begin(areas(1), np.zeros((1, 2)))
    kept = [state.samples.features.numpy()]
    shown = [areas(1)[:, 0] for _ in range(9)]
    for area in shown:
        state = learner.next(state, area, tf.zeros([1, 2]), tf.constant([False]))
        kept.append(state.samples.features.numpy())
    for before, after in ((0, 2), (3, 5), (6, 8)):
        np.testing.assert_array_equal(kept[before], kept[after])
    np.testing.assert_allclose(kept[9][0, 1], centred(shown[8], state.mean)[0], rtol=1e-6)
    np.testing.assert_allclose(kept[9][0, 2], centred(shown[5], state.mean)[0], rtol=1e-6)
    np.testing.assert_array_equal(kept[9][0, 0], kept[0][0, 0])


def test_of_a_lost_target_nothing_is_learned():
    learner = online_filter(filter_every=1)
    state = learner.begin(tf.repeat(areas(1), 2, axis=0), np.zeros((1, 2)))
    held = tf.constant([True, False])
    area = tf.repeat(areas(1)[:, 0], 2, axis=0)
    later = learner.next(state, area, tf.zeros([2, 2]), held).samples
    for before, after in zip(state.samples, later, strict=True):
        np.testing.assert_allclose(after[0], before[0], rtol=1e-6)
    assert float(later.weights[1, 1]) == pytest.approx(0.1)


@pytest.mark.parametrize("key", ["filter_sigma", "filter_ridge", "filter_steps"])
@pytest.mark.parametrize("end", [0, 1])
def test_the_outermost_values_of_a_key_give_finite_filters(key, end):
    ends = {"filter_sigma": (1.0, 1e3), "filter_ridge": (1e-300, 1e3), "filter_steps": (1, 1000)}
    learner = online_filter(filter_every=1, **{key: ends[key][end]})
    state = learner.begin(areas(2), np.array([[0, 0], [48, -32]]))
    for _ in range(3):
        state = learner.next(state, areas(1)[:, 0], tf.zeros([1, 2]), tf.constant([False]))
    assert np.isfinite(state.taps).all() and np.any(state.taps)


def test_labels_lie_around_the_place_that_was_found():
    learner = online_filter(filter_every=1, filter_sigma=16.0)
    state = learner.begin(areas(1), np.zeros((1, 2)))
    state = learner.next(state, areas(1)[:, 0], tf.constant([[16.0, -40.0]]), tf.constant([False]))
    label = state.samples.labels[0, 1].numpy()
    assert label[6, 9] == pytest.approx(np.exp(-(0.5**2) / 2))  # half a cell below -40
    assert label[5, 9] == pytest.approx(np.exp(-(0.5**2) / 2))
    assert label[5, 11] == pytest.approx(np.exp(-(2**2 + 0.5**2) / 2))


def test_cells_have_length_one_and_cells_of_nothing_none():
    features = np.zeros((1, 2, 2, 3), np.float32)
    features[0, 0, 1] = (3, 0, 4)
    found = normalised(tf.constant(features)).numpy()
    np.testing.assert_allclose(found[0, 0, 1], (0.6, 0, 0.8), rtol=1e-5)
    assert not found[0, 1].any()


def test_of_each_target_what_is_usual_in_its_first_frame_is_taken_away():
    learner = online_filter()
    first = tf.concat([areas(2) + 3, areas(2) * 2 - 1], axis=0)
    state = learner.begin(first, np.array([[0, 0], [48, 0]]))
    of_length_one = normalised(first).numpy()
    for target in range(2):
        mean = of_length_one[target].reshape(-1, CHANNELS).mean(axis=0)
        np.testing.assert_allclose(state.mean[target], mean, atol=1e-6)
        np.testing.assert_allclose(
            state.samples.features[target, :2], of_length_one[target] - mean, atol=1e-6
        )
    later = areas(1)[:, 0]
    np.testing.assert_allclose(
        centred(later, state.mean[:1])[0], normalised(later)[0] - state.mean[0], atol=1e-6
    )


def test_rounding_does_not_decide_what_is_learned_of_cells_that_are_much_alike():
    learner = online_filter()
    usual = RNG.normal(size=32) * 5  # what 32 channels share everywhere
    first = usual + RNG.normal(size=(1, 5, CELLS, CELLS, 32))
    rounded = first * (1 + 1e-6 * RNG.normal(size=first.shape))
    search = tf.constant(usual + RNG.normal(size=(1, 1, CELLS, CELLS, 32)), tf.float32)
    places = np.array([[0, 0], [48, 0], [-48, 0], [0, 48], [0, -48]])
    one, other = (
        learner.response(learner.begin(tf.constant(part, tf.float32), places), search)
        for part in (first, rounded)
    )
    np.testing.assert_allclose(one, other, atol=1e-4)


def test_the_margin_is_the_peak_at_the_place_less_the_highest_far_from_it():
    response = np.zeros((3, CELLS, CELLS), np.float32)
    response[:, 8, 8] = 0.9
    response[1, 3, 13] = 0.7  # a look-alike
    response[2, 8, 10] = 0.8  # two cells beside the peak: its own flank
    places = tf.constant([[0.0, 0.0]] * 3)
    found = online_filter().margin_at(tf.constant(response), places)
    np.testing.assert_allclose(found, [0.9, 0.2, 0.9], rtol=1e-5)


def test_the_margin_of_a_place_beside_the_peak_is_below_zero():
    response = np.full((1, CELLS, CELLS), -0.1, np.float32)
    response[0, 8, 8] = 0.9
    found = online_filter().margin_at(tf.constant(response), tf.constant([[-64.0, 64.0]]))
    np.testing.assert_allclose(found, [-0.9], rtol=1e-5)
    # nothing is beyond a label as wide as the map
    alone = online_filter(filter_sigma=200.0)
    np.testing.assert_allclose(alone.margin_at(tf.constant(response), tf.zeros([1, 2])), [0.9])
