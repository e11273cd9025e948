"""What the first frame shows to be wrong in boxes is taken back in the others."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from src.network.box_coding import Proposals
from src.tracking.loading import make_tracker
from src.tracking.proposals import MAX_BIAS, correct
from tests.support.box_network import DESIGN, OPEN, BoxNetwork, box_frame, follow
from tests.support.parameter_files import load_design, load_hyperparams

FIRST, LATER = (220, 150, 60, 60), (240, 140, 80, 40)
WRONG = {"shift": (0.1, -0.2), "growth": (np.log(1.3), np.log(0.8))}


class HabitualNetwork(BoxNetwork):
    """Takes every target for one that is elsewhere and of another shape, always alike."""

    def __init__(self, design, shift, growth):
        super().__init__(design)
        self.wrong = np.float32(shift), np.float32(growth)

    def compare(self, template, search, training):
        outputs = super().compare(template, search, training)
        kinds = outputs["loc"].shape[3] // 4
        loc = tf.reshape(outputs["loc"], [*outputs["loc"].shape[:3], 4, kinds])
        shift, growth = loc[..., :2, :], loc[..., 2:, :]
        # in sizes of the found box, an anchor's share of which is its exponential
        shift += self.wrong[0][:, None] * tf.exp(growth)
        loc = tf.concat([shift, growth + self.wrong[1][:, None]], axis=3)
        return outputs | {"loc": tf.reshape(loc, outputs["loc"].shape)}


def tracker_with(first_look, **wrong):
    design = load_design("design_siamrpn_dw", **DESIGN)
    hp = load_hyperparams("hyperparams_siamrpn_dw", **OPEN, first_look=first_look)
    return make_tracker(HabitualNetwork(design, **WRONG | wrong), design, hp)


def test_a_habit_is_taken_back_for_targets_of_another_place_and_shape():
    (result,) = follow(tracker_with(1.0), FIRST, [box_frame(LATER)])
    np.testing.assert_allclose(result.box_ltwh, LATER, atol=2.5)


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_the_share_decides_by_how_much(share):
    (result,) = follow(tracker_with(share), FIRST, [box_frame(LATER)])
    left = 1 - share
    expected = np.array([80 * 1.3**left, 40 * 0.8**left])
    np.testing.assert_allclose(result.box_ltwh[2:], expected, atol=3)
    centre = result.box_ltwh[:2] + result.box_ltwh[2:] / 2
    wrong_by = np.array([280.0, 160]) - centre
    np.testing.assert_allclose(wrong_by, [-8 * left, 8 * left], atol=2.5)


def test_a_mistake_is_no_habit():
    tracker = tracker_with(1.0, shift=(0.0, 0.0), growth=(np.log(4.0), 0.0))
    tracker.init(box_frame(FIRST), np.array(FIRST, float))
    np.testing.assert_allclose(tracker.state.first_frame_bias[0, 2:], [MAX_BIAS, 0], atol=0.05)


@settings(max_examples=30)
@given(seed=st.integers(0, 999))
def test_the_correction_is_the_reverse_of_the_mistake(seed):
    rng = np.random.default_rng(seed)
    centre, size = rng.uniform(-50, 50, (2, 5, 2)), rng.uniform(10, 90, (2, 5, 2))
    shift, growth = rng.uniform(-0.3, 0.3, (2, 1, 2)), rng.uniform(-0.5, 0.5, (2, 1, 2))
    wrong = Proposals(None, centre + shift * size, size * np.exp(growth), None)
    bias = np.concatenate([shift, growth], axis=2)[:, 0]
    found = correct(wrong, bias)
    np.testing.assert_allclose(found.centre_crop, centre)
    np.testing.assert_allclose(found.size_crop, size)
