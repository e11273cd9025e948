"""What the filter remembers, and that it follows where cosines do not."""

import functools

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from src.tracking.loading import make_tracker
from src.tracking.online_filter import OnlineFilter, centred, normalised, shared
from tests.support.colour_network import ColourNetwork
from tests.support.parameter_files import load_design, load_hyperparams

FRAME_SZ, POST_X, SIDE = 420, 210, 40
ON = {"filter_share": 1.0, "filter_weight": 10.0, "filter_pasted": 4}
CELLS, CHANNELS = 17, 4
RNG = np.random.default_rng(0)


@functools.cache
def tracker_with(targets=1, **changes):
    design = load_design("design_siamrpn_lite0")
    hp = load_hyperparams("hyperparams_siamrpn_lite0", **changes)
    network = ColourNetwork(design, np.array([64.0, 64.0]))
    return make_tracker(network, design, hp, targets=targets)


@functools.cache
def ground():
    """Faint colours that differ everywhere, and a dark post."""
    small = np.random.default_rng(0).integers(80, 150, (42, 42, 3)).astype(np.uint8)
    pixels = np.array(Image.fromarray(small).resize((FRAME_SZ, FRAME_SZ), Image.BICUBIC))
    pixels[:, POST_X - 16 : POST_X + 16] //= 3
    return pixels


def box(x, y=210):
    return np.array([x - SIDE / 2, y - SIDE / 2, SIDE, SIDE])


def frame_of(*centres):
    """Equal red squares with these (x, y) in their middle; later ones stand before others."""
    pixels = ground().copy()
    for x, y in centres:
        left, top = x - SIDE // 2, y - SIDE // 2
        pixels[top : top + SIDE, left : left + SIDE] = (220, 60, 40)
    return pixels


def passing(tracker):
    """How far the tracker is from a square that passes behind another, at the end."""
    walk = range(60, 348, 4)
    tracker.init(frame_of((walk[0], 210), (POST_X, 210)), box(walk[0]))
    for x in walk[1:]:
        result = tracker.update(frame_of((x, 210), (POST_X, 210)))
    return np.abs(result.box_ltwh[:2] + result.box_ltwh[2:] / 2 - (walk[-1], 210)).max()


def test_a_target_that_passes_behind_its_like_is_followed_by_the_filter_alone():
    assert passing(tracker_with()) > 100  # it stays with the other
    assert passing(tracker_with(**ON)) < 8


def test_two_targets_in_one_batch_are_tracked_as_each_alone():
    starts = [(100, 120), (POST_X, 300)]
    together = tracker_with(targets=None, **ON)
    together.init(frame_of(*starts), np.stack([box(*start) for start in starts]))
    frames = [frame_of((100 + 5 * n, 120), (POST_X, 300 - 4 * n)) for n in range(1, 13)]
    found = [together.update(frame) for frame in frames]
    for n, start in enumerate(starts):
        alone = tracker_with(**ON)
        alone.init(frame_of(*starts), box(*start))
        for both, frame in zip(found, frames, strict=True):
            np.testing.assert_allclose(both[n].box_ltwh, alone.update(frame).box_ltwh, atol=0.05)


def test_the_state_keeps_its_sizes_and_its_weights_over_many_frames():
    tracker = tracker_with(**ON, filter_memory=3, filter_every=2)
    tracker.init(frame_of((100, 120)), box(100, 120))
    sizes = [part.shape for part in tf.nest.flatten(tracker.state)]
    for n in range(1000):
        tracker.update(frame_of((100 + n % 7, 120)))
    assert [part.shape for part in tf.nest.flatten(tracker.state)] == sizes
    online = tracker.state.online
    assert int(online.age[0]) == 1000
    assert np.isfinite(online.taps).all()
    np.testing.assert_allclose(tf.reduce_sum(online.samples.weights, axis=1), 1, rtol=1e-5)
    assert tracker.advance.experimental_get_tracing_count() == 1


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


class MuteNetwork:
    """Embeds crops as mean colours, and says the same of every place."""

    weights = ()

    def embed_search(self, search, training):
        return (tf.nn.avg_pool2d(search / 255 - 0.5, 17, 16, "SAME"),)

    def embed_template(self, exemplar, training):
        return tuple(level[:, 4:9, 4:9] for level in self.embed_search(exemplar, training))

    def compare(self, template, search, training):
        cells = search[0].shape[1] - 4
        return {"score": tf.zeros([tf.shape(search[0])[0], cells, cells, 1])}


@functools.cache
def mute_tracker(**changes):
    hp = load_hyperparams("hyperparams_efficientnet_lite0", window_influence=0.0, **changes)
    return make_tracker(MuteNetwork(), load_design("design_efficientnet_lite0"), hp)


def test_beside_siamfc_the_filter_finds_the_place_where_the_network_says_nothing():
    def end(tracker):
        tracker.init(frame_of((100, 120)), box(100, 120))
        for n in range(1, 20):
            result = tracker.update(frame_of((100 + 5 * n, 120 + 3 * n)))
        return result.box_ltwh[:2] + result.box_ltwh[2:] / 2

    np.testing.assert_allclose(end(mute_tracker(filter_weight=5.0)), (195, 177), atol=10)
    np.testing.assert_allclose(end(mute_tracker()), (100, 120), atol=1)


