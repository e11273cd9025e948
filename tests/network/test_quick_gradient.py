"""Heads ask for the quick gradient of their correlations where they learn, and only there."""

import numpy as np
import pytest
import tensorflow as tf

from src.network.heads import HEADS
from tests.support.parameter_files import load_design

# of a template's gradient as TensorFlow takes it
SLOW = "DepthwiseConv2dNativeBackpropFilter"
SMALL = {"head_channels": 8, "cosine_cells": 3, "levels": [10]}


def operations_of_gradients(head, training):
    template, search = (
        tf.constant(np.random.default_rng(size).normal(size=(2, size, size, 6)), tf.float32)
        for size in (5, 9)
    )
    head((template,), (search,), training=False)

    def gradients(template):
        outputs = head((template,), (search,), training=training)
        return tf.gradients(list(outputs.values()), [template])

    graph = tf.function(gradients).get_concrete_function(template).graph
    return {operation.type for operation in graph.get_operations()}


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("design", {}),
        ("design_efficientnet_lite0", {}),
        ("design_siamrpn_dw", {}),
        ("design_siamrpn_lite0", SMALL),
    ],
)
def test_a_head_that_learns_has_the_quick_gradient(name, changes):
    design = load_design(name, **changes)
    head = HEADS[design.join_method](design)
    assert SLOW in operations_of_gradients(head, training=False)
    assert SLOW not in operations_of_gradients(head, training=True)
