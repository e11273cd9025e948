"""The closed loop: a network that sees a white box gives it back, of any place and shape."""

import functools

import numpy as np
import pytest
import tensorflow as tf

from src.network.box_coding import anchors_by_cell, encode
from src.tracking.loading import make_tracker
from src.tracking.proposals import MIN_SIDE
from tests.support.parameter_files import load_design, load_hyperparams

FRAME_WH = (480, 360)
GONE = np.zeros((FRAME_WH[1], FRAME_WH[0], 3), np.uint8)
# all of what is found is believed
OPEN = {"window_influence": 0.0, "penalty_k": 0.0, "scale_lr": 1.0}
DESIGN = {"pad_with_image_mean": False, "crop_alignment": "exact", "search_sz": 271, "score_sz": 19}


class BoxNetwork:
    """Finds the white box in a crop, whichever anchor is asked."""

    def __init__(self, design):
        self.design = design

    def embed_template(self, exemplar, training):
        return (tf.zeros([tf.shape(exemplar)[0], 1, 1, 1]),)

    def embed_search(self, search, training):
        return (search,)

    def compare(self, template, search, training):
        design, crop_sz = self.design, search[0].shape[1]
        cells = design.score_sz + (crop_sz - design.search_sz) // design.tot_stride
        anchors = anchors_by_cell(
            cells, design.tot_stride, design.anchor_scales, design.anchor_ratios
        )
        centre, size, seen = white_box(search[0])
        shift, growth = encode(centre[:, None], size[:, None], tf.constant(anchors), tf.math.log)
        loc = tf.concat([shift, growth], axis=-1) * seen[:, None, None]
        far = tf.norm(centre[:, None] - anchors[:, :2], axis=-1)
        logit = tf.where(seen[:, None] > 0, 6 - far / 20, -6.0)
        kinds = len(anchors) // cells**2
        loc = tf.transpose(tf.reshape(loc, [-1, cells, cells, kinds, 4]), [0, 1, 2, 4, 3])
        logit = tf.reshape(logit, [-1, cells, cells, kinds])
        return {
            "cls": tf.concat([-logit / 2, logit / 2], axis=-1),
            "loc": tf.reshape(loc, [-1, cells, cells, 4 * kinds]),
        }


def white_box(crops):
    """Centre from the middle, size, and whether there is any: [N, 2], [N, 2], [N]."""
    white = tf.reduce_mean(crops, axis=-1) / 255
    mass = tf.reduce_sum(white, axis=(1, 2))
    axis = tf.range(crops.shape[1], dtype=tf.float32) + 0.5 - crops.shape[1] / 2
    sides = [tf.reduce_sum(white, axis=which) / (mass[:, None] + 1e-6) for which in (1, 2)]
    centre = tf.stack([tf.reduce_sum(side * axis, axis=1) for side in sides], axis=1)
    spread = tf.stack([tf.reduce_sum(side * axis**2, axis=1) for side in sides], axis=1)
    size = tf.sqrt(tf.maximum(12 * (spread - centre**2), 1.0))
    return centre, size, tf.cast(mass > 5, tf.float32)


def box_frame(box_ltwh):
    """A white box of whole pixels on black."""
    left, top, width, height = (int(number) for number in box_ltwh)
    frame = GONE.copy()
    frame[max(top, 0) : top + height, max(left, 0) : left + width] = 255
    return frame


@functools.cache
def tracker_with(design_changes=(), **changes):
    design = load_design("design_siamrpn_dw", **DESIGN | dict(design_changes))
    hp = load_hyperparams("hyperparams_siamrpn_dw", **OPEN | changes)
    return make_tracker(BoxNetwork(design), design, hp)


def follow(tracker, first, frames):
    tracker.init(box_frame(first), np.array(first, float))
    return [tracker.update(frame) for frame in frames]


