"""Heads of region proposals; `tests/test_pysot.py` has their numbers."""

import numpy as np
import pytest
import tensorflow as tf

from src.network.heads import HEADS
from tests.support.parameter_files import load_design

LEVELS = {"rpn_up_channel": 1, "rpn_depthwise": 1, "rpn_levels": 3}


def head_and_crops(join_method, batch=2, **changes):
    name = "design_siamrpn_pp" if LEVELS[join_method] > 1 else "design_siamrpn"
    head = HEADS[join_method](load_design(name, join_method=join_method, **changes))
    template, search = (
        tuple(
            tf.random.stateless_normal([batch, side, side, 4], [side, level])
            for level in range(LEVELS[join_method])
        )
        for side in (6, 9)
    )
    return head, template, search


@pytest.mark.parametrize("join_method", LEVELS)
def test_every_anchor_has_two_scores_and_four_offsets(join_method):
    head, template, search = head_and_crops(join_method, anchor_ratios=[0.5, 1, 2])
    outputs = head(template, search, training=False)
    assert outputs["cls"].shape == (2, 4, 4, 6)
    assert outputs["loc"].shape == (2, 4, 4, 12)


@pytest.mark.parametrize("join_method", LEVELS)
def test_a_pair_does_not_see_its_neighbours(join_method):
    head, template, search = head_and_crops(join_method)
    both = head(template, search, training=False)
    second = head(
        tuple(level[1:] for level in template),
        tuple(level[1:] for level in search),
        training=False,
    )
    for key in ("cls", "loc"):
        np.testing.assert_allclose(both[key][1:], second[key], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("join_method", LEVELS)
def test_every_weight_learns(join_method):
    head, template, search = head_and_crops(join_method)
    head(template, search, training=False)
    with tf.GradientTape() as tape:
        outputs = head(template, search, training=True)
        loss = tf.reduce_sum(outputs["cls"] ** 2) + tf.reduce_sum(outputs["loc"] ** 2)
    gradients = tape.gradient(loss, head.trainable_weights)
    assert all(float(tf.reduce_max(tf.abs(gradient))) > 0 for gradient in gradients)


def test_levels_are_summed_by_the_softmax_of_their_weights():
    head, template, search = head_and_crops("rpn_levels")
    head(template, search, training=False)
    head.cls_weight.assign([0.0, np.log(2), np.log(5)])
    outputs = head(template, search, training=False)
    alone = [
        part((one,), (other,), training=False)
        for part, one, other in zip(head.heads, template, search, strict=True)
    ]
    for key, shares in (("cls", (1 / 8, 2 / 8, 5 / 8)), ("loc", (1 / 3, 1 / 3, 1 / 3))):
        expected = sum(share * each[key] for share, each in zip(shares, alone, strict=True))
        np.testing.assert_allclose(outputs[key], expected, rtol=1e-4, atol=1e-5)
