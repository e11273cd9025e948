from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from src.base.errors import UserError
from src.weights.published.torch_file import set_variables

PATH = Path("net.pth")


def variables():
    return {"filters": tf.Variable(tf.zeros([3, 2, 4, 5])), "bias": tf.Variable(tf.zeros([5]))}


def arrays():
    rng = np.random.default_rng(0)
    return {"filters": rng.normal(size=(5, 4, 3, 2)), "bias": rng.normal(size=5)}


def test_filters_are_turned_and_vectors_stay():
    mine, theirs = variables(), arrays()
    set_variables(PATH, theirs, mine)
    for out in range(5):
        for channel in range(4):
            np.testing.assert_allclose(
                mine["filters"][:, :, channel, out], theirs["filters"][out, channel], rtol=1e-6
            )
    np.testing.assert_allclose(mine["bias"], theirs["bias"], rtol=1e-6)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda theirs: theirs.pop("bias"), "has no bias, which the design needs"),
        (lambda theirs: theirs.update(more=np.zeros(1)), "has 'more', which the design has no use"),
        (
            lambda theirs: theirs.update(bias=np.zeros(6)),
            r"bias has the shape \(6,\), the design needs \(5,\)",
        ),
    ],
)
def test_what_does_not_fit_is_told_and_nothing_is_set(change, words):
    mine, theirs = variables(), arrays()
    change(theirs)
    with pytest.raises(UserError, match=words):
        set_variables(PATH, theirs, mine)
    assert not mine["filters"].numpy().any()
