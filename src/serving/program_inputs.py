"""Frames, boxes, weights and parameters as a program hands them over."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from src.base.errors import UserError
from src.geometry.region_to_bbox import visible_share
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
        UserError: The weights are missing, or belong to another design; or no such precision.
    """
    if precision not in (AUTO, EXACT, SHORT):
        raise UserError(f'precision: {precision!r} is none of "{EXACT}", "{SHORT}", "{AUTO}"')
    from src.base.imports import import_tensorflow

    import_tensorflow()
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


_FRAMES = (
    "a frame is a NumPy array of uint8, RGB [height, width, 3] or grey [height, width], values 0 "
    "to 255"
)
_BOXES = "a box is (x, y, width, height) in pixels of the frame, counted from 0"
# where float32, in which the tracker computes, still knows where the box lies and what its area is
SMALLEST_SZ, LARGEST_SZ = 1e-3, 1e6


class InputError(UserError, ValueError):
    """A call with a wrong frame or box, or out of turn; the message says what would be right."""


def checked_frame(frame: object) -> np.ndarray:
    """Takes a frame as a user hands it over.

    Args:
        frame: uint8 [H, W, 3], RGB, or [H, W], grey; strides are free.

    Returns:
        uint8 [H, W, 3], RGB, C-contiguous; the frame itself if it is just that.

    Raises:
        InputError: Anything else.
    """
    if not isinstance(frame, np.ndarray):
        hint = "; np.asarray(image.convert('RGB')) makes one of a Pillow image"
        raise InputError(f"the frame is of type {type(frame).__name__}: {_FRAMES}{hint}")
    is_grey = frame.ndim == 2
    if frame.dtype != np.uint8 or not (is_grey or (frame.ndim == 3 and frame.shape[2] == 3)):
        raise InputError(f"the frame is {frame.dtype} of shape {frame.shape}: {_FRAMES}")
    if not frame.size:
        raise InputError(f"the frame is empty, of shape {frame.shape}: {_FRAMES}")
    return np.repeat(frame[..., None], 3, axis=2) if is_grey else np.ascontiguousarray(frame)


def checked_box_ltwh(box_ltwh: object, frame: np.ndarray) -> np.ndarray:
    """Takes the box of a target as a user hands it over.

    Args:
        box_ltwh: Four numbers, frame pixels counted from 0; part of it may lie outside the frame.
        frame: uint8 [H, W, 3], the frame it lies in.

    Returns:
        float64 [4], a copy.

    Raises:
        InputError: It is not four finite numbers, has an impossible size (0, say), or lies outside
            the frame.
    """
    try:
        box = np.array(box_ltwh, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"the box {box_ltwh!r} is not four numbers: {_BOXES}") from error
    if box.shape != (4,):
        raise InputError(f"the box has shape {box.shape}, not (4,): {_BOXES}")
    if not np.isfinite(box).all():
        raise InputError(f"the box {box.tolist()} is not of finite numbers: {_BOXES}")
    if not ((box[2:] >= SMALLEST_SZ) & (box[2:] <= LARGEST_SZ)).all():
        sizes = f"both sizes from {SMALLEST_SZ:g} to {LARGEST_SZ:g}"
        raise InputError(f"the box {box.tolist()} has an impossible size: {_BOXES}, {sizes}")
    height, width = frame.shape[:2]
    if not visible_share(box, (width, height)) > 0:
        raise InputError(
            f"the box {box.tolist()} lies outside the frame of {width} x {height} pixels: {_BOXES}"
        )
    return box
