"""Published weights of SiamFC: MatConvNet's files and those of siamfc-pytorch."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import scipy.io
import tensorflow as tf
from scipy.io.matlab import MatReadError

from src.base.errors import UserError
from src.network.batch_norm import BatchNorm
from src.network.convolutional import ConvolutionBlock
from src.network.heads.correlation import GainBias
from src.network.siamese import SiameseNetwork
from src.weights.published.torch_file import CHOOSE, COUNTER, read_state_dict, set_variables

# what shows in a file how it scales its scores -> the row of `design.score_scaling`
_SCALINGS = {"fin_adjust_bnm": "batch_norm", "adjust_f": "gain_bias"}


def load_matconvnet(network: SiameseNetwork, path: Path) -> None:
    """Sets the weights of a network from a `.mat` file with `net.params`.

    Layer i takes `conv<i>f` and `conv<i>b`, and `bn<i>m`, `bn<i>b`, `bn<i>x` if it normalises; the
    scaling of the scores takes `fin_adjust_bn*` (batch normalisation: CFNet's networks), or
    `adjust_f` and `adjust_b` (gain and bias: those of 2016). Names may have a prefix.

    Args:
        network: Built AlexNet whose shapes are those of the file.
        path: The file, MATLAB 5 to 7.2.

    Raises:
        UserError: Not such a file, a parameter is missing or of another shape, or the file scales
            its scores otherwise than the design.
    """
    parameters = _Parameters(path)
    for number, block in enumerate(network.backbone.blocks, start=1):
        _load_block(parameters, block, number)
    _load_scaling(parameters, network.head)


def _load_block(parameters: "_Parameters", block: ConvolutionBlock, number: int) -> None:
    """Sets one layer, counted from 1."""
    parameters.assign(block.convolution.kernel, f"conv{number}f")
    parameters.assign(block.convolution.bias, f"conv{number}b")
    if block.batch_norm is not None:
        parameters.assign_batch_norm(block.batch_norm, f"bn{number}")


def _load_scaling(parameters: "_Parameters", head: tf.keras.layers.Layer) -> None:
    """Sets the scaling of the scores."""
    designed = "gain_bias" if isinstance(head.scaling, GainBias) else "batch_norm"
    for name, stored in _SCALINGS.items():
        if parameters.has(name) and stored != designed:
            raise UserError(
                f"{parameters.path} scales its scores by {name}: set design.score_scaling to "
                f'"{stored}", or choose the --design that belongs to this file'
            )
    if designed == "batch_norm":
        parameters.assign_batch_norm(head.scaling, "fin_adjust_bn")
        return
    parameters.assign(head.scaling.gain, "adjust_f")
    parameters.assign(head.scaling.bias, "adjust_b")
    # the file's gain is of the plain correlation
    head.scaling.gain.assign(head.scaling.gain / head.score_gain)


class _Parameters:
    """The named arrays of one file."""

    def __init__(self, path: Path):
        self.path = path
        try:
            entries = scipy.io.loadmat(path, squeeze_me=True)["net"]["params"].item()
            self.arrays = {
                str(entry["name"]): np.asarray(entry["value"], np.float32)
                for entry in np.atleast_1d(entries)
            }
        except (LookupError, ValueError, TypeError, NotImplementedError, MatReadError) as error:
            raise UserError(
                f"{path} is not a MatConvNet network with net.params, saved as MATLAB 5 to 7.2"
            ) from error

    def has(self, name: str) -> bool:
        """Whether there is an array whose name ends so."""
        return any(key.endswith(name) for key in self.arrays)

    def find(self, name: str) -> np.ndarray:
        """The one array whose name ends so."""
        found = [key for key in self.arrays if key.endswith(name)]
        if len(found) != 1:
            raise UserError(f"{self.path} has {len(found)} parameters called {name}, not one")
        return self.arrays[found[0]]

    def assign(self, variable: tf.Variable, name: str) -> None:
        """Sets a variable; MATLAB drops or adds dimensions of size 1 at the end."""
        value = self.find(name)
        shape = tuple(variable.shape)
        if value.size != np.prod(shape) or _squeezed(value.shape) != _squeezed(shape):
            raise UserError(
                f"{self.path}: {name} has the shape {value.shape}, the design needs {shape}; "
                "choose the --design that belongs to this file"
            )
        variable.assign(value.reshape(shape))

    def assign_batch_norm(self, layer: BatchNorm, stem: str) -> None:
        """Sets scale, shift and moments; the file holds standard deviations, not variances."""
        self.assign(layer.gamma, f"{stem}m")
        self.assign(layer.beta, f"{stem}b")
        moments = np.atleast_2d(self.find(f"{stem}x"))
        if moments.shape != (layer.moving_mean.shape[0], 2):
            raise UserError(
                f"{self.path}: {stem}x has the shape {moments.shape}, the design needs "
                f"{(layer.moving_mean.shape[0], 2)}"
            )
        layer.moving_mean.assign(moments[:, 0])
        layer.moving_variance.assign(moments[:, 1] ** 2)


def _squeezed(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape without dimensions of size 1."""
    return tuple(size for size in shape if size != 1)


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
