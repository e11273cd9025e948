"""The logs of trainings as curves over the pairs seen, and what tells the trainings apart."""

import functools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from src.base.errors import UserError
from src.base.settings import differing_keys, flat
from src.weights.training_folder import (
    LOG_FILE,
    SETTINGS_FILE,
    read_reports,
    read_settings,
    with_defaults,
)

SEED = "run.seed"

_MAX_VALUE = 24  # characters of a setting's value in a label


@dataclass(frozen=True)
class Curve:
    """What was reported under one name.

    Attributes:
        pairs: int64 [n], training pairs seen until each report (steps times pairs a step), rising.
        values: float64 [n], the values reported.
    """

    pairs: np.ndarray
    values: np.ndarray


@dataclass(frozen=True)
class Training:
    """A training's settings and curves.

    Attributes:
        folder: Its `design.saver_folder`.
        settings: What its result depends on, by "file.key".
        curves: By "kind/name", for instance "validation/loss".
    """

    folder: Path
    settings: dict[str, object]
    curves: dict[str, Curve]


def read_training(folder: Path) -> Training:
    """Reads a training, finished or still running.

    Args:
        folder: Its `design.saver_folder`.

    Returns:
        The training, with at least one curve.

    Raises:
        UserError: The folder is not that of a training, has no report or checkpoint yet, or a file
            in it is damaged.
    """
    points = _points(read_reports(folder))
    if not points:
        raise UserError(f"{folder / LOG_FILE}: has no report yet; the first comes after some steps")
    settings, batch_size = _settings(folder)
    curves = {}
    for name, (steps, values) in points.items():
        if np.any(np.diff(steps) <= 0):
            raise UserError(
                f"{folder / LOG_FILE}: the steps of {name} do not rise; keep the reports of one "
                "training only"
            )
        curves[name] = Curve(np.array(steps) * batch_size, np.array(values, dtype=np.float64))
    return Training(folder, settings, curves)


def _points(reports: Sequence[dict]) -> dict[str, tuple[list[int], list[float]]]:
    """Steps and values by "kind/name"."""
    points: dict[str, tuple[list[int], list[float]]] = {}
    for report in reports:
        for name in report.keys() - {"kind", "step"}:
            steps, values = points.setdefault(f"{report['kind']}/{name}", ([], []))
            steps.append(report["step"])
            values.append(report[name])
    return points


def _settings(folder: Path) -> tuple[dict[str, object], int]:
    """Settings by "file.key", and the pairs of a step among them."""
    path = folder / SETTINGS_FILE
    if not path.exists():
        raise UserError(
            f"{folder}: has no {SETTINGS_FILE} yet, which tells the pairs of a step; it comes with "
            "the first checkpoint"
        )
    try:
        kept = read_settings(folder)
        batch_size = int(kept["design"]["batch_size"])
        return flat(with_defaults(kept)), batch_size
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise UserError(
            f"{path}: has no design.batch_size; restore the settings that the training wrote"
        ) from error


def running_mean(values: np.ndarray, reports: int) -> np.ndarray:
    """Means over neighbouring reports, as many before as after.

    Fewer are taken at the beginning, so that its steep fall stays where it is; in short logs, of
    which at most about a quarter is averaged; and at the end, where only those before are left.

    Args:
        values: float [n].
        reports: How many to average at most, odd.

    Returns:
        float64 [n].
    """
    most = min(reports // 2, len(values) // 8)
    sides = np.minimum(most, np.arange(len(values)) // 2)
    return np.array([values[at - side : at + side + 1].mean() for at, side in enumerate(sides)])


def mean_and_range(curves: Sequence[Curve]) -> tuple[Curve, np.ndarray, np.ndarray]:
    """Summarises curves where all of them have a report.

    Args:
        curves: At least one.

    Returns:
        Their mean, the least and the greatest value (float64 [n], n >= 0).
    """
    pairs = functools.reduce(np.intersect1d, [curve.pairs for curve in curves])
    values = np.stack([curve.values[np.isin(curve.pairs, pairs)] for curve in curves])
    return Curve(pairs, values.mean(axis=0)), values.min(axis=0), values.max(axis=0)


def labels(trainings: Sequence[Training]) -> list[str]:
    """What to call each training: the settings that differ, and the folder where they do not tell.

    Args:
        trainings: At least one.

    Returns:
        Texts such as "run.precision bfloat16, run.seed 1", or "output" for equal settings.
    """
    keys = differing_keys([one.settings for one in trainings])
    parts = [[f"{key} {_short(_value(one, key))}" for key in keys] for one in trainings]
    if len(set(map(tuple, parts))) < len(parts):
        parts = [[*told, str(one.folder)] for told, one in zip(parts, trainings, strict=True)]
    return list(map(", ".join, parts))


def _value(training: Training, key: str) -> str:
    """A setting's value as its JSON file has it, without quotation marks."""
    if key not in training.settings:
        return "unknown"
    value = training.settings[key]
    return value if isinstance(value, str) else json.dumps(value)


def _short(text: str) -> str:
    return text if len(text) <= _MAX_VALUE else f"{text[: _MAX_VALUE - 1]}…"