def drawn(tracker, x):
    """The response to a square that has gone 16 pixels to the right, and its peak (row, column)."""
    tracker.init(frame_of((100, 120)), box(100, 120))
    response = np.asarray(tracker.update(frame_of((x, 120))).response)
    return response, np.unravel_index(response.argmax(), response.shape)


def test_the_response_that_is_drawn_has_the_filters_say():
    response, (row, column) = drawn(mute_tracker(filter_weight=5.0), 116)
    flat, _ = drawn(mute_tracker(), 116)
    assert flat.max() - flat.min() < 1e-6 < response.max() - response.min()
    # of 13 cells; the target's 80 frame pixels with context are 127 of the crop, a cell is 16
    step, middle = 80 / 127 * 16 * 12 / (len(response) - 1), len(response) // 2
    assert abs(row - middle) * step < 10
    assert (column - middle) * step == pytest.approx(16, abs=10)


def test_where_boxes_are_believed_too():
    with_say, place = drawn(tracker_with(**ON), 116)
    without, _ = drawn(tracker_with(**ON | {"filter_share": 0.0}), 116)
    assert place in ((8, 9), (8, 10))  # 1.6 cells to the right of the middle
    assert np.abs(with_say - without).max() > 0.05


@pytest.mark.parametrize("make", [tracker_with, mute_tracker])
def test_a_lost_target_is_looked_for_by_the_filter_in_a_wider_area(make):
    judged = {"lost_search_growth": 1.5, "lost_below": 0.5, "found_above": 0.9}
    tracker = make(filter_weight=10.0, **judged)
    tracker.init(frame_of((100, 120)), box(100, 120))
    sizes = [part.shape for part in tf.nest.flatten(tracker.state)]
    tracker.state = tracker.state._replace(lost=tf.constant([True]))
    result = tracker.update(frame_of((108, 120)))
    side = tracker.state.target_sz.numpy()[0, 0] * 2 * 385 / 127
    assert result.search_box_ltwh[2] == pytest.approx(side, rel=0.01)
    assert [part.shape for part in tf.nest.flatten(tracker.state)] == sizes


def test_without_a_say_there_is_no_filter():
    tracker = tracker_with()
    tracker.init(frame_of((100, 120)), box(100, 120))
    assert tracker.state.online == () and tracker.graph.filter is None


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


def test_the_filter_gives_the_confidence_its_evidence():
    tracker = tracker_with(**ON)
    tracker.init(frame_of((100, 120)), box(100, 120))
    alone = tracker.update(frame_of((104, 120)))
    assert np.shape(alone.evidence) == (3,)
    assert float(alone.evidence[2]) > 0
    beside = tracker.update(frame_of((104, 120), (170, 120)))
    assert float(beside.evidence[2]) < float(alone.evidence[2])


def half_red(edge):
    """Red up to this column, blue from it on."""
    frame = np.full((FRAME_SZ, FRAME_SZ, 3), (0, 0, 255), np.uint8)
    frame[:, :edge] = (255, 0, 0)
    return frame


def hears_red(tracker):
    """The tracker, whose filter says how red the cell itself is, and nothing of its neighbours."""
    online = tracker.state.online
    taps = np.zeros(online.taps.shape, np.float32)
    taps[:, taps.shape[1] // 2, 0] = 1
    tracker.state = tracker.state._replace(online=online._replace(taps=tf.constant(taps)))
    return tracker


def test_the_filters_own_response_is_told_of_the_area_searched():
    tracker = tracker_with(**ON)
    tracker.init(half_red(200), box(200))
    response = np.asarray(hears_red(tracker).update(half_red(200)).filter_response)
    assert response.shape == (CELLS, CELLS)
    # colours less a half, of length 1: red is (1, -1, -1) / sqrt(3), and the edge in column 8
    np.testing.assert_allclose(response[:, :8], 1 / np.sqrt(3), atol=1e-4)
    np.testing.assert_allclose(response[:, 9:], -1 / np.sqrt(3), atol=1e-4)


def test_of_several_search_areas_it_is_that_of_the_one_that_won():
    tracker = mute_tracker(filter_weight=5.0, scale_step=1.5, scale_penalty=1.0)
    tracker.init(half_red(200), box(160))
    sides = tracker.graph.search_sides(tracker.state.target_sz, tracker.graph.near)[0].numpy()
    found = hears_red(tracker).update(half_red(200))
    red = np.asarray(found.filter_response) > 0
    # the edge is 40 pixels right of the middle, which is the seventh of 13 cells of 16 crop pixels
    crop_sz = tracker.graph.near.crop_sz
    columns = np.ceil(6 + 40 * crop_sz / sides / 16)
    assert len(set(columns)) == 3
    won = np.abs(sides - found.search_box_ltwh[2]).argmin()
    assert (red.sum(axis=1) == columns[won]).all()


def test_nothing_is_told_of_a_filter_that_is_off_and_of_several_targets():
    alone, several = tracker_with(), tracker_with(targets=None, **ON)
    alone.init(frame_of((100, 120)), box(100, 120))
    several.init(frame_of((100, 120)), box(100, 120)[None])
    assert alone.update(frame_of((104, 120))).filter_response is None
    assert several.update(frame_of((104, 120)))[0].filter_response is None
