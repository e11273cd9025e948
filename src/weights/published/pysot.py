"""Reads the weights of pysot's SiamRPN and SiamRPN++ (`model.pth` of its zoo)."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import tensorflow as tf

from src.base.errors import UserError
from src.network.backbones.alexnet import AlexNet
from src.network.backbones.efficientnet_lite import EfficientNetLite
from src.network.backbones.resnet import Bottleneck, ResNet
from src.network.batch_norm import BatchNorm
from src.network.convolutional import GroupedConvolution, NormalisedConvolution
from src.network.heads.rpn import DepthwiseBranch, DepthwiseHead, LevelsHead, UpChannelHead
from src.network.siamese import LevelProjection, SiameseNetwork
from src.weights.published.torch_file import CHOOSE, COUNTER, read_state_dict, set_variables

Named = Iterator[tuple[str, tf.Variable]]

# indices of the convolutions in the one list of `alexnetlegacy`, which `alexnet` calls layer1, ...;
# the normalisation of each follows
_LEGACY = (0, 4, 8, 11, 14)
_LEGACY_NAMES = {
    f"backbone.features.{place + part}.": f"backbone.layer{number}.{part}."
    for number, place in enumerate(_LEGACY, start=1)
    for part in (0, 1)
}
_FIRST_LEVEL = 2  # what pysot counts levels from
_SCALES = ("rpn_head.cls.scale", "rpn_head.loc.scale")  # 1 there, and in none of its files
_LEVEL_WEIGHTS = ("rpn_head.cls_weight", "rpn_head.loc_weight")


def load_pysot(network: SiameseNetwork, path: Path) -> None:
    """Sets the weights of a network from a state dict of pysot.

    Args:
        network: Built for the design that belongs to the file.
        path: The file.

    Raises:
        UserError: The file is no state dict, a tensor is missing, left over or of another shape, or
            pysot has no such backbone.
    """
    set_pysot_weights(network, path, read_state_dict(path))


def set_pysot_weights(network: SiameseNetwork, path: Path, state: Mapping[str, np.ndarray]) -> None:
    """Sets the weights of a network from pysot's arrays; see `load_pysot`.

    pysot's pixels are BGR, so the first filters are turned around. Levels without trained weights
    (its `WEIGHTED: False`) weigh the same.

    Args:
        network: Built for the design that belongs to the file.
        path: The file, for what is told of it.
        state: Arrays by pysot's names.
    """
    arrays = {
        newer_name(name): array for name, array in state.items() if not name.endswith(COUNTER)
    }
    variables, first = pysot_variables(network, path)
    arrays = {name: np.ones(1, np.float32) for name in _SCALES if name in variables} | arrays
    if not set(_LEVEL_WEIGHTS) & set(arrays):
        arrays |= {
            name: np.zeros(variables[name].shape, np.float32)
            for name in _LEVEL_WEIGHTS
            if name in variables
        }
    if first in arrays:
        arrays[first] = arrays[first][:, ::-1]
    set_variables(path, arrays, variables)


def pysot_variables(network: SiameseNetwork, path: Path) -> tuple[dict[str, tf.Variable], str]:
    """All variables of a network by pysot's names, and the name of the first filters.

    Raises:
        UserError: pysot has no such backbone.
    """
    backbone, first = BACKBONES[type(network.backbone)](network.backbone, path)
    head = HEADS[type(network.head)](network.head)
    return dict(backbone) | dict(_neck(network.neck)) | dict(head), first


def newer_name(name: str) -> str:
    """The name of a tensor in the newer of pysot's AlexNets."""
    for legacy, newer in _LEGACY_NAMES.items():
        if name.startswith(legacy):
            return newer + name.removeprefix(legacy)
    return name


def _alexnet(backbone: AlexNet, path: Path) -> tuple[Named, str]:
    """An AlexNet's variables, and the name of the first filters."""
    names = (
        pair
        for number, block in enumerate(backbone.blocks, start=1)
        for pair in (
            *_convolution(f"backbone.layer{number}.0", block.convolution),
            *_norm(f"backbone.layer{number}.1", block.batch_norm),
        )
    )
    return names, "backbone.layer1.0.weight"


