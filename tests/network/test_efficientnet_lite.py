"""EfficientNet-Lite0 against loops, at strides 8 and 16; what of it learns, and what does not."""

import numpy as np
import pytest
import tensorflow as tf

from src.network.backbones.efficientnet_lite import EfficientNetLite
from src.network.siamese import SiameseNetwork
from tests.reference.efficientnet_by_loops import blocks_by_loops
from tests.support.drawn_backbones import (
    WALKS,
    assert_close,
    copied,
    drawn_backbone,
    published_state,
    random_images,
    small_design,
)

ALL = list(range(11))


@pytest.fixture(scope="module")
def drawn():
    return drawn_backbone(levels=ALL)


@pytest.fixture(scope="module")
def dense(drawn):
    """The same weights at stride 8."""
    return copied(drawn, levels=ALL, tot_stride=8)


@pytest.mark.parametrize("tot_stride", [16, 8])
def test_every_block_equals_the_loops(drawn, dense, tot_stride):
    images = random_images(2, 2, 33, 49)
    levels = {16: drawn, 8: dense}[tot_stride](images, training=False)
    expected = blocks_by_loops(published_state(drawn), images[1], *WALKS[tot_stride])
    for level, block in zip(levels, expected, strict=True):
        assert_close(level[1], block)


def test_values_are_clipped_at_six(drawn):
    (image,) = random_images(2, 1, 33, 33)
    state = published_state(drawn)
    clipped, free = (blocks_by_loops(state, image, *WALKS[16], top)[0] for top in (6.0, np.inf))
    assert np.abs(clipped - free).max() > 0.1
    assert_close(drawn(image[None], training=False)[0][0], clipped)


def test_cells_and_channels_of_every_level(drawn, dense):
    channels = (16, 24, 24, 40, 40, 80, 80, 80, 112, 112, 112)
    for backbone, strides, cells in (
        (drawn, (2, 4, 4, 8, 8, *[16] * 6), (129, 65, 65, 33, 33, *[17] * 6)),
        (dense, (2, 4, 4, *[8] * 8), (129, 65, 65, *[33] * 8)),
    ):
        outputs = backbone(random_images(3, 1, 257, 257), training=False)
        shapes = [(1, side, side, depth) for side, depth in zip(cells, channels, strict=True)]
        assert [tuple(output.shape) for output in outputs] == shapes
        assert backbone.strides == strides
        assert backbone.channels == channels


def test_levels_come_in_the_order_of_the_design_and_nothing_is_made_behind_them():
    backbone = drawn_backbone(levels=[4, 1])
    outputs = backbone(random_images(3, 2, 33, 33), training=False)
    assert [tuple(output.shape) for output in outputs] == [(2, 5, 5, 40), (2, 9, 9, 24)]
    assert backbone.strides == (8, 4)
    assert backbone.channels == (40, 24)
    assert len(backbone.blocks) == 5
    assert not hasattr(backbone, "block5")


def test_without_levels_the_last_block_is_the_only_one():
    backbone = EfficientNetLite(small_design(levels=[]))
    assert (backbone.strides, backbone.channels, len(backbone.blocks)) == ((16,), (112,), 11)


def test_a_dilated_network_has_the_cells_of_full_stride_and_some_between(drawn, dense):
    images = random_images(4, 1, 65, 81)
    sparse = drawn(images, training=False)[-1]
    assert sparse.shape == (1, 5, 6, 112)
    assert_close(dense(images, training=False)[-1][:, ::2, ::2], sparse)


def test_the_cells_of_a_crop_are_centred(drawn):
    mirrored = copied(drawn, levels=ALL)
    for weight in mirrored.weights:
        if len(weight.shape) == 4:
            weight.assign(weight.numpy()[::-1, ::-1])

    def difference(size):
        """Between a mirrored image's features and the mirrored features of the image."""
        images = random_images(5, 1, size, size)
        here = drawn(images, training=False)[-1].numpy()
        there = mirrored(images[:, ::-1, ::-1], training=False)[-1].numpy()[:, ::-1, ::-1]
        return np.abs(here - there).max() / np.abs(here).max()

    assert difference(65) < 1e-4
    assert difference(257) < 1e-4
    assert difference(64) > 0.01  # padded more below than above


def one_step(backbone):
    """Descends once; returns which weights changed, as the set of their ids."""
    before = [weight.numpy() for weight in backbone.weights]
    with tf.GradientTape() as tape:
        features = tf.cast(backbone(random_images(6, 2, 49, 49), training=True)[-1], tf.float32)
        loss = tf.reduce_sum(features * np.random.default_rng(7).normal(size=features.shape))
    variables = backbone.trainable_variables
    for variable, gradient in zip(variables, tape.gradient(loss, variables), strict=True):
        assert np.isfinite(gradient).all()
        variable.assign_sub(1e-2 * gradient)
    return {
        id(weight)
        for weight, old in zip(backbone.weights, before, strict=True)
        if not np.array_equal(weight.numpy(), old)
    }


