import numpy as np
import pytest
import tensorflow as tf

from src.training.logistic import make_logistic_targets
from tests.reference.labels_by_loops import balanced_weights_by_loops, radius_label_by_loops
from tests.support.parameter_files import load_design, load_hyperparams

DESIGN = load_design()


def targets_of(disp_crop, target_sz=(60.0, 60.0), design=DESIGN, positive=1.0, **changes):
    batch = {
        "disp_crop": np.float32([disp_crop]),
        "target_sz_crop": np.float32([target_sz]),
        "positive": np.float32([positive]),
    }
    found = make_logistic_targets(design, load_hyperparams(**changes))(batch)
    return found["label"].numpy()[0, ..., 0], found["weight"].numpy()[0, ..., 0]


@pytest.mark.parametrize("disp", [(0.0, 0.0), (7.5, -3.0), (-61.0, 40.2)])
@pytest.mark.parametrize("radius", [4.0, 16.0, 30.0])
def test_a_cell_is_positive_within_the_radius_whatever_the_target(disp, radius):
    # C2: the label must not depend on the target's shape
    expected = radius_label_by_loops(33, 4, disp, radius)
    for target_sz in ((50.0, 50.0), (100.0, 25.0)):
        label, _ = targets_of(disp, target_sz, label_radius=radius)
        np.testing.assert_array_equal(label, expected)


def test_classes_have_half_of_the_weight_each():
    # C5
    label, weight = targets_of((4.0, 8.0))
    np.testing.assert_allclose(weight, balanced_weights_by_loops(label), rtol=1e-5)
    assert weight[label == 1].sum() == pytest.approx(0.5, rel=1e-5)
    assert weight[label == 0].sum() == pytest.approx(0.5, rel=1e-5)


def test_without_balance_every_cell_counts_alike():
    _, weight = targets_of((0.0, 0.0), label_balance=False)
    assert weight.shape == (33, 33)
    np.testing.assert_allclose(weight, 1 / 33**2, rtol=1e-5)


def test_a_target_outside_the_map_leaves_finite_weights():
    label, weight = targets_of((500.0, 0.0))
    assert label.sum() == 0
    assert np.isfinite(weight).all()
    assert weight.sum() == pytest.approx(0.5, rel=1e-4)


@pytest.mark.parametrize("rule", ["radius", "box"])
@pytest.mark.parametrize("balance", [True, False])
def test_a_negative_pair_has_no_positive_cell_and_the_weights_of_a_positive_one(rule, balance):
    where = ((12.0, -20.0), (80.0, 50.0))
    label, weight = targets_of(*where, label=rule, label_balance=balance)
    negative_label, negative_weight = targets_of(
        *where, positive=0.0, label=rule, label_balance=balance
    )
    assert label.any() and not negative_label.any()
    np.testing.assert_array_equal(negative_weight, weight)
    assert negative_weight.sum() == pytest.approx(1, rel=1e-4)
    if balance:
        assert negative_weight[label == 1].sum() == pytest.approx(0.5, rel=1e-4)


def test_pairs_of_both_kinds_share_a_batch():
    batch = {
        "disp_crop": tf.zeros([3, 2]),
        "target_sz_crop": tf.fill([3, 2], 60.0),
        "positive": tf.constant([1.0, 0.0, 1.0]),
    }
    label = make_logistic_targets(DESIGN, load_hyperparams())(batch)["label"].numpy()
    assert label.any(axis=(1, 2, 3)).tolist() == [True, False, True]


def test_the_box_label_of_the_seed():
    # SiameseFC-tf: a 64 x 32 target, positive to a quarter of its sides: 16 and 8 px
    label, _ = targets_of((0.0, 0.0), (64.0, 32.0), label="box")
    rows, columns = np.nonzero(label)
    assert (rows.min(), rows.max()) == (16 - 2, 16 + 2)
    assert (columns.min(), columns.max()) == (16 - 4, 16 + 4)


def test_another_stride_gives_another_map():
    design = load_design("design_alexnet_v1")
    label, _ = targets_of((8.0, 0.0), design=design)
    np.testing.assert_array_equal(label, radius_label_by_loops(17, 8, (8.0, 0.0), 16.0))


def test_labels_lie_on_the_score_map_and_are_made_in_the_graph():
    # C6, C30: they lay on the upsampled map, drawn by Python loops at every step
    targets = make_logistic_targets(DESIGN, load_hyperparams())
    batch = {
        "disp_crop": tf.zeros([5, 2]),
        "target_sz_crop": tf.ones([5, 2]),
        "positive": tf.ones([5]),
    }
    traced = tf.function(targets)
    assert traced(batch)["label"].shape == (5, 33, 33, 1)
    traced({key: value + 1 for key, value in batch.items()})
    assert traced.experimental_get_tracing_count() == 1
