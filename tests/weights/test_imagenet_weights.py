"""ImageNet backbones: the mapping of layers, pixels and shortcuts, and files that are refused."""

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from src.base.errors import UserError
from src.network.siamese import build_network
from src.weights.finding import start_from
from src.weights.published.imagenet import keras_arrays, load_keras_backbone, load_torch_backbone
from src.weights.published.pysot import pysot_variables
from tests.support.parameter_files import load_design, load_environment
from tests.support.torch_writer import write_zip

SMALL = {
    **{"stage_blocks": [1, 2, 1, 1], "stem_filters": 2, "neck_channels": 8, "search_sz": 143},
    **{"levels": [2], "join_method": "rpn_depthwise"},
}
ENV = load_environment()


def resnet(**changes):
    return build_network(load_design("design_siamrpn_pp", **SMALL | changes), 0)


def drawn_torchvision(seed=0, filters=2, blocks=(1, 2, 1, 1)):
    """A state dict of a small ResNet by torchvision's names: 1x1 shortcuts, pixels near 0."""
    rng, state = np.random.default_rng(seed), {}

    def layer(convolution, norm, out, into, size):
        spread = np.sqrt(1 / (into * size**2))
        state[f"{convolution}.weight"] = rng.normal(0, spread, (out, into, size, size))
        for name in ("weight", "bias", "running_mean", "running_var"):
            state[f"{norm}.{name}"] = rng.uniform(0.5, 1.5, out)
        state[f"{norm}.num_batches_tracked"] = np.array(9)

    layer("conv1", "bn1", filters, 3, 7)
    into = filters
    for stage, count in enumerate(blocks, start=1):
        inner = filters * 2 ** (stage - 1)
        for block in range(count):
            stem = f"layer{stage}.{block}"
            layer(f"{stem}.conv1", f"{stem}.bn1", inner, into, 1)
            layer(f"{stem}.conv2", f"{stem}.bn2", inner, inner, 3)
            layer(f"{stem}.conv3", f"{stem}.bn3", 4 * inner, inner, 1)
            if block == 0:
                layer(f"{stem}.downsample.0", f"{stem}.downsample.1", 4 * inner, into, 1)
            into = 4 * inner
    state["fc.weight"], state["fc.bias"] = rng.normal(0, 1, (5, into)), np.zeros(5)
    return {
        name: np.ascontiguousarray(array, np.int64 if "tracked" in name else np.float32)
        for name, array in state.items()
    }


def convolve(features, state, name, norm, stride=1):
    """A padded convolution and the normalisation after it, as torchvision has them."""
    kernel = state[f"{name}.weight"].transpose(2, 3, 1, 0)
    pad = kernel.shape[0] // 2
    features = tf.pad(features, [[0, 0], [pad, pad], [pad, pad], [0, 0]])
    features = tf.nn.conv2d(features, kernel, stride, "VALID")
    parts = (state[f"{norm}.{part}"] for part in ("running_mean", "running_var", "bias", "weight"))
    return tf.nn.batch_normalization(features, *parts, 1e-5)


def torchvision_stage_2(image, state):
    """The output of stage 2, of stride 8, written from torchvision's description."""
    pixels = (image / 255 - [0.485, 0.456, 0.406]) / np.array([0.229, 0.224, 0.225])
    features = tf.nn.relu(convolve(tf.constant(pixels, tf.float32), state, "conv1", "bn1", 2))
    features = tf.pad(features, [[0, 0], [1, 1], [1, 1], [0, 0]])
    features = tf.nn.max_pool2d(features, 3, 2, "VALID")
    for stem, stride in (("layer1.0", 1), ("layer2.0", 2), ("layer2.1", 1)):
        inner = tf.nn.relu(convolve(features, state, f"{stem}.conv1", f"{stem}.bn1"))
        inner = tf.nn.relu(convolve(inner, state, f"{stem}.conv2", f"{stem}.bn2", stride))
        inner = convolve(inner, state, f"{stem}.conv3", f"{stem}.bn3")
        if f"{stem}.downsample.0.weight" in state:
            names = (f"{stem}.downsample.0", f"{stem}.downsample.1")
            features = convolve(features, state, *names, stride)
        features = tf.nn.relu(inner + features)
    return features.numpy()


