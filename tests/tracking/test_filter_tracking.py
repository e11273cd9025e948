"""Trackers with a filter: it follows where cosines do not, and what it says is told."""

import functools

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from src.tracking.loading import make_tracker
from tests.support.colour_network import ColourNetwork
from tests.support.parameter_files import load_design, load_hyperparams

FRAME_SZ, POST_X, SIDE = 420, 210, 40
CELLS = 17  # of the score map
ON = {"filter_share": 1.0, "filter_weight": 10.0, "filter_pasted": 4}


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
    # colours less a half, of length 1: red is (1, -1, -1) / sqrt(3), and the edge in column 8; the
    # first frame is as red as blue, so the mean that is taken away has nothing of this channel
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
