"""Reads the weights of siamfc-pytorch (`siamfc_alexnet_e50.pth` and its like)."""

from collections.abc import Iterator
from pathlib import Path

import tensorflow as tf

from src.base.errors import UserError
from src.network.convolutional import ConvolutionBlock
from src.network.heads.correlation import GainBias
from src.network.siamese import SiameseNetwork
from src.weights.published.torch_file import read_state_dict
from src.weights.published.torch_weights import CHOOSE, COUNTER, set_variables

_PREFIX = "backbone."


def load_siamfc_pytorch(network: SiameseNetwork, path: Path) -> None:
    """Sets the weights of a network from a state dict of siamfc-pytorch.

    Layer i takes `conv<i>.0` (convolution) and, if it normalises, `conv<i>.1`; names may have the
    prefix "backbone.". The head has no weights there, only a fixed factor, `design.score_gain`: so
    its trained gain becomes 1 and its bias 0.

    Args:
        network: Built AlexNet whose shapes are those of the file.
        path: The file.

    Raises:
        UserError: The file is no state dict, a tensor is missing, left over or of another shape, or
            the design normalises its scores.
    """
    scaling = network.head.scaling
    if not isinstance(scaling, GainBias):
        raise UserError(
            f"{path} is of a network that does not normalise its scores: set design.score_scaling "
            f'to "gain_bias" with its design.score_gain, or {CHOOSE}'
        )
    arrays = {
        name.removeprefix(_PREFIX): array
        for name, array in read_state_dict(path).items()
        if not name.endswith(COUNTER)
    }
    variables = dict(_variables(network.backbone.blocks))
    set_variables(path, arrays, variables)
    scaling.gain.assign(1.0)
    scaling.bias.assign(0.0)


def _variables(blocks: list[ConvolutionBlock]) -> Iterator[tuple[str, tf.Variable]]:
    """The backbone's variables by their names in the file."""
    for number, block in enumerate(blocks, start=1):
        yield f"conv{number}.0.weight", block.convolution.kernel
        yield f"conv{number}.0.bias", block.convolution.bias
        if block.batch_norm is not None:
            yield f"conv{number}.1.weight", block.batch_norm.gamma
            yield f"conv{number}.1.bias", block.batch_norm.beta
            yield f"conv{number}.1.running_mean", block.batch_norm.moving_mean
            yield f"conv{number}.1.running_var", block.batch_norm.moving_variance
