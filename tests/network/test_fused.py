"""The head of branches and cosine."""

import numpy as np
import pytest
import tensorflow as tf

from src.network.box_coding import BOX_CODINGS
from src.network.cross_correlation import cosine_correlation, pad_for
from src.network.heads.fused import FIRST_COSINE, FIRST_GAIN, FusedHead
from tests.reference.correlation_by_loops import cosine_by_loops
from tests.support.parameter_files import load_design

CODINGS = pytest.mark.parametrize("coding", BOX_CODINGS)


def head_and_crops(coding="distances", batch=2, **changes):
    design = load_design(
        "design_siamrpn_lite0", box_coding=coding, head_channels=8, cosine_cells=3, **changes
    )
    template, search = (
        (tf.random.stateless_normal([batch, side, side, 6], [side, 1]),) for side in (5, 9)
    )
    head = FusedHead(design)
    head(template, search, training=False)
    return head, template, search


@CODINGS
def test_there_is_an_answer_for_every_cell_of_the_search_area(coding):
    head, template, search = head_and_crops(coding, anchor_ratios=[0.5, 1, 2])
    outputs = head(template, search, training=False)
    scores, numbers = {"anchors": (6, 12), "distances": (1, 4)}[coding]
    assert outputs["cls"].shape == (2, 9, 9, scores)
    assert outputs["loc"].shape == (2, 9, 9, numbers)
    assert outputs["cosine"].shape == (2, 9, 9, 1)


def test_the_cosine_is_that_of_the_template_s_middle_and_every_padded_window():
    head, (template,), (search,) = head_and_crops()
    middle, padded = template[:, 1:4, 1:4], np.pad(search, [(0, 0), (1, 1), (1, 1), (0, 0)])
    found = head((template,), (search,), training=False)["cosine"]
    np.testing.assert_allclose(found, cosine_by_loops(middle.numpy(), padded), atol=1e-5)


def test_the_second_level_has_a_cosine_of_its_whole_template():
    head, template, search = head_and_crops()
    finer = [tf.random.stateless_normal([2, side, side, 4], [side, 2]) for side in (3, 17)]
    found = head((*template, finer[0]), (*search, finer[1]), training=False)
    padded = np.pad(finer[1], [(0, 0), (1, 1), (1, 1), (0, 0)])
    expected = cosine_by_loops(finer[0].numpy(), padded)
    np.testing.assert_allclose(found["cosine_1"], expected, atol=1e-5)
    alone = head(template, search, training=False)
    for key in ("cls", "loc", "cosine"):
        np.testing.assert_array_equal(found[key], alone[key])


@CODINGS
def test_the_scaled_cosine_is_added_to_the_score(coding):
    head, template, search = head_and_crops(coding)
    outputs = head(template, search, training=False)
    alone = head.coding.score(head.cls(template[0], search[0], training=False))
    head.scaling.bias.assign(-3.0)
    together = head.coding.score(head(template, search, training=False)["cls"])
    np.testing.assert_allclose(
        together - alone, FIRST_GAIN * (outputs["cosine"] - FIRST_COSINE) - 3, atol=1e-4
    )


def test_a_prepared_template_gives_the_same_answer():
    head, template, search = head_and_crops()
    prepared = head.prepare(template)
    assert [part.shape for part in prepared] == [(2, 5, 5, 8)] * 2
    expected = head(template, search, training=False)
    said = head.judged(head.products(prepared, head.seen(search)))
    found = head.joined(said, expected["cosine"], training=False)
    for key in ("cls", "loc"):
        np.testing.assert_allclose(found[key], expected[key], atol=1e-5)


def test_an_untrained_head_follows_the_cosine():
    head, template, search = head_and_crops()
    outputs = head(template, search, training=False)
    assert (
        np.std(outputs["cls"] - FIRST_GAIN * outputs["cosine"].numpy()) < np.std(outputs["cls"]) / 5
    )
    assert np.abs(outputs["loc"]).max() < 0.5


@CODINGS
def test_every_weight_learns_from_score_or_box(coding):
    head, template, search = head_and_crops(coding)
    with tf.GradientTape() as tape:
        outputs = head(template, search, training=True)
        loss = sum(tf.reduce_sum(outputs[key] ** 3) for key in ("cls", "loc"))
    gradients = tape.gradient(loss, head.trainable_weights)
    assert all(float(tf.reduce_max(tf.abs(gradient))) > 0 for gradient in gradients)


def test_a_pair_does_not_see_its_neighbours():
    head, (template,), (search,) = head_and_crops()
    both = head((template,), (search,), training=False)
    second = head((template[1:],), (search[1:],), training=False)
    for key in both:
        np.testing.assert_allclose(both[key][1:], second[key], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("side", [1, 3, 5])
def test_padding_gives_every_cell_a_window(side):
    template, search = tf.ones([1, side, side, 2]), tf.ones([1, 7, 7, 2])
    padded = pad_for(template, search)
    assert cosine_correlation(template, padded, training=False).shape == (1, 7, 7, 1)
    assert float(tf.reduce_sum(padded)) == 7 * 7 * 2