@pytest.mark.parametrize(
    "box", [(225, 160, 60, 60), (200, 150, 80, 40), (230, 130, 40, 90), (190, 170, 50, 30)]
)
def test_a_box_of_any_shape_comes_back(box):
    (result,) = follow(tracker_with(), (220, 150, 60, 60), [box_frame(box)])
    np.testing.assert_allclose(result.box_ltwh, box, atol=1.5)
    assert result.response.shape == (19, 19)
    assert result.score > 4


def test_the_size_follows_by_the_share_that_is_told():
    first, second = (220, 150, 60, 60), (220, 150, 80, 40)
    (result,) = follow(tracker_with(scale_lr=0.25), first, [box_frame(second)])
    share = 0.25 / (1 + np.exp(-result.score))
    np.testing.assert_allclose(result.box_ltwh[2:], [60 + 20 * share, 60 - 20 * share], atol=0.6)
    # the place follows at once
    np.testing.assert_allclose(result.box_ltwh[:2] + result.box_ltwh[2:] / 2, (260, 170), atol=0.6)


def test_boxes_stay_in_the_frame_and_do_not_vanish():
    # half of it has left: what is seen of it ends at the border
    first, out = (10, 150, 60, 60), (-50, 150, 60, 60)
    for result in follow(tracker_with(), first, [box_frame(out)] * 3):
        centre = result.box_ltwh[:2] + result.box_ltwh[2:] / 2
        assert (centre >= 0).all()
        assert (result.box_ltwh[2:] >= MIN_SIDE - 1e-3).all()
    tiny = follow(tracker_with(), (220, 150, 20, 20), [box_frame((225, 155, 5, 5))] * 4)
    assert tiny[-1].box_ltwh[2] == pytest.approx(MIN_SIDE, abs=1e-3)


def test_the_limits_of_the_first_size_hold():
    tracker = tracker_with(scale_max=1.2)
    (result,) = follow(tracker, (220, 150, 60, 60), [box_frame((210, 150, 90, 60))])
    np.testing.assert_allclose(result.box_ltwh[2:], (72, 60), atol=1)


def test_pixel_crops_follow_too():
    tracker = tracker_with((("crop_alignment", "pixel"),))
    results = follow(tracker, (220, 150, 60, 60), [box_frame((235, 145, 70, 50))] * 3)
    np.testing.assert_allclose(results[-1].box_ltwh, (235, 145, 70, 50), atol=2.5)


@pytest.mark.parametrize("growth", [1.0, 2.0])
def test_a_lost_target_is_waited_for_and_found_far_off(growth):
    judged = {"confidence": (0.0, 1.0, 0.0), "lost_below": 0.2, "found_above": 0.3}
    tracker = tracker_with(lost_search_growth=growth, window_influence=0.1, **judged)
    back = box_frame((100, 150, 60, 60))
    results = follow(tracker, (300, 150, 60, 60), [*[GONE] * 3, *[back] * 6])
    assert results[2].lost
    np.testing.assert_allclose(results[2].box_ltwh, (300, 150, 60, 60), atol=3)
    assert results[-1].lost == (growth == 1)
    if growth > 1:
        np.testing.assert_allclose(results[-1].box_ltwh, (100, 150, 60, 60), atol=2)


def test_several_targets_go_where_each_would_go_alone():
    alone = tracker_with()
    together = make_tracker(alone.network, alone.graph.design, alone.hp, targets=None)
    boxes = np.array([[220.0, 150, 60, 60], [230, 140, 40, 70], [200, 160, 90, 50]])
    frames = [box_frame((230, 155, 64, 52)), box_frame((240, 150, 60, 60))]
    together.init(box_frame(boxes[0]), boxes)
    found = [together.update(frame) for frame in frames]
    for place, box in enumerate(boxes):
        alone.init(box_frame(boxes[0]), box)
        for number, frame in enumerate(frames):
            expected, result = alone.update(frame), found[number][place]
            np.testing.assert_allclose(result.box_ltwh, expected.box_ltwh, atol=1e-2)
            assert result.score == pytest.approx(expected.score, abs=1e-3)
            assert result.confidence == pytest.approx(expected.confidence, abs=1e-3)
