"""Anchors, and boxes as changes of them; `tests/test_pysot.py` has those of pysot."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from src.network.box_coding import anchors_per_cell, decode, encode, make_anchors

RATIOS = (0.33, 0.5, 1.0, 2.0, 3.0)
PLACE = st.floats(-200, 200)
SIDE = st.floats(1, 400)


def test_anchors_are_listed_kind_by_kind_and_row_by_row():
    anchors = make_anchors(3, 8, (8.0, 16.0), (1.0, 3.0))
    assert anchors.shape == (anchors_per_cell((8.0, 16.0), (1.0, 3.0)) * 9, 4)
    kinds = anchors.reshape(4, 3, 3, 4)
    # widths of stride 8 at ratio 3: the whole part of 8 / sqrt(3) is 4
    expected = [(64, 64), (128, 128), (32, 96), (64, 192)]
    for kind, size in zip(kinds, expected, strict=True):
        assert (kind[..., 2:] == size).all()
        for row in range(3):
            for column in range(3):
                assert tuple(kind[row, column, :2]) == (8 * (column - 1), 8 * (row - 1))


@pytest.mark.parametrize("cells", [19, 21, 25])
def test_all_anchors_lie_around_the_middle(cells):
    anchors = make_anchors(cells, 8, (8.0,), RATIOS)
    assert len(anchors) == 5 * cells**2
    assert anchors.dtype == np.float32
    assert (anchors[:, :2].min(axis=0) == -anchors[:, :2].max(axis=0)).all()


@given(
    arrays(float, (3, 2), elements=PLACE),
    arrays(float, (3, 2), elements=SIDE),
    arrays(float, (3, 2), elements=PLACE),
    arrays(float, (3, 2), elements=SIDE),
)
def test_encode_and_decode_are_inverses(centre, size, anchor_centre, anchor_size):
    anchors = np.concatenate([anchor_centre, anchor_size], axis=1)
    coded = encode(centre, size, anchors, np.log)
    back_centre, back_size = decode(*coded, anchors, np.exp)
    np.testing.assert_allclose(back_centre, centre, atol=1e-9)
    np.testing.assert_allclose(back_size, size, rtol=1e-9)
    again = encode(back_centre, back_size, anchors, np.log)
    np.testing.assert_allclose(again, coded, atol=1e-9)


def test_what_the_numbers_mean():
    anchor = np.array([10.0, -20.0, 40.0, 80.0])
    shift, growth = encode(np.array([30.0, -20.0]), np.array([40.0, 160.0]), anchor, np.log)
    np.testing.assert_allclose(shift, [0.5, 0])
    np.testing.assert_allclose(growth, [0, np.log(2)])


def test_tensors_are_taken_too():
    anchors = make_anchors(3, 8, (8.0,), RATIOS)
    shift, growth = (np.full((2, 45, 2), value, np.float32) for value in (0.1, -0.2))
    expected = decode(shift, growth, anchors, np.exp)
    actual = decode(tf.constant(shift), tf.constant(growth), tf.constant(anchors), tf.exp)
    for tensor, array in zip(actual, expected, strict=True):
        np.testing.assert_allclose(tensor, array, rtol=1e-5)