def ids(weights):
    return {id(weight) for weight in weights}


@pytest.mark.parametrize(("levels", "frozen"), [([10], 0), ([3], 1), ([3], 3), ([3], 4)])
def test_frozen_blocks_do_not_change_and_all_others_do(levels, frozen):
    backbone = drawn_backbone(levels=levels, frozen_blocks=frozen)
    learning = [weight for block in backbone.blocks[frozen:] for weight in block.weights]
    assert one_step(backbone) == ids(learning if frozen else backbone.weights)


def test_frozen_batch_norm_stays_as_it_is():
    backbone = drawn_backbone(levels=[4], freeze_batch_norm=True)
    images = random_images(8, 2, 49, 49)
    tracked, trained = (backbone(images, training=training)[0] for training in (False, True))
    np.testing.assert_array_equal(tracked, trained)
    kernels = [weight for weight in backbone.weights if len(weight.shape) == 4]
    assert len(kernels) == 1 + 2 + 3 * 4
    assert one_step(backbone) == ids(kernels)


def test_the_constants_of_batch_norm_are_the_designs():
    backbone = EfficientNetLite(small_design(bn_momentum=0.7, bn_epsilon=0.5))
    norms = [backbone.stem_norm, backbone.block3.expand_norm, backbone.block10.project_norm]
    assert {(norm.momentum, norm.epsilon) for norm in norms} == {(0.7, 0.5)}


def test_bfloat16_computes_nearly_the_same_and_learns():
    changes = {"levels": [6], "tot_stride": 8}
    exact = drawn_backbone(**changes)
    low = SiameseNetwork(small_design(**changes), "bfloat16").backbone
    images = random_images(9, 2, 49, 49)
    assert low(images, training=False)[0].dtype == tf.bfloat16
    for ours, theirs in zip(low.weights, exact.weights, strict=True):
        assert ours.dtype == "float32"
        ours.assign(theirs)
    features, expected = (
        tf.cast(backbone(images, training=False)[0], tf.float32).numpy().ravel()
        for backbone in (low, exact)
    )
    assert np.corrcoef(features, expected)[0, 1] > 0.99
    assert one_step(low) == ids(low.weights)


@pytest.mark.parametrize(("frozen", "learning"), [(0, 4), (2, 2)])
def test_in_bfloat16_only_depthwise_filters_that_learn_are_used_in_float32(frozen, learning):
    low = SiameseNetwork(small_design(levels=[3], frozen_blocks=frozen), "bfloat16").backbone
    images = tf.zeros([1, 33, 33, 3])
    low(images, training=False)

    def depthwise_types(training):
        graph = tf.function(lambda: low(images, training=training)).get_concrete_function().graph
        return [op.outputs[0].dtype for op in graph.get_operations() if "Depthwise" in op.type]

    assert depthwise_types(training=False) == [tf.bfloat16] * 4
    assert depthwise_types(training=True) == [tf.bfloat16] * frozen + [tf.float32] * learning


class Filters(tf.Module):
    """What Keras's own convolution and normalisation are in a checkpoint."""

    def __init__(self, **parts):
        super().__init__()
        for name, part in parts.items():
            setattr(self, name, part)


def test_checkpoints_of_keras_own_convolutions_are_read(tmp_path):
    """Those that older versions wrote know filters as `_kernel`, and norms beside them."""
    backbone = drawn_backbone(levels=[0])
    block, kept = backbone.block0, [weight.numpy() for weight in backbone.weights]
    old_block = Filters(
        depthwise=Filters(kernel=tf.Variable(block.depthwise.kernel)),
        depthwise_norm=copied_norm(block.depthwise_norm),
        project=Filters(_kernel=tf.Variable(block.project.kernel)),
        project_norm=copied_norm(block.project_norm),
    )
    stem = Filters(_kernel=tf.Variable(backbone.stem.kernel))
    old = Filters(stem=stem, stem_norm=copied_norm(backbone.stem_norm), block0=old_block)
    path = tf.train.Checkpoint(network=old).save(str(tmp_path / "old"))
    for weight in backbone.weights:
        weight.assign(weight * 0)
    tf.train.Checkpoint(network=backbone).restore(path).assert_existing_objects_matched()
    for weight, before in zip(backbone.weights, kept, strict=True):
        np.testing.assert_array_equal(weight, before, err_msg=weight.path)


def copied_norm(norm):
    names = ("gamma", "beta", "moving_mean", "moving_variance")
    return Filters(**{name: tf.Variable(getattr(norm, name)) for name in names})


def test_a_checkpoint_holds_every_weight(tmp_path):
    kept, other = drawn_backbone(levels=[2]), drawn_backbone(levels=[2], seed=1)
    path = tf.train.Checkpoint(network=kept).save(str(tmp_path / "kept"))
    tf.train.Checkpoint(network=other).restore(path).assert_existing_objects_matched()
    for ours, theirs in zip(other.weights, kept.weights, strict=True):
        np.testing.assert_array_equal(ours, theirs, err_msg=ours.path)
