"""Targets of anchors against slow loops: what overlaps, what is drawn, and how it must change."""

import math

import numpy as np
import pytest
import tensorflow as tf

from src.network.box_coding import anchors_by_cell, decode
from src.training.anchors import make_anchor_targets
from tests.support.parameter_files import load_design, load_hyperparams

SMALL = {"filter_num": [4, 4, 4, 4, 4], "search_sz": 191, "score_sz": 9}
DESIGN = load_design("design_siamrpn_dw", **SMALL)
HP = load_hyperparams("hyperparams_siamrpn_dw")
HALVES = slice(0, 3), slice(3, 6)
ANCHORS = anchors_by_cell(9, 8, DESIGN.anchor_scales, DESIGN.anchor_ratios).astype(float)


def pairs_of(seed, pairs=12, positive=1.0):
    rng = np.random.default_rng(seed)
    return {
        "disp_crop": tf.constant(rng.uniform(-40, 40, (pairs, 2)), tf.float32),
        "target_sz_crop": tf.constant(rng.uniform(25, 110, (pairs, 2)), tf.float32),
        "positive": tf.fill([pairs], positive),
        "z_frame": tf.constant(rng.integers(0, 100, pairs), tf.int64),
        "x_frame": tf.constant(rng.integers(0, 100, pairs), tf.int64),
    }


def made(batch, **changes):
    targets = make_anchor_targets(DESIGN, HP.model_copy(update=changes))(batch)
    return {key: value.numpy() for key, value in targets.items()}


def iou(one, other):
    """Of two boxes (x, y, w, h) of the centre."""
    sides = [
        max(
            0.0,
            min(one[axis] + one[axis + 2] / 2, other[axis] + other[axis + 2] / 2)
            - max(one[axis] - one[axis + 2] / 2, other[axis] - other[axis + 2] / 2),
        )
        for axis in (0, 1)
    ]
    shared = sides[0] * sides[1]
    return shared / (one[2] * one[3] + other[2] * other[3] - shared)


def overlaps(batch, pair):
    box = [*batch["disp_crop"][pair].numpy(), *batch["target_sz_crop"][pair].numpy()]
    return np.array([iou(box, anchor) for anchor in ANCHORS])


@pytest.mark.parametrize("seed", range(3))
def test_drawn_anchors_are_of_their_kind_and_not_too_many(seed):
    batch = pairs_of(seed)
    found = made(batch)
    for pair in range(12):
        iou_of = overlaps(batch, pair)
        positive = found["is_target"][pair] == 1
        negative = (found["cls_weight"][pair] > 0) & ~positive
        assert (iou_of[positive] > 0.6).all() and (iou_of[negative] < 0.3).all()
        assert positive.sum() == min(16, (iou_of > 0.6).sum())
        assert negative.sum() == min(48, (iou_of < 0.3).sum())
    assert found["is_target"].sum() > 20


def test_each_kind_has_half_of_the_weight_of_the_batch():
    found = made(pairs_of(3))
    positive = found["is_target"] == 1
    negative = (found["cls_weight"] > 0) & ~positive
    for kind in (positive, negative):
        np.testing.assert_allclose(found["cls_weight"][kind], 0.5 / kind.sum(), rtol=1e-5)


def test_the_boxes_weigh_by_pair():
    found = made(pairs_of(4), box_weight=1.5)
    positive = found["is_target"] == 1
    assert (found["box_weight"][~positive] == 0).all()
    sums = found["box_weight"].sum(axis=1)
    expected = [1.5 / 12 if some else 0 for some in positive.any(axis=1)]
    np.testing.assert_allclose(sums, expected, rtol=1e-5)
    assert 0 in expected and max(expected) > 0


def test_the_offsets_lead_from_anchor_to_target():
    batch = pairs_of(5)
    offsets = made(batch)["offsets"]
    for pair, anchor in ((0, 0), (3, 200), (7, 404)):
        x, y, width, height = ANCHORS[anchor]
        (to_x, to_y), (w, h) = batch["disp_crop"][pair].numpy(), batch["target_sz_crop"][pair]
        expected = [(to_x - x) / width, (to_y - y) / height, math.log(w / width)]
        expected.append(math.log(h / height))
        np.testing.assert_allclose(offsets[pair, anchor], expected, rtol=1e-4, atol=1e-5)
    centre, size = decode(offsets[..., :2], offsets[..., 2:], ANCHORS, np.exp)
    np.testing.assert_allclose(centre - batch["disp_crop"][:, None], 0, atol=1e-3)
    np.testing.assert_allclose(size - batch["target_sz_crop"][:, None], 0, atol=1e-3)


