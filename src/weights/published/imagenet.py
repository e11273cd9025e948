"""Reads ImageNet weights of a backbone, from which the training of a tracker starts.

ResNet-50 comes from torchvision or from `keras.applications`. Both take pixels of another scale,
which is worked into the first filters. Their 1x1 shortcuts become the middle of our 3x3 ones, and
so torchvision's network is ours, but for the edges of an image. `keras.applications` strides at the
first 1x1 filters of a stage and not at its 3x3 ones: from its weights features come out that are
near those it was trained for, but not the same. Backbones that pysot trains from have our layers,
and so has EfficientNet-Lite0 in the names of the lukemelas EfficientNet for PyTorch.
"""

import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import tensorflow as tf

from src.base.errors import UserError
from src.network.backbones.alexnet import AlexNet
from src.network.backbones.efficientnet_lite import EfficientNetLite, InvertedResidual
from src.network.backbones.resnet import ResNet
from src.network.batch_norm import BatchNorm
from src.network.siamese import SiameseNetwork
from src.weights.published.pysot import BACKBONES, newer_name
from src.weights.published.torch_file import CHOOSE, COUNTER, read_state_dict, set_variables

Arrays = dict[str, np.ndarray]
Named = Iterator[tuple[str, tf.Variable]]

# pixels RGB 0...255 become (pixel - mean) / spread
_TORCH_MEAN, _TORCH_SPREAD = (
    255 * np.array(values) for values in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
)
_KERAS_MEAN = np.array([123.68, 116.779, 103.939])
_KERAS_EPSILON = 1.001e-5  # added to its variances
_CLASSIFIER = ("fc.", "classifier.", "_fc.", "_conv_head.", "_bn1.")
_LITE0_BLOCKS = 16
_BACKBONE = "backbone."
_SHORTCUT = "downsample.0.weight"
# names of the last part in Keras and in PyTorch
_NORM = {
    "gamma": "weight",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
}


def load_torch_backbone(network: SiameseNetwork, path: Path) -> None:
    """Sets the backbone from a state dict of an ImageNet network for PyTorch.

    Args:
        network: Its backbone is of the file's layers.
        path: The file (`.pth`, `.model`): torchvision's ResNet-50, a backbone that pysot trains
            from, or EfficientNet-Lite0 in the names `_conv_stem`, `_blocks.0._depthwise_conv`, ...

    Raises:
        UserError: The file is no state dict, or of another network.
    """
    arrays = {
        newer_name(_BACKBONE + name.removeprefix(_BACKBONE)).removeprefix(_BACKBONE): array
        for name, array in read_state_dict(path).items()
        if not name.endswith(COUNTER)
    }
    if isinstance(network.backbone, EfficientNetLite):
        arrays = {name: _depthwise_as_dense(name, array) for name, array in arrays.items()}
    elif _is_torchvision(arrays):
        arrays = _for_our_pixels(arrays, _TORCH_MEAN, _TORCH_SPREAD)
    elif (first := _first_filters(network, path)) in arrays:
        arrays[first] = arrays[first][:, ::-1]  # pysot's pixels are BGR
    _set_backbone(network, path, arrays)


def load_keras_backbone(network: SiameseNetwork, path: Path) -> None:
    """Sets the backbone from a file of `keras.applications.ResNet50`, with or without its top.

    Args:
        network: Its backbone is a ResNet-50.
        path: The file (`.h5`, `.weights.h5`, `.keras`); only numbers are read from it.

    Raises:
        UserError: The file is damaged or of another network, or the backbone is no ResNet-50.
    """
    if not isinstance(network.backbone, ResNet):
        raise UserError(f"{path} is read as keras.applications' ResNet50; {CHOOSE}")
    arrays = keras_arrays(_read_keras(path), network.backbone.stem.norm.epsilon)
    _set_backbone(network, path, _for_our_pixels(arrays, _KERAS_MEAN, np.ones(3)))


def _read_keras(path: Path) -> tf.keras.Model:
    """The model of `keras.applications`, with the weights of the file."""
    for has_top in (False, True):
        model = tf.keras.applications.ResNet50(weights=None, include_top=has_top)
        try:
            model.load_weights(path)
        except (ValueError, OSError, KeyError, TypeError, zipfile.BadZipFile):
            continue
        return model
    raise UserError(
        f"{path} is damaged, or no file of keras.applications.ResNet50; right is what its "
        "save_weights() or save() wrote"
    )


def keras_arrays(model: tf.keras.Model, epsilon: float) -> Arrays:
    """The weights of a `keras.applications.ResNet50` by torchvision's names, in its order of axes.

    Biases, which we do not have, become part of the means that are subtracted after them.

    Args:
        model: The network, with or without its top.
        epsilon: What our normalisation adds to variances.

    Returns:
        float32 arrays; pixels are still Keras's, but RGB.
    """
    arrays: Arrays = {}
    layers = {layer.name: layer for layer in model.layers if layer.weights}
    for name, layer in layers.items():
        if not name.endswith("_conv"):
            continue
        convolution, norm = _torch_names(name)
        kernel, bias = layer.get_weights()
        arrays[f"{convolution}.weight"] = kernel.transpose(3, 2, 0, 1)
        values = layers[name.removesuffix("conv") + "bn"].weights
        part = {_NORM[weight.name]: weight.numpy() for weight in values}
        part["running_mean"] = part["running_mean"] - bias
        part["running_var"] = part["running_var"] + (_KERAS_EPSILON - epsilon)
        arrays |= {f"{norm}.{key}": value for key, value in part.items()}
    arrays["conv1.weight"] = arrays["conv1.weight"][:, ::-1]  # its pixels are BGR
    return arrays


