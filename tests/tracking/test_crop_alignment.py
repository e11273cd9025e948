from typing import get_args

import numpy as np
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from src.parameters.design import Design
from src.tracking.areas import ALIGNMENTS

PLACE = st.integers(-400, 6400).map(lambda eighths: eighths / 8)


def placed(name, centre, side):
    found = ALIGNMENTS[name].place(tf.constant([centre]), tf.constant([[side]]))
    return found[0].numpy()[0], float(found[1][0, 0])


def test_every_name_that_the_key_allows_has_a_row():
    assert set(ALIGNMENTS) == set(get_args(Design.model_fields["crop_alignment"].annotation))


@given(PLACE, PLACE, st.floats(5, 500, width=32))
def test_pixel_crops_are_those_of_pysot(x, y, side):
    (centre_x, centre_y), rounded = placed("pixel", [x, y], side)
    size = round(side)
    assert rounded == size
    # its get_subwindow
    for centre, place in ((centre_x, x), (centre_y, y)):
        assert centre - size / 2 == np.floor(place - (size + 1) / 2 + 0.5)
    assert ALIGNMENTS["pixel"].first_shift == -0.5


@given(PLACE, PLACE, st.floats(5, 500, width=32))
def test_exact_crops_begin_anywhere(x, y, side):
    centre, same = placed("exact", [x, y], side)
    assert (tuple(centre), same) == ((x, y), side)
    assert ALIGNMENTS["exact"].first_shift == 0