def test_a_negative_pair_has_anchors_near_the_target_alone():
    batch = pairs_of(6, positive=0.0)
    found = made(batch)
    assert not found["is_target"].any() and not found["box_weight"].any()
    assert not found["label"].any()
    for pair in range(12):
        drawn = ANCHORS[found["cls_weight"][pair] > 0]
        assert len(drawn) == 16
        assert abs(drawn[:, :2] - batch["disp_crop"][pair].numpy()).max() <= 3.5 * 8
    assert found["cls_weight"].sum() == pytest.approx(0.5, rel=1e-5)


def test_what_is_drawn_depends_on_the_pair_and_on_nothing_else():
    batch = pairs_of(7, pairs=4)
    whole = made(batch)
    part = made({key: value[1:3] for key, value in batch.items()})
    np.testing.assert_array_equal(part["is_target"], whole["is_target"][1:3])
    drawn = part["cls_weight"] > 0
    np.testing.assert_array_equal(drawn, whole["cls_weight"][1:3] > 0)
    shifted = batch | {"disp_crop": batch["disp_crop"] + 1e-3}
    other_frame = batch | {"x_frame": batch["x_frame"] + 1}
    for other in (shifted, other_frame):
        drawn = made(other)["cls_weight"] > 0
        assert (drawn != (whole["cls_weight"] > 0)).any(axis=1).all()


def test_every_anchor_is_drawn_about_as_often():
    pairs = 300
    batch = {key: tf.repeat(value[:1], pairs, axis=0) for key, value in pairs_of(8).items()}
    batch |= {"x_frame": tf.range(pairs, dtype=tf.int64)}
    often = (made(batch)["cls_weight"] > 0).mean(axis=0)
    far = overlaps(batch, 0) < 0.3
    assert (often[~far] <= 1).all() and not often[(~far) & (overlaps(batch, 0) <= 0.6)].any()
    expected = 48 / far.sum()
    assert abs(often[far] - expected).max() < 6 * math.sqrt(expected / pairs)


def test_replicas_together_give_the_weights_of_one(monkeypatch):
    batch = pairs_of(11, pairs=6)
    batch |= {"positive": tf.constant([1, 1, 0, 1, 1, 1], tf.float32)}
    whole = made(batch)
    halves = [{key: value[part] for key, value in batch.items()} for part in HALVES]
    kinds = [whole["is_target"] == 1, (whole["cls_weight"] > 0) & (whole["is_target"] == 0)]
    totals = iter([[kind[part].sum() for part in HALVES] for _ in HALVES for kind in kinds])
    monkeypatch.setattr(
        "src.training.anchors.gather", lambda _: tf.constant(next(totals), tf.float32)
    )
    found = [made(half) for half in halves]
    for key in ("is_target", "cls_weight", "box_weight", "offsets"):
        # a loss is the mean of the replicas' own
        share = 2 if "weight" in key else 1
        joined = np.concatenate([one[key] for one in found]) / share
        np.testing.assert_allclose(joined, whole[key], rtol=1e-5)


def test_pictures_show_the_cells_of_drawn_anchors():
    found = made(pairs_of(9))
    assert found["label"].shape == (12, 9, 9, 1)
    for pair in range(12):
        cells = np.zeros((9, 9))
        for anchor in np.flatnonzero(found["is_target"][pair]):
            x, y = ANCHORS[anchor, :2]
            cells[round(y / 8) + 4, round(x / 8) + 4] = 1
        np.testing.assert_array_equal(found["label"][pair, ..., 0], cells)


def test_a_map_with_few_anchors_is_drawn_whole():
    design = load_design("design_siamrpn_dw", **SMALL | {"anchor_ratios": [1], "search_sz": 143})
    design = design.model_copy(update={"score_sz": 3})
    batch = pairs_of(10) | {"disp_crop": tf.fill([12, 2], 200.0)}
    drawn = make_anchor_targets(design, HP)(batch)["cls_weight"].numpy() > 0
    assert drawn.shape == (12, 9) and drawn.all()
