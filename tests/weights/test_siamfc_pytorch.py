"""siamfc-pytorch's state dicts give its embeddings; those of other networks are told."""

import numpy as np
import pytest

from src.base.errors import UserError
from src.network.siamese import build_network
from src.weights.published.siamfc import load_siamfc_pytorch
from tests.support.drawn_backbones import draw_weights
from tests.support.parameter_files import load_design
from tests.support.places import GOLDEN
from tests.support.torch_writer import WRITERS, write_zip

SMALL = {"filter_num": [4, 8, 6, 8, 8]}
STORED = np.load(GOLDEN / "siamfc_pytorch" / "backbones.npz")


def state_dict(network, prefix="backbone."):
    """The backbone's weights, named and laid out as in PyTorch."""
    state = {}
    for number, block in enumerate(network.backbone.blocks, start=1):
        stem = f"{prefix}conv{number}"
        kernel = block.convolution.kernel.numpy().transpose(3, 2, 0, 1)
        state[f"{stem}.0.weight"] = np.ascontiguousarray(kernel)
        state[f"{stem}.0.bias"] = block.convolution.bias.numpy()
        if block.batch_norm is not None:
            state[f"{stem}.1.weight"] = block.batch_norm.gamma.numpy()
            state[f"{stem}.1.bias"] = block.batch_norm.beta.numpy()
            state[f"{stem}.1.running_mean"] = block.batch_norm.moving_mean.numpy()
            state[f"{stem}.1.running_var"] = block.batch_norm.moving_variance.numpy()
            state[f"{stem}.1.num_batches_tracked"] = np.array(9)
    return state


def drawn_network(design):
    network = build_network(design, seed=0)
    draw_weights(network.backbone)
    return network


def small_network(seed=1, **changes):
    return build_network(load_design("design_alexnet_v1", **(SMALL | changes)), seed)


@pytest.mark.parametrize("prefix", ["backbone.", "", "module.backbone."])
@pytest.mark.parametrize("file_format", WRITERS)
def test_weights_come_back(tmp_path, file_format, prefix):
    drawn = drawn_network(load_design("design_alexnet_v1", **SMALL))
    path = WRITERS[file_format](tmp_path / "net.pth", state_dict(drawn, prefix))
    network = small_network()
    network.head.scaling.gain.assign(7.0)
    network.head.scaling.bias.assign(-3.0)
    load_siamfc_pytorch(network, path)
    for weight, expected in zip(network.weights, drawn.weights, strict=True):
        np.testing.assert_array_equal(weight, expected)
    assert (float(network.head.scaling.gain), float(network.head.scaling.bias)) == (1.0, 0.0)


def test_embeddings_are_those_of_siamfc_pytorch(tmp_path):
    design = load_design("design_alexnet_v1")
    path = write_zip(tmp_path / "net.pth", state_dict(drawn_network(design)))
    network = build_network(design, seed=1)
    load_siamfc_pytorch(network, path)
    z_crop = STORED["z_crop"][None].astype(np.float32)
    x_crop = STORED["x_crop"][None].astype(np.float32)
    score = network((z_crop, x_crop), training=False)["score"].numpy()[0, ..., 0]
    # the head's factor, which the stored correlation is without
    expected = 0.001 * STORED["AlexNetV1_score"]
    np.testing.assert_allclose(score, expected, atol=1e-4 * np.abs(expected).max())


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"filter_num": [4, 8, 6, 8, 12]},
            r"conv5\.0\.weight has the shape \(8, 4, 3, 3\), the design needs \(12, 4, 3, 3\)",
        ),
        ({"filter_groups": [1, 2, 1, 1, 2]}, r"conv4\.0\.weight has the shape \(8, 3, 3, 3\)"),
        ({"batch_norm": [True, True, True, False, False]}, r"has 'conv4\.1\.weight'"),
        ({"batch_norm": [True] * 5}, r"has no conv5\.1\.weight"),
        ({"score_scaling": "batch_norm"}, r"set design\.score_scaling"),
    ],
)
def test_another_design_is_told(tmp_path, changes, words):
    path = write_zip(tmp_path / "net.pth", state_dict(small_network()))
    network = small_network(**changes)
    before = [weight.numpy() for weight in network.weights]
    with pytest.raises(UserError, match=rf"net\.pth.*{words}.*choose the --design"):
        load_siamfc_pytorch(network, path)
    for weight, kept in zip(network.weights, before, strict=True):
        np.testing.assert_array_equal(weight, kept)


def test_another_network_is_told(tmp_path):
    path = write_zip(tmp_path / "net.pth", {"features.0.weight": np.zeros((4, 3, 11, 11))})
    with pytest.raises(UserError, match=r"has no conv1\.0\.weight"):
        load_siamfc_pytorch(small_network(), path)