def _torch_names(name: str) -> tuple[str, str]:
    """Torchvision's names of a convolution, as `conv3_block1_2_conv`, and its normalisation."""
    if name == "conv1_conv":
        return "conv1", "bn1"
    stage, block, place = name.removesuffix("_conv").split("_")
    stem = f"layer{int(stage.removeprefix('conv')) - 1}.{int(block.removeprefix('block')) - 1}"
    if place == "0":
        return f"{stem}.downsample.0", f"{stem}.downsample.1"
    return f"{stem}.conv{place}", f"{stem}.bn{place}"


def _is_torchvision(arrays: Mapping[str, np.ndarray]) -> bool:
    """Whether the shortcuts of stage 2 are 1x1, as nowhere in pysot."""
    return getattr(arrays.get(f"layer2.0.{_SHORTCUT}"), "shape", ())[2:] == (1, 1)


def _for_our_pixels(arrays: Arrays, mean: np.ndarray, spread: np.ndarray) -> Arrays:
    """A ResNet's weights for pixels RGB 0...255: what is subtracted goes into the first means."""
    if not {"conv1.weight", "bn1.running_mean"} <= set(arrays):
        return arrays
    kernel = arrays["conv1.weight"] / spread[:, None, None]
    offset = (kernel * mean[:, None, None]).sum(axis=(1, 2, 3))
    means = arrays["bn1.running_mean"] + offset
    return arrays | {"conv1.weight": kernel, "bn1.running_mean": means}


def _set_backbone(network: SiameseNetwork, path: Path, arrays: Arrays) -> None:
    """Sets all variables of the backbone; classifiers and stages behind it are left out."""
    variables = _variables(network, path)
    wanted = {
        name: _widened(array, variables[name]) if name in variables else array
        for name, array in arrays.items()
        if not name.startswith((*_CLASSIFIER, *_later_stages(network.backbone)))
    }
    set_variables(path, wanted, variables)


def _variables(network: SiameseNetwork, path: Path) -> dict[str, tf.Variable]:
    """The backbone's variables by their names in its files."""
    backbone = network.backbone
    if isinstance(backbone, EfficientNetLite):
        return dict(_efficientnet(backbone))
    named, _ = BACKBONES[type(backbone)](backbone, path)
    return {name.removeprefix(_BACKBONE): variable for name, variable in named}


def _efficientnet(backbone: EfficientNetLite) -> Named:
    """The variables of stem and blocks."""
    yield "_conv_stem.weight", backbone.stem.kernel
    yield from _norm("_bn0", backbone.stem_norm)
    for number, block in enumerate(backbone.blocks):
        yield from _block(f"_blocks.{number}.", block)


def _block(prefix: str, block: InvertedResidual) -> Named:
    if block.expands:
        yield f"{prefix}_expand_conv.weight", block.expand.kernel
        yield from _norm(f"{prefix}_bn0", block.expand_norm)
    yield f"{prefix}_depthwise_conv.weight", block.depthwise.kernel
    yield from _norm(f"{prefix}_bn1", block.depthwise_norm)
    yield f"{prefix}_project_conv.weight", block.project.kernel
    yield from _norm(f"{prefix}_bn2", block.project_norm)


def _norm(prefix: str, norm: BatchNorm) -> Named:
    for ours, theirs in _NORM.items():
        yield f"{prefix}.{theirs}", getattr(norm, ours)


def _depthwise_as_dense(name: str, array: np.ndarray) -> np.ndarray:
    """Filters [channels, 1, h, w] as [1, channels, h, w]: Keras keeps them as one wide filter."""
    return array.swapaxes(0, 1) if "_depthwise_conv" in name and array.ndim == 4 else array


def _widened(array: np.ndarray, variable: tf.Variable) -> np.ndarray:
    """A filter of 1x1 as the middle of one of 3x3, where that is asked for."""
    if array.shape[2:] == (1, 1) and tuple(variable.shape[:2]) == (3, 3):
        return np.pad(array, [(0, 0), (0, 0), (1, 1), (1, 1)])
    return array


def _later_stages(backbone: AlexNet | ResNet | EfficientNetLite) -> tuple[str, ...]:
    """Beginnings of the names of stages that a network does not have, for no level needs them."""
    if isinstance(backbone, EfficientNetLite):
        return tuple(f"_blocks.{number}." for number in range(backbone.depth, _LITE0_BLOCKS))
    stages = len(getattr(backbone, "stage_blocks", ()))
    return tuple(f"layer{number}." for number in range(stages + 1, 5)) if stages else ()


def _first_filters(network: SiameseNetwork, path: Path) -> str:
    """The name of the filters that see pixels."""
    return BACKBONES[type(network.backbone)](network.backbone, path)[1].removeprefix(_BACKBONE)
