"""Boxes and logits from the numbers of a head: loops, and codings that are inverses."""

import math

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from src.geometry.search_geometry import cell_grid
from src.network.box_coding import (
    BOX_CODINGS,
    MAX_GROWTH,
    anchors_by_cell,
    best_of_cell,
    distance_unit,
    make_anchors,
    read_distances,
    read_proposals,
)
from src.parameters.design import Design
from tests.support.parameter_files import load_design
from tests.support.proposals_by_loops import (
    ANCHORS,
    CELLS,
    KINDS,
    RATIOS,
    boxes_by_loops,
    outputs_of,
)

GRID_XY = cell_grid(3, 16.0)


def test_every_value_of_the_key_has_its_row():
    assert set(Design.model_fields["box_coding"].annotation.__args__) == set(BOX_CODINGS)


def test_anchors_come_cell_by_cell():
    by_kind = make_anchors(CELLS, 8, (8.0,), RATIOS)
    for cell in range(CELLS**2):
        for kind in range(KINDS):
            expected = by_kind[kind * CELLS**2 + cell]
            np.testing.assert_array_equal(ANCHORS[cell * KINDS + kind], expected)
    np.testing.assert_array_equal(anchors_by_cell(CELLS, 8, (8.0,), RATIOS), ANCHORS)


@pytest.mark.parametrize("seed", range(3))
def test_proposals_of_anchors_equal_the_loops(seed):
    outputs = outputs_of(seed)
    proposals = read_proposals(outputs, ANCHORS)
    for example in range(2):
        found = np.column_stack([part[example] for part in proposals[:3]])
        np.testing.assert_allclose(found, list(boxes_by_loops(outputs, example)), rtol=1e-4)


def test_an_absurd_size_stays_finite():
    outputs = outputs_of(0)
    outputs["loc"] += 1000
    size = read_proposals(outputs, ANCHORS).size_crop
    assert np.isfinite(size).all()
    assert np.max(size) <= ANCHORS.max() * math.exp(MAX_GROWTH) * 1.001
    assert np.isfinite(read_distances(outputs["loc"][..., :4], GRID_XY, 30.0)[1]).all()


@settings(max_examples=30)
@given(st.integers(0, 999), st.floats(1, 60))
def test_distances_are_read_back(seed, unit):
    rng = np.random.default_rng(seed)
    distances = rng.uniform(1, 99, (2, 3, 3, 4))
    centre, size = read_distances(tf.constant(np.log(distances / unit), tf.float32), GRID_XY, unit)
    for row in range(3):
        for column in range(3):
            left, top, right, bottom = np.moveaxis(distances[:, row, column], -1, 0)
            x, y = GRID_XY[row, column]
            expected = np.stack([x + (right - left) / 2, y + (bottom - top) / 2], axis=-1)
            np.testing.assert_allclose(centre[:, row, column], expected, rtol=1e-3, atol=1e-2)
            expected = np.stack([left + right, top + bottom], axis=-1)
            np.testing.assert_allclose(size[:, row, column], expected, rtol=1e-3)


def test_an_output_of_0_is_the_usual_square_target():
    design = load_design("design_siamrpn_lite0")
    assert distance_unit(design) == pytest.approx(127 / 2 / 2)
    outputs = {"cls": tf.zeros([1, 3, 3, 1]), "loc": tf.zeros([1, 3, 3, 4])}
    proposals = BOX_CODINGS["distances"].read(outputs, design, 3)
    np.testing.assert_allclose(proposals.size_crop, np.full((1, 9, 2), 63.5))
    np.testing.assert_allclose(proposals.centre_crop[0, 5], [16, 0], atol=1e-5)


@pytest.mark.parametrize("coding", BOX_CODINGS)
def test_scores_and_logits_are_those_of_the_proposals(coding):
    design = load_design("design_siamrpn_lite0", box_coding=coding, anchor_ratios=list(RATIOS))
    row, rng = BOX_CODINGS[coding], np.random.default_rng(3)
    scores, numbers = row.channels(design)
    outputs = {
        key: tf.constant(rng.normal(size=(2, 3, 3, channels)), tf.float32)
        for key, channels in (("cls", scores), ("loc", numbers))
    }
    logit = row.read(outputs, design, 3).logit.numpy()
    best = logit.reshape(2, 3, 3, -1).max(axis=3)
    np.testing.assert_allclose(row.score(outputs["cls"])[..., 0], best, rtol=1e-5)
    more = tf.constant(rng.normal(size=(2, 3, 3, 1)), tf.float32)
    raised = row.read(outputs | {"cls": row.add_logit(outputs["cls"], more)}, design, 3).logit
    kinds = logit.shape[1] // 9
    np.testing.assert_allclose(
        raised, logit + np.repeat(np.reshape(more, (2, 9)), kinds, axis=1), atol=1e-5
    )


def test_the_best_anchor_of_each_cell_counts():
    values = tf.constant([[1.0, 5.0, 2.0, -1.0, 0.0, 0.0, 7.0, 8.0]])
    assert best_of_cell(values, 2).numpy().tolist() == [[[5.0, 2.0], [0.0, 8.0]]]
