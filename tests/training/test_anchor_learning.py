"""Each anchor design learns: small forms of the three over-fit twenty pairs, boxes and all."""

import numpy as np
import pytest
import tensorflow as tf

from src.geometry.region_to_bbox import rect_iou
from src.network.box_coding import anchors_by_cell, read_proposals
from src.network.siamese import build_network
from src.training.train_step import Learner
from tests.support.parameter_files import load_design, load_hyperparams
from tests.support.training_batches import textured_boxes

PAIRS, BATCH = 20, 10
ALEXNET = {"filter_num": [8, 16, 16, 16, 16], "search_sz": 191, "score_sz": 9}
RESNET = {
    **{"stage_blocks": [1, 1, 1, 1], "stem_filters": 4, "neck_channels": 16, "frozen_blocks": 0},
    **{"freeze_batch_norm": False, "levels": [2, 3], "search_sz": 159, "score_sz": 13},
}


def boxes_ltwh(centre, size):
    return np.concatenate([centre - size / 2, size], axis=-1)


def best_boxes(outputs, design):
    """The likeliest box of each pair, (left, top, width, height) from the middle of the crop."""
    anchors = anchors_by_cell(
        design.score_sz, design.tot_stride, design.anchor_scales, design.anchor_ratios
    )
    proposals = read_proposals(outputs, anchors)
    best = tf.argmax(proposals.logit, axis=1)
    found = (proposals.centre_crop, proposals.size_crop)
    return boxes_ltwh(*(tf.gather(part, best, batch_dims=1).numpy() for part in found))


@pytest.mark.parametrize(
    ("name", "changes", "steps"),
    [("siamrpn", ALEXNET, 45), ("siamrpn_dw", ALEXNET, 50), ("siamrpn_pp", RESNET, 30)],
)
def test_twenty_pairs_are_over_fitted(name, changes, steps):
    design = load_design(f"design_{name}", **changes, batch_size=BATCH)
    rates = {"optimizer": "adam", "lr": 0.006, "lr_end": 0.001, "backbone_start": 0}
    hp = load_hyperparams(f"hyperparams_{name}", **rates)
    network = build_network(design, 1)
    learner = Learner(network, design, hp, steps)
    pairs = textured_boxes(7, PAIRS, design.search_sz, shift=24)
    rng = np.random.default_rng(0)
    losses = []
    for _ in range(steps):
        chosen = rng.permutation(PAIRS)[:BATCH]
        learner.sums.assign([0.0, 0.0, 0.0])
        learner.train_step({key: tf.gather(value, chosen) for key, value in pairs.items()})
        losses.append(float(learner.sums[0]))
    outputs = learner.objective.compare(network, pairs, training=False)
    truth = boxes_ltwh(pairs["disp_crop"].numpy(), pairs["target_sz_crop"].numpy())
    iou = rect_iou(best_boxes(outputs, design), truth)
    assert 0.69 < losses[0] < 3  # of a network that knows nothing: ln 2 and the boxes
    assert np.mean(losses[-5:]) < 0.6
    assert iou.mean() > 0.7