def _resnet(backbone: ResNet, path: Path) -> tuple[Named, str]:
    """A ResNet's variables, and the name of the first filters."""
    stem = _normalised("backbone.conv1", "backbone.bn1", backbone.stem)
    stages = (
        pair
        for number in range(1, len(backbone.stage_blocks) + 1)
        for place, block in enumerate(backbone.stage(number))
        for pair in _bottleneck(f"backbone.layer{number}.{place}", block)
    )
    return (pair for part in (stem, stages) for pair in part), "backbone.conv1.weight"


def _efficientnet_lite(backbone: EfficientNetLite, path: Path) -> tuple[Named, str]:
    raise UserError(f"{path} is of pysot, which has no EfficientNet-Lite; {CHOOSE}")


def _bottleneck(stem: str, block: Bottleneck) -> Named:
    """The variables of a ResNet's block."""
    for number, layer in enumerate((block.conv1, block.conv2, block.conv3), start=1):
        yield from _normalised(f"{stem}.conv{number}", f"{stem}.bn{number}", layer)
    if block.has_shortcut:
        yield from _normalised(f"{stem}.downsample.0", f"{stem}.downsample.1", block.shortcut)


def _neck(neck: LevelProjection | Callable) -> Named:
    """The variables of the projections, if there are any."""
    for level, layer in enumerate(getattr(neck, "projections", ()), start=_FIRST_LEVEL):
        stem = f"neck.downsample{level}.downsample"
        yield from _normalised(f"{stem}.0", f"{stem}.1", layer)


def _up_channel(head: UpChannelHead) -> Named:
    """The variables of SiamRPN's head."""
    for task, branch in (("cls", head.cls), ("loc", head.loc)):
        yield from _convolution(f"rpn_head.template_{task}_conv", branch.kernels)
        yield from _convolution(f"rpn_head.search_{task}_conv", branch.search_features)
        yield f"rpn_head.{task}.scale", branch.scale
    yield from _convolution("rpn_head.loc_adjust", head.adjust_loc)


def _depthwise(head: DepthwiseHead, stem: str = "rpn_head") -> Named:
    """The variables of a depth-wise head."""
    for task, branch in (("cls", head.cls), ("loc", head.loc)):
        yield from _branch(f"{stem}.{task}", branch)


def _branch(stem: str, branch: DepthwiseBranch) -> Named:
    """The variables of one task of a depth-wise head."""
    for name, layer in (
        ("conv_kernel", branch.template_features),
        ("conv_search", branch.search_features),
        ("head", branch.mix),
    ):
        yield from _normalised(f"{stem}.{name}.0", f"{stem}.{name}.1", layer)
    yield from _convolution(f"{stem}.head.3", branch.last)


def _levels(head: LevelsHead) -> Named:
    """The variables of the heads of all levels."""
    yield from zip(_LEVEL_WEIGHTS, (head.cls_weight, head.loc_weight), strict=True)
    for level, part in enumerate(head.heads, start=_FIRST_LEVEL):
        yield from _depthwise(part, f"rpn_head.rpn{level}")


def _normalised(convolution: str, norm: str, layer: NormalisedConvolution) -> Named:
    """A convolution without bias and its normalisation."""
    yield f"{convolution}.weight", layer.kernel
    yield from _norm(norm, layer.norm)


def _convolution(stem: str, layer: GroupedConvolution) -> Named:
    """A convolution with bias."""
    yield f"{stem}.weight", layer.kernel
    yield f"{stem}.bias", layer.bias


def _norm(stem: str, norm: BatchNorm | None) -> Named:
    """A normalisation, if there is one."""
    if norm is not None:
        yield f"{stem}.weight", norm.gamma
        yield f"{stem}.bias", norm.beta
        yield f"{stem}.running_mean", norm.moving_mean
        yield f"{stem}.running_var", norm.moving_variance


# what a network has -> its variables by pysot's names
BACKBONES = {AlexNet: _alexnet, ResNet: _resnet, EfficientNetLite: _efficientnet_lite}
HEADS = {UpChannelHead: _up_channel, DepthwiseHead: _depthwise, LevelsHead: _levels}