def test_torchvisions_network_gives_its_own_features(tmp_path):
    state = drawn_torchvision()
    path = write_zip(tmp_path / "resnet50-0.pth", state)
    network = resnet()
    load_torch_backbone(network, path)
    image = np.random.default_rng(1).uniform(0, 255, (1, 127, 127, 3)).astype(np.float32)
    (ours,) = network.backbone(image, training=False)
    # padded, cells begin 7 pixels further left and up; far from all edges they see the same
    theirs = torchvision_stage_2(image[:, 7:, 7:], state)
    inside = (slice(None), slice(4, 11), slice(4, 11))
    np.testing.assert_allclose(ours.numpy()[inside], theirs[inside], rtol=1e-3, atol=1e-4)
    assert theirs[inside].std() > 0.1


def pysot_backbone(network):
    """The backbone's weights as pysot writes them before it trains: BGR, without a prefix."""
    variables, first = pysot_variables(network, Path("net.pth"))
    state = {
        name.removeprefix("backbone."): in_torch_order(variable)
        for name, variable in variables.items()
        if name.startswith("backbone.")
    }
    first = first.removeprefix("backbone.")
    return state | {first: np.ascontiguousarray(state[first][:, ::-1])}


def in_torch_order(variable):
    array = variable.numpy()
    return np.ascontiguousarray(array.transpose(3, 2, 0, 1)) if array.ndim == 4 else array


def drawn(network, seed):
    rng = np.random.default_rng(seed)
    for weight in network.weights:
        weight.assign(rng.uniform(0.5, 1.5, weight.shape))
    return network


@pytest.mark.parametrize(
    ("name", "changes", "suffix"),
    [
        ("design_siamrpn_pp", SMALL, ".model"),
        ("design_siamrpn_dw", {"filter_num": [4, 8, 6, 8, 8]}, ".pth"),
    ],
)
def test_what_pysot_trains_from_is_read(tmp_path, name, changes, suffix):
    network = drawn(build_network(load_design(name, **changes), 0), 1)
    kept = [weight.numpy() for weight in network.backbone.weights]
    path = write_zip(tmp_path / f"backbone{suffix}", pysot_backbone(network))
    drawn(network, 2)
    head = [weight.numpy() for weight in network.head.weights]
    design = load_design(name, **changes, initial_weights=str(path))
    told = start_from(network, ENV, design)
    assert told == f"the backbone of backbone{suffix}, all else random weights"
    for weight, expected in zip(network.backbone.weights, kept, strict=True):
        np.testing.assert_array_equal(weight.numpy(), expected)
    for weight, expected in zip(network.head.weights, head, strict=True):
        np.testing.assert_array_equal(weight.numpy(), expected)


def test_files_of_other_networks_are_told(tmp_path):
    path = write_zip(tmp_path / "resnet50.pth", drawn_torchvision(filters=4))
    network = resnet()
    with pytest.raises(UserError, match=r"conv1\.weight has the shape \(4, 3, 7, 7\).*choose the"):
        load_torch_backbone(network, path)
    path = write_zip(tmp_path / "resnet101.pth", drawn_torchvision(blocks=(1, 3, 2, 1)))
    with pytest.raises(UserError, match=r"has 'layer2\.2\.conv1\.weight', which the design has no"):
        load_torch_backbone(network, path)
    alexnet = build_network(load_design("design_siamrpn_dw", filter_num=[4, 8, 6, 8, 8]), 0)
    with pytest.raises(UserError, match=r"has no layer1\.0\.weight"):
        load_torch_backbone(alexnet, path)
    for name in ("a.h5", "a.keras"):
        with pytest.raises(UserError, match=r"is read as keras\.applications' ResNet50; choose"):
            load_keras_backbone(alexnet, tmp_path / name)


