import math

import numpy as np
import pytest
import tensorflow as tf

from src.training.boxes import make_distance_targets
from src.training.contrast import make_contrast_targets
from tests.support.parameter_files import load_design, load_hyperparams

DESIGN = load_design("design_siamrpn_lite0")
HP = load_hyperparams("hyperparams_siamrpn_lite0")
CELLS, STRIDE = DESIGN.score_sz, DESIGN.tot_stride
TARGETS = make_distance_targets(DESIGN, HP)


def batch_with(pairs):
    """A batch of (x, y, width, height, positive)."""
    values = np.array(pairs, np.float32)
    return {
        "disp_crop": tf.constant(values[:, :2]),
        "target_sz_crop": tf.constant(values[:, 2:4]),
        "positive": tf.constant(values[:, 4]),
        "video": tf.constant([f"film{number}" for number in range(len(pairs))]),
    }


PAIRS = [
    (0, 0, 60, 60, 1),
    (37, -21, 90, 30, 1),
    (-64, 64, 20, 110, 1),
    (5, 6, 3, 4, 1),  # smaller than a cell
    (12, 50, 70, 40, 0),
    (0, 0, 250, 250, 1),
]


def by_loops(x, y, width, height, positive):
    """(label, weight, box_share), [n, n] each."""
    kind = np.zeros((CELLS, CELLS))  # 1: the target's, -1: beyond it, 0: between
    places = [(cell - CELLS // 2) * STRIDE for cell in range(CELLS)]
    nearest = min(math.hypot(a - x, b - y) for a in places for b in places)
    for row, cell_y in enumerate(places):
        for column, cell_x in enumerate(places):
            reach = math.hypot((cell_x - x) / (width / 2), (cell_y - y) / (height / 2))
            if reach <= 0.5 or math.hypot(cell_x - x, cell_y - y) == nearest:
                kind[row, column] = 1
            elif reach > 1:
                kind[row, column] = -1
    near, within, far = (kind == 1).sum(), (kind >= 0).sum(), (kind == -1).sum()
    weight = (kind == 1) / near / 2 + (kind == -1) / max(far, 1) / 2
    return (kind == 1) * positive, weight, (kind >= 0) / within * positive


@pytest.mark.parametrize("place", range(len(PAIRS)))
def test_labels_and_weights_equal_the_loops(place):
    targets = TARGETS(batch_with(PAIRS))
    label, weight, box_share = by_loops(*PAIRS[place])
    np.testing.assert_array_equal(targets["label"][place, ..., 0], label)
    np.testing.assert_allclose(targets["weight"][place, ..., 0], weight, atol=1e-6)
    np.testing.assert_allclose(targets["box_share"][place, ..., 0], box_share, atol=1e-6)


def test_the_boxes_are_the_truth():
    targets = TARGETS(batch_with(PAIRS))
    values = np.array(PAIRS, np.float32)
    np.testing.assert_array_equal(targets["centre_crop"][:, 0, 0], values[:, :2])
    np.testing.assert_array_equal(targets["size_crop"][:, 0, 0], values[:, 2:4])


def test_the_cosine_has_the_targets_of_the_contrast_loss():
    batch = batch_with(PAIRS)
    found, expected = TARGETS(batch), make_contrast_targets(DESIGN, HP)(batch)
    for key in ("share", "is_other", "positive"):
        np.testing.assert_array_equal(found[key], expected[key])
