"""The closed loop: a network that sees a white box gives it back, of any place and shape."""

import numpy as np
import pytest
import tensorflow as tf

from src.network.box_coding import Proposals
from src.tracking.loading import make_tracker
from src.tracking.proposals import BestProposal, sighting_of
from src.tracking.state import Template, begin
from tests.support.box_network import (
    GONE,
    box_frame,
    follow,
    tracker_with,
)


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
        assert (result.box_ltwh[2:] >= 10 - 1e-3).all()


@pytest.mark.parametrize(("side", "smallest"), [(60, 10), (24, 10), (12, 6), (5, 2.5)])
def test_the_smallest_box_follows_the_first_one(side, smallest):
    proposals = Proposals(*(tf.zeros(shape) for shape in ((1, 9), (1, 9), (1, 9, 2), (1, 9, 2))))
    best = BestProposal(
        tf.zeros([1]), tf.zeros([1, 2]), tf.ones([1, 2]), tf.ones([1]), tf.zeros([1, 3, 3])
    )
    first = tf.fill([1, 2], float(side))
    state = begin(tf.constant([[50.0, 50.0]]), first, Template((), ()))
    tracker = tracker_with()
    plan = tracker.graph.near._replace(upsampling=tf.zeros([3, 3]))
    seen = sighting_of(
        *(best, proposals, state, tf.ones([1, 2]), tf.constant([200.0, 100.0])),
        *(tracker.graph.design, tracker.hp, plan),
    )
    np.testing.assert_allclose(seen.factor[0] * side, (smallest, smallest), rtol=1e-6)


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
