"""What a program must know to use an export: `export.json`."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from src.base.files import file_sha256
from src.network.box_coding import distance_unit, make_anchors
from src.parameters.design import Design
from src.parameters.hyperparams import Hyperparams, TrackerHyperparams
from src.parameters.network_arithmetic import (
    exemplar_crop_sz,
    response_sz,
    score_sz,
    template_sz,
    total_stride,
)
from src.weights.checkpoints import network_settings

# keys of a design that a tracker needs and weights do not depend on
TRACKER_KEYS = {"context", "crop_alignment", "pad_with_image_mean", "windowing"}
FORMAT = 1  # of `export.json`


def describe_export(
    folder: Path,
    design: Design,
    hp: Hyperparams,
    scales: np.ndarray,
    weights: str,
    functions: Mapping[str, tf.types.experimental.ConcreteFunction],
) -> dict[str, Any]:
    """The description of all files of an export.

    Args:
        folder: The export, whole but for its description.
        design: What was exported.
        hp: Of which the tracker's keys are told.
        scales: Of the search crops, in their order.
        weights: One line that names the weights.
        functions: By name: what can be called.

    Returns:
        Values for JSON: `sizes` in pixels (crops), cells (template, score) and elements of the
        upsampled score map (response); `stride` in crop pixels a cell; `scales` in the order of
        the search crops; SiamRPN's `anchors` as (width, height), crop pixels, in the order of the
        channels of `cls`, or the `distance_unit`, crop pixels, that `loc` counts distances in (see
        `src.network.box_coding`); inputs and outputs of each of `functions`, sizes that are free
        as null; SHA-256 by path in the folder.
    """
    return {
        "format": FORMAT,
        "weights": weights,
        "sizes": {
            "exemplar_crop": exemplar_crop_sz(design),
            "search": design.search_sz,
            "template": template_sz(design),
            "score": score_sz(design),
            "response": response_sz(design, hp),
        },
        "stride": total_stride(design),
        "scales": np.float64(scales).tolist(),
        **_METHOD_FACTS[design.method, design.box_coding](design),
        "design": network_settings(design) | design.model_dump(mode="json", include=TRACKER_KEYS),
        "hyperparams": hp.model_dump(mode="json", include=set(TrackerHyperparams.model_fields)),
        "functions": {name: _signature(function) for name, function in functions.items()},
        "versions": {
            "tensorflow": tf.__version__,
            "keras": tf.keras.__version__,
            "numpy": np.__version__,
        },
        "sha256": {
            path.relative_to(folder).as_posix(): file_sha256(path) for path in _files(folder)
        },
    }


def _no_facts(_design: Design) -> dict[str, Any]:
    """Nothing but what is told of all methods."""
    return {}


def _anchors(design: Design) -> dict[str, Any]:
    """Sizes of the anchors of a cell."""
    cell = make_anchors(1, total_stride(design), design.anchor_scales, design.anchor_ratios)
    return {"anchors": cell[:, 2:].tolist()}


def _distances(design: Design) -> dict[str, Any]:
    """What distances are counted in."""
    return {"distance_unit": distance_unit(design)}


# `design.method`, `design.box_coding` -> what else a program must know
_METHOD_FACTS = {
    ("siamfc", "anchors"): _no_facts,
    ("siamrpn", "anchors"): _anchors,
    ("siamrpn_fused", "anchors"): _anchors,
    ("siamrpn_fused", "distances"): _distances,
}


def _signature(function: tf.types.experimental.ConcreteFunction) -> dict[str, Any]:
    """Inputs and outputs of a graph by name."""
    positional, named = function.structured_input_signature
    inputs = {spec.name: spec for spec in positional} | named
    return {"inputs": _shapes(inputs), "outputs": _shapes(function.structured_outputs)}


def _shapes(tensors: Mapping[str, tf.TensorSpec]) -> dict[str, Any]:
    """Type and shape of each tensor."""
    return {
        name: {"dtype": tensor.dtype.name, "shape": tensor.shape.as_list()}
        for name, tensor in tensors.items()
    }


def _files(folder: Path) -> Iterable[Path]:
    """All files below a folder in the order of their names."""
    return sorted(path for path in folder.rglob("*") if path.is_file())