def test_a_missing_file_and_none_at_all_are_told(tmp_path):
    network = resnet()
    design = load_design("design_siamrpn_pp", **SMALL)
    assert start_from(network, ENV, design) == "random weights"
    for suffix in (".pth", ".h5"):
        named = design.model_copy(update={"initial_weights": str(tmp_path / f"nix{suffix}")})
        with pytest.raises(UserError, match=r"initial_weights: .*nix.* does not exist"):
            start_from(network, ENV, named)


@pytest.fixture(scope="module")
def keras_network():
    """Keras's ResNet-50 with drawn weights, every normalisation included."""
    model = tf.keras.applications.ResNet50(weights=None, include_top=False)
    rng = np.random.default_rng(3)
    for weight in model.weights:
        if len(weight.shape) == 1:
            weight.assign(rng.uniform(0.5, 1.5, weight.shape))
    return model


def keras_stage_1(model, image):
    """What Keras computes of RGB pixels up to the end of its stage of stride 4."""
    prepared = tf.keras.applications.resnet.preprocess_input(image.copy())
    output = model.get_layer("conv2_block3_out").output
    return tf.keras.Model(model.input, output)(prepared, training=False).numpy()


def test_keras_files_give_what_keras_computes(tmp_path, keras_network, monkeypatch):
    def emptied(weights, include_top):
        """Stands for a new network, which takes seconds to make."""
        for weight in keras_network.weights:
            weight.assign(tf.zeros(weight.shape))
        return keras_network

    monkeypatch.setattr(tf.keras.applications, "ResNet50", emptied)
    network = resnet(stage_blocks=[3, 4, 6, 3], stem_filters=64)
    read = []
    for name in ("resnet50.keras", "resnet50.h5"):
        keras_network.save(tmp_path / name)
        load_keras_backbone(network, tmp_path / name)
        read.append([weight.numpy() for weight in network.backbone.weights])
    for one, other in zip(*read, strict=True):
        np.testing.assert_array_equal(one, other)
    image = np.random.default_rng(1).uniform(0, 255, (1, 99, 99, 3)).astype(np.float32)
    features = tf.nn.relu(network.backbone.stem(image, training=False))
    features = tf.pad(features, [[0, 0], [1, 1], [1, 1], [0, 0]])
    features = tf.nn.max_pool2d(features, 3, 2, "VALID")
    for block in network.backbone.stage(1):
        features = block(features, training=False)
    theirs = keras_stage_1(keras_network, image[:, 3:, 3:])
    inside = (slice(None), slice(6, 16), slice(6, 16))
    np.testing.assert_allclose(features.numpy()[inside], theirs[inside], rtol=1e-3, atol=1e-2)
    assert theirs[inside].std() > 1


def test_every_layer_of_keras_has_its_place(keras_network):
    arrays = keras_arrays(keras_network, 1e-5)
    state = drawn_torchvision(blocks=(3, 4, 6, 3))
    names = {name for name in state if not name.startswith("fc.") and "tracked" not in name}
    assert set(arrays) == names
    for name in names:
        assert arrays[name].ndim == state[name].ndim
        assert arrays[name].shape[2:] == state[name].shape[2:]
        assert arrays[name].shape[0] == 32 * state[name].shape[0]


def test_a_damaged_keras_file_is_told(tmp_path, keras_network, monkeypatch):
    monkeypatch.setattr(tf.keras.applications, "ResNet50", lambda **options: keras_network)
    path = tmp_path / "resnet50.h5"
    path.write_bytes(b"nothing")
    with pytest.raises(UserError, match=r"resnet50\.h5 is damaged, or no file of keras"):
        load_keras_backbone(resnet(), path)
