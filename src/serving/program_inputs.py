"""Weights and parameters as a program hands them over."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from src.base.errors import UserError
from src.parameters.design import Design
from src.parameters.hyperparams import Hyperparams
from src.parameters.models import Environment
from src.parameters.parse_arguments import parse_arguments
from src.parameters.sources import BESIDE_THE_SCRIPTS, RECOMMENDED
from src.tracking.opening import AUTO, EXACT, SHORT, faster_precision

# what `evaluation.weights` calls them
_BEST, _NET, _RELEASED = "best", "net", "released"
# suffix of a file of weights -> that, and the key that names the file
_BY_SUFFIX = {
    ".npz": (_RELEASED, "design.weights"),
    ".mat": (_NET, "design.net"),
    ".pth": (_NET, "design.net"),
}
_FILES_OF_A_TRACKER = ("hyperparams", "design", "environment")


class Choice(NamedTuple):
    """What a tracker is to be built from; see `src.tracking.loading.load_tracker`.

    Attributes:
        hp: The tracker's hyper-parameters.
        env: Where published networks lie.
        design: The network, with the place of its weights.
        which: Which weights, as `evaluation.weights` says it.
    """

    hp: Hyperparams
    env: Environment
    design: Design
    which: str


def choose(
    weights: str | os.PathLike | None,
    design: str | os.PathLike | None,
    hyperparams: str | os.PathLike | None,
    parameters: str | os.PathLike | None,
    overrides: Mapping[str, object],
) -> Choice:
    """Reads and checks what is named, without TensorFlow.

    Args:
        weights: See `src.api.Tracker.load`, as for all the others.
        design: A path, or the name of a file in `parameters`; None: the recommended one.
        hyperparams: Likewise; None: those that the design names.
        parameters: Folder of the JSON files; None for the one beside the scripts.
        overrides: Values by "file.key".

    Returns:
        The parameters, and which weights are meant.

    Raises:
        UserError: A file is missing or wrong, or a value is out of range.
    """
    which, named = _which_weights(weights)
    hp, _, _, env, chosen = parse_arguments(
        [
            f"--parameters={parameters or BESIDE_THE_SCRIPTS}",
            f"--model={RECOMMENDED}" if design is None else f"--design={design}",
            *([] if hyperparams is None else [f"--hyperparams={hyperparams}"]),
            *_as_options({**overrides, **named}),
        ]
    )
    return Choice(hp, env, chosen, which)


def _which_weights(weights: str | os.PathLike | None) -> tuple[str, dict[str, str]]:
    """`evaluation.weights` for what the user names, and the key that names it."""
    if weights is None:
        return _RELEASED, {}
    path = Path(weights)
    if path.is_dir():
        return _BEST, {"design.saver_folder": str(path)}
    if path.suffix.lower() in _BY_SUFFIX:
        which, key = _BY_SUFFIX[path.suffix.lower()]
        # a relative design.net would be looked for in environment.root_pretrained
        return which, {key: str(path.absolute() if which == _NET else path)}
    raise UserError(
        f"weights: {path} is neither a folder of a training nor a file that ends in "
        f"{', '.join(_BY_SUFFIX)}"
    )


def _as_options(overrides: Mapping[str, object]) -> list[str]:
    """Overrides as the command line has them, their values as JSON."""
    for name in overrides:
        if name.partition(".")[0] not in _FILES_OF_A_TRACKER:
            raise UserError(
                f"overrides: {name!r} is no parameter of a tracker; keys begin with "
                f"{', '.join(f'{file}.' for file in _FILES_OF_A_TRACKER)}"
            )
    return [
        f"--set={name}={json.dumps(value, default=_plain)}" for name, value in overrides.items()
    ]


def _plain(value: object) -> object:
    """NumPy's numbers as Python's, and paths as text."""
    return value.tolist() if isinstance(value, np.generic | np.ndarray) else str(value)


def load_chosen(chosen: Choice, several: bool, precision: str = "float32") -> tuple[Any, str]:
    """Builds what `choose` returned; imports TensorFlow.

    Args:
        chosen: Parameters and weights.
        several: Whether the tracker is to follow several targets at once.
        precision: "float32", "bfloat16" or "auto".

    Returns:
        The tracker, and one line that names its weights.

    Raises:
        UserError: The weights are missing, or belong to another design; no such precision; or
            the program around has switched eager execution off.
    """
    if precision not in (AUTO, EXACT, SHORT):
        raise UserError(f'precision: {precision!r} is none of "{EXACT}", "{SHORT}", "{AUTO}"')
    from src.base.imports import import_tensorflow

    if not import_tensorflow().executing_eagerly():
        raise UserError(
            "TensorFlow's eager execution is switched off in this program "
            "(tf.compat.v1.disable_eager_execution or disable_v2_behavior), and the tracker needs "
            "it; leave it on, or track in a process of its own or with src.light"
        )
    from src.tracking.loading import load_tracker

    _refuse_other_weights(chosen)
    if precision == AUTO:
        precision, _ = faster_precision(chosen.design)
    return load_tracker(
        chosen.hp, chosen.env, chosen.design, chosen.which, several, precision=precision
    )


def _refuse_other_weights(chosen: Choice) -> None:
    """Makes sure that the weights named are the ones that will be loaded.

    An evaluation takes others where these do not exist; a program must not.
    """
    from src.weights.finding import trained_checkpoint

    design, which = chosen.design, chosen.which
    if which == _RELEASED and not design.weights:
        raise UserError(
            "weights: this design has no released weights; name a file or the folder of a training"
        )
    if which == _BEST and trained_checkpoint(design, which) is None:
        raise UserError(
            f"weights: {design.saver_folder} holds no checkpoint; the folder of a training "
            "(design.saver_folder) is right"
        )
