"""Shapes and switches of ResNet; `tests/test_pysot.py` has its numbers."""

import numpy as np
import pytest
import tensorflow as tf

from src.network.backbones.resnet import ResNet
from src.parameters.network_arithmetic import embedding_sz
from tests.support.parameter_files import load_design

SMALL = {"stage_blocks": [1, 2, 1, 1], "stem_filters": 2}


def small(**changes):
    return load_design("design_siamrpn_pp", **SMALL | changes)


@pytest.fixture(scope="module")
def backbone():
    return ResNet(small())


@pytest.mark.parametrize("side", [127, 255, 128, 130])
def test_every_level_has_the_cells_that_are_computed(backbone, side):
    levels = backbone(tf.zeros([1, side, side, 3]), training=False)
    cells = embedding_sz(small(), side)
    assert [level.shape[1:] for level in levels] == [(cells, cells, c) for c in (16, 32, 64)]
    assert (backbone.channels, backbone.strides) == ((16, 32, 64), (8, 8, 8))


def test_the_middle_of_a_crop_is_the_middle_of_its_cells(backbone):
    image = np.random.default_rng(0).uniform(0, 255, (1, 127, 127, 3)).astype(np.float32)
    # symmetric filters, so that a turned image gives a turned embedding
    backbone(tf.constant(image), training=False)
    kept = [weight.numpy() for weight in backbone.weights]
    for weight in backbone.weights:
        if weight.path.endswith("kernel"):
            weight.assign((weight + weight[::-1]) / 2)
            weight.assign((weight + weight[:, ::-1]) / 2)
    straight, turned = (
        backbone(tf.constant(pixels), training=False) for pixels in (image, image[:, ::-1, ::-1])
    )
    for weight, before in zip(backbone.weights, kept, strict=True):
        weight.assign(before)
    for one, other in zip(straight, turned, strict=True):
        np.testing.assert_allclose(one, other[:, ::-1, ::-1], rtol=1e-3, atol=1e-3)


def test_unused_stages_are_not_made():
    backbone = ResNet(small(levels=[2]))
    (level,) = backbone(tf.zeros([1, 63, 63, 3]), training=False)
    assert level.shape[-1] == 16
    assert not hasattr(backbone, "stage3_block0")


@pytest.mark.parametrize(("frozen", "learning"), [(0, 6), (1, 4), (3, 1), (4, 0)])
def test_the_first_stages_do_not_learn(frozen, learning):
    backbone = ResNet(small(frozen_blocks=frozen, freeze_batch_norm=False))
    backbone(tf.zeros([1, 63, 63, 3]), training=False)
    parts = [backbone.stem, *(block for number in range(1, 5) for block in backbone.stage(number))]
    assert [bool(part.trainable_weights) for part in parts] == [
        place >= len(parts) - learning for place in range(len(parts))
    ]


def test_frozen_statistics_stay(backbone):
    norms = backbone.stem.norm
    before = norms.moving_mean.numpy()
    backbone(tf.ones([1, 63, 63, 3]), training=True)
    np.testing.assert_array_equal(norms.moving_mean, before)
