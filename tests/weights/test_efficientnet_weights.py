"""Published weights land where the loops over their names say; other files are told."""

from types import SimpleNamespace

import numpy as np
import pytest

from src.base.errors import UserError
from src.network.siamese import build_network
from src.weights.finding import start_from
from src.weights.published.imagenet import load_torch_backbone
from tests.reference.efficientnet_by_loops import blocks_by_loops
from tests.support.drawn_backbones import (
    WALKS,
    assert_close,
    drawn_backbone,
    published_state,
    random_images,
)
from tests.support.parameter_files import load_design, load_environment
from tests.support.torch_writer import WRITERS, write_zip

# what the whole network has beside the blocks that are used here
BEYOND = {
    "_blocks.11._expand_conv.weight": np.zeros((672, 112, 1, 1), np.float32),
    "_blocks.15._bn2.weight": np.zeros(320, np.float32),
    "_conv_head.weight": np.zeros((1280, 320, 1, 1), np.float32),
    "_bn1.running_var": np.zeros(1280, np.float32),
    "_fc.bias": np.zeros(1000, np.float32),
    "_bn0.num_batches_tracked": np.array(9),
}
DEPTH = 5
ENV = load_environment()
IMAGENET = (
    "data/weights/efficientnet_lite0_imagenet.npz"  # as design_efficientnet_lite0.json has it
)


@pytest.fixture(scope="module")
def state():
    return published_state(drawn_backbone(seed=3)) | BEYOND


@pytest.fixture(scope="module")
def backbone():
    """For files that are refused, and for those whose weights are compared."""
    return drawn_backbone(seed=4, levels=[DEPTH - 1])


def load(backbone, path):
    load_torch_backbone(SimpleNamespace(backbone=backbone), path)


def test_names_and_shapes_are_the_published_ones(state):
    # filters are out, in, height, width
    shapes = {name: array.shape for name, array in state.items()}
    assert (
        shapes.items()
        >= {
            "_conv_stem.weight": (32, 3, 3, 3),
            "_bn0.running_var": (32,),
            "_blocks.0._depthwise_conv.weight": (32, 1, 3, 3),
            "_blocks.0._project_conv.weight": (16, 32, 1, 1),
            "_blocks.3._expand_conv.weight": (144, 24, 1, 1),
            "_blocks.3._bn0.bias": (144,),
            "_blocks.3._depthwise_conv.weight": (144, 1, 5, 5),
            "_blocks.10._bn1.running_mean": (672,),
            "_blocks.10._project_conv.weight": (112, 672, 1, 1),
            "_blocks.10._bn2.weight": (112,),
        }.items()
    )
    assert "_blocks.0._expand_conv.weight" not in state


def test_the_loaded_network_computes_what_the_file_says(tmp_path, state):
    loaded = drawn_backbone(seed=4)
    load(loaded, write_zip(tmp_path / "net.pth", state))
    (image,) = random_images(5, 1, 33, 49)
    expected = blocks_by_loops(state, image, *WALKS[16])[-1]
    assert_close(loaded(image[None], training=False)[-1][0], expected)


def test_the_published_form_gives_the_network_that_the_small_file_gave(tmp_path):
    design = load_design("design_efficientnet_lite0")
    assert design.initial_weights == IMAGENET
    small, large = (build_network(design, seed=5) for _ in range(2))
    assert start_from(small, ENV, design) == "initial weights efficientnet_lite0_imagenet.npz"
    path = write_zip(tmp_path / "net.pth", published_state(small.backbone) | BEYOND)
    named = design.model_copy(update={"initial_weights": str(path)})
    told = start_from(large, ENV, named)
    assert told == "the backbone of net.pth, all else random weights"
    for ours, theirs in zip(large.weights, small.weights, strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy(), err_msg=ours.path)


@pytest.mark.parametrize("file_format", WRITERS)
def test_a_shorter_network_takes_its_part(tmp_path, state, backbone, file_format):
    path = WRITERS[file_format](tmp_path / "net.pth", state)
    load(backbone, path)
    taken = published_state(backbone)
    assert len(taken) == 5 + 10 + 15 * (DEPTH - 1)
    for name, array in taken.items():
        np.testing.assert_array_equal(array, state[name], err_msg=name)


@pytest.mark.parametrize(
    "name",
    ["_conv_stem.weight", "_bn0.running_var", "_blocks.0._bn2.bias", "_blocks.4._bn0.weight"],
)
def test_a_missing_tensor_is_told(tmp_path, state, backbone, name):
    short = {key: array for key, array in state.items() if key != name}
    with pytest.raises(UserError, match=rf"net\.pth has no {name}, .* choose the --design"):
        load(backbone, write_zip(tmp_path / "net.pth", short))


@pytest.mark.parametrize(
    ("name", "shape", "words"),
    [
        ("_conv_stem.weight", (40, 3, 3, 3), r"\(40, 3, 3, 3\), .* needs \(32, 3, 3, 3\)"),
        (
            "_blocks.3._depthwise_conv.weight",
            (144, 1, 3, 3),
            r"\(1, 144, 3, 3\), .* needs \(1, 144, 5, 5\)",
        ),
        ("_conv_stem.weight", (3, 32, 3, 3), r"\(3, 32, 3, 3\), .* needs \(32, 3, 3, 3\)"),
        ("_blocks.2._bn1.running_mean", (1,), r"\(1,\), .* needs \(144,\)"),
    ],
)
def test_another_shape_is_told(tmp_path, state, backbone, name, shape, words):
    wider = state | {name: np.zeros(shape, np.float32)}
    with pytest.raises(UserError, match=rf"net\.pth: {name} has the shape {words}"):
        load(backbone, write_zip(tmp_path / "net.pth", wider))


def test_a_file_of_another_network_is_told(tmp_path, state, backbone):
    other = write_zip(tmp_path / "resnet.pth", {"conv1.weight": np.zeros((64, 3, 7, 7), "f4")})
    with pytest.raises(UserError, match=r"resnet\.pth has no _conv_stem\.weight, .* choose the"):
        load(backbone, other)
    beside = write_zip(tmp_path / "net.pth", state | {"_blocks.16._bn0.bias": np.zeros(4, "f4")})
    with pytest.raises(UserError, match=r"has '_blocks\.16\._bn0\.bias', which the design has no"):
        load(backbone, beside)


@pytest.mark.parametrize("file_format", WRITERS)
def test_a_truncated_file_is_told(tmp_path, state, backbone, file_format):
    path = WRITERS[file_format](tmp_path / "net.pth", state)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    with pytest.raises(UserError, match=r"net\.pth is not a state dict of PyTorch"):
        load(backbone, path)
