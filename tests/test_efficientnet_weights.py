"""Published weights land where the loops over their names say; other files are told."""

import numpy as np
import pytest

from src.efficientnet_weights import load_efficientnet_lite
from src.errors import UserError
from tests.reference.efficientnet_by_loops import blocks_by_loops
from tests.test_efficientnet_lite import (
    WALKS,
    assert_close,
    drawn_backbone,
    published_state,
    random_images,
)
from tests.torch_writer import WRITERS, write_zip

# what the whole network has beside the blocks that are used here
BEYOND = {
    "_blocks.11._expand_conv.weight": np.zeros((672, 112, 1, 1), np.float32),
    "_conv_head.weight": np.zeros((1280, 320, 1, 1), np.float32),
    "_fc.bias": np.zeros(1000, np.float32),
    "_bn0.num_batches_tracked": np.array(9),
}
DEPTH = 5


@pytest.fixture(scope="module")
def state():
    return published_state(drawn_backbone(seed=3)) | BEYOND


@pytest.fixture(scope="module")
def backbone():
    """For files that are refused, and for those whose weights are compared."""
    return drawn_backbone(seed=4, levels=[DEPTH - 1])


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
    load_efficientnet_lite(loaded, write_zip(tmp_path / "net.pth", state))
    (image,) = random_images(5, 1, 33, 49)
    expected = blocks_by_loops(state, image, *WALKS[16])[-1]
    assert_close(loaded(image[None], training=False)[-1][0], expected)


@pytest.mark.parametrize("file_format", WRITERS)
def test_a_shorter_network_takes_its_part(tmp_path, state, backbone, file_format):
    path = WRITERS[file_format](tmp_path / "net.pth", state)
    load_efficientnet_lite(backbone, path)
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
    with pytest.raises(
        UserError, match=rf"net\.pth has no {name}: it is not of EfficientNet-Lite0"
    ):
        load_efficientnet_lite(backbone, write_zip(tmp_path / "net.pth", short))


@pytest.mark.parametrize(
    ("name", "shape", "words"),
    [
        ("_conv_stem.weight", (40, 3, 3, 3), r"\(3, 3, 3, 40\) where .* has \(3, 3, 3, 32\)"),
        (
            "_blocks.3._depthwise_conv.weight",
            (144, 1, 3, 3),
            r"\(3, 3, 144, 1\) where .* has \(5, 5, 144, 1\)",
        ),
        ("_conv_stem.weight", (3, 32, 3, 3), r"\(3, 3, 32, 3\) where .* has \(3, 3, 3, 32\)"),
        ("_blocks.2._bn1.running_mean", (1,), r"\(1,\) where .* has \(144,\)"),
    ],
)
def test_another_shape_is_told(tmp_path, state, backbone, name, shape, words):
    wider = state | {name: np.zeros(shape, np.float32)}
    with pytest.raises(UserError, match=rf"net\.pth: {name} has the shape {words}"):
        load_efficientnet_lite(backbone, write_zip(tmp_path / "net.pth", wider))


@pytest.mark.parametrize("file_format", WRITERS)
def test_a_truncated_file_is_told(tmp_path, state, backbone, file_format):
    path = WRITERS[file_format](tmp_path / "net.pth", state)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    with pytest.raises(UserError, match=r"net\.pth is not a state dict of PyTorch"):
        load_efficientnet_lite(backbone, path)
