import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from src.parameters.hyperparams import Hyperparams
from src.training.boxes import BOX_LOSSES, SMOOTH, giou_loss

SIDES = st.floats(0.5, 200)
PLACES = st.floats(-100, 100)
BOXES = st.tuples(PLACES, PLACES, SIDES, SIDES)


def corners(box):
    x, y, width, height = box
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def giou_by_hand(box, true):
    (left, top, right, bottom), (a, b, c, d) = corners(box), corners(true)
    shared = max(min(right, c) - max(left, a), 0) * max(min(bottom, d) - max(top, b), 0)
    union = box[2] * box[3] + true[2] * true[3] - shared
    around = (max(right, c) - min(left, a)) * (max(bottom, d) - min(top, b))
    return 1 - (shared / union - (around - union) / around)


def l1_by_hand(box, true):
    sides = [abs(one - other) for one, other in zip(corners(box), corners(true), strict=True)]
    return sum(sides) / 4 / ((true[2] + true[3]) / 2)


def smooth_by_hand(box, true):
    sides = [abs(one - other) for one, other in zip(corners(box), corners(true), strict=True)]
    total = 0
    for side in sides:
        error = side / ((true[2] + true[3]) / 2)
        total += error**2 / (2 * SMOOTH) if error < SMOOTH else error - SMOOTH / 2
    return total / 4


BY_HAND = {"giou": giou_by_hand, "l1": l1_by_hand, "smooth_l1": smooth_by_hand}


def cost(loss, box, true):
    parts = np.array([box[:2], box[2:], true[:2], true[2:]])
    return BOX_LOSSES[loss](*parts).numpy()


@pytest.mark.parametrize("loss", BY_HAND)
@settings(max_examples=50)
@given(box=BOXES, true=BOXES)
def test_equals_the_sum_by_hand(loss, box, true):
    assert cost(loss, box, true) == pytest.approx(BY_HAND[loss](box, true), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("loss", BY_HAND)
@settings(max_examples=20)
@given(box=BOXES, factor=st.floats(0.1, 10))
def test_the_true_box_costs_nothing_and_size_does_not_count(loss, box, factor):
    assert cost(loss, box, box) == pytest.approx(0, abs=1e-9)
    box, true = np.array(box), np.array([3.0, 4.0, 20.0, 30.0])
    assert cost(loss, factor * box, factor * true) == pytest.approx(cost(loss, box, true))


@settings(max_examples=30)
@given(box=BOXES, true=BOXES)
def test_giou_stays_below_2(box, true):
    assert 0 <= cost("giou", box, true) + 1e-12 < 2


def test_giou_draws_boxes_together_that_do_not_touch():
    size = tf.constant([10.0, 10.0])
    with tf.GradientTape() as tape:
        centre = tf.Variable([0.0, 0.0])
        loss = giou_loss(centre, size, tf.constant([50.0, 0.0]), size)
    assert tape.gradient(loss, centre)[0] < 0


@pytest.mark.parametrize("loss", BY_HAND)
def test_the_gradient_is_that_of_finite_differences(loss):
    box, true = np.array([1.0, -2.0, 31.0, 52.0]), np.array([4.0, 3.0, 40.0, 37.0])
    with tf.GradientTape() as tape:
        variable = tf.Variable(box)
        value = BOX_LOSSES[loss](variable[:2], variable[2:], true[:2], true[2:])
    found = tape.gradient(value, variable).numpy()
    for place in range(4):
        step = np.zeros(4)
        step[place] = 1e-5
        slope = (cost(loss, box + step, true) - cost(loss, box - step, true)) / 2e-5
        assert found[place] == pytest.approx(slope, rel=1e-5, abs=1e-8)


def test_every_value_of_the_key_has_its_loss():
    assert set(Hyperparams.model_fields["box_loss"].annotation.__args__) == set(BOX_LOSSES)
