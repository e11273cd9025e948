"""Backbones with drawn weights, and those weights as they are published."""

import numpy as np
import tensorflow as tf

from src.network.backbones.efficientnet_lite import EfficientNetLite
from tests.support.parameter_files import load_design


def draw_weights(network):
    """Sets the weights as the stored ones were drawn: default_rng(5), in state-dict order."""
    rng = np.random.default_rng(5)

    def normal(shape, sigma):
        return rng.normal(0, sigma, shape).astype(np.float32)

    def uniform(shape):
        return rng.uniform(0.5, 1.5, shape).astype(np.float32)

    for block in network.blocks:
        height, width, inputs, outputs = block.convolution.kernel.shape
        sigma = np.sqrt(2 / (height * width * inputs))
        kernel = normal((outputs, inputs, height, width), sigma)
        block.convolution.kernel.assign(kernel.transpose(2, 3, 1, 0))
        block.convolution.bias.assign(normal(outputs, 0.1))
        if block.batch_norm is not None:
            block.batch_norm.gamma.assign(uniform(outputs))
            block.batch_norm.beta.assign(normal(outputs, 0.1))
            block.batch_norm.moving_mean.assign(normal(outputs, 0.1))
            block.batch_norm.moving_variance.assign(uniform(outputs))


# by the total stride: strides and dilations of the blocks
WALKS = {
    16: ((1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1), (1,) * 11),
    8: ((1, 2, 1, 2, 1, 1, 1, 1, 1, 1, 1), (1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2)),
}


def small_design(**changes):
    learning = {"frozen_blocks": 0, "freeze_batch_norm": False}
    return load_design("design_efficientnet_lite0", **(learning | changes))


def random_images(seed, count, height, width):
    images = np.random.default_rng(seed).uniform(0, 255, (count, height, width, 3))
    return images.astype(np.float32)


def drawn_backbone(seed=0, **changes):
    """A built backbone whose weights and statistics are all drawn anew."""
    backbone = EfficientNetLite(small_design(**changes))
    backbone(tf.zeros([1, 33, 33, 3]), training=False)
    rng = np.random.default_rng(seed)
    for weight in backbone.weights:
        name = weight.path.rpartition("/")[2]
        if name in ("gamma", "moving_variance"):
            weight.assign(rng.uniform(0.5, 1.5, weight.shape))
        elif name in ("beta", "moving_mean"):
            weight.assign(rng.normal(0, 0.5, weight.shape))
        else:
            height, width, inputs, outputs = weight.shape
            fan_in = height * width * (inputs if outputs > 1 else 1)
            weight.assign(rng.normal(0, np.sqrt(2 / fan_in), weight.shape))
    return backbone


def copied(backbone, **changes):
    """Another backbone with the same weights."""
    other = drawn_backbone(seed=1, **changes)
    for ours, theirs in zip(other.weights, backbone.weights, strict=True):
        ours.assign(theirs)
    return other


def norm_arrays(name, norm):
    return {
        f"{name}.weight": norm.gamma.numpy(),
        f"{name}.bias": norm.beta.numpy(),
        f"{name}.running_mean": norm.moving_mean.numpy(),
        f"{name}.running_var": norm.moving_variance.numpy(),
    }


def filters(layer):
    """Filters [out, in, h, w]; depth-wise ones have one input."""
    kernel = layer.kernel.numpy()
    axes = (2, 3, 0, 1) if layer.depthwise else (3, 2, 0, 1)
    return np.ascontiguousarray(kernel.transpose(axes))


def published_state(backbone):
    """The weights, named and laid out as they were published for PyTorch."""
    state = {"_conv_stem.weight": filters(backbone.stem)}
    state |= norm_arrays("_bn0", backbone.stem_norm)
    for number, block in enumerate(backbone.blocks):
        prefix = f"_blocks.{number}."
        if number > 0:
            state[f"{prefix}_expand_conv.weight"] = filters(block.expand)
            state |= norm_arrays(f"{prefix}_bn0", block.expand_norm)
        state[f"{prefix}_depthwise_conv.weight"] = filters(block.depthwise)
        state |= norm_arrays(f"{prefix}_bn1", block.depthwise_norm)
        state[f"{prefix}_project_conv.weight"] = filters(block.project)
        state |= norm_arrays(f"{prefix}_bn2", block.project_norm)
    return state


def assert_close(actual, expected):
    """Agreement to 1e-4 of the largest value."""
    actual, expected = np.asarray(actual), np.asarray(expected)
    assert actual.shape == expected.shape
    assert np.abs(actual - expected).max() <= 1e-4 * np.abs(expected).max()
