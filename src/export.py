"""Writes a tracker with its weights for programs that do not have this project.

python -m src.export --out FOLDER [--design FILE] [--hyperparams FILE] [--set ...]

FOLDER/saved_model is the whole tracker for TensorFlow, template.tflite and search.tflite are its
network for TFLite, export.json tells sizes, parameters and SHA-256. The weights are those that
run_tracker_evaluation.py would take with the same parameters.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from src.base.errors import UserError, run_script
from src.base.files import atomic_folder
from src.parameters.design import Design
from src.parameters.hyperparams import Hyperparams
from src.parameters.models import Environment, Evaluation, Run
from src.parameters.parse_arguments import parse_arguments


def main(argv: Sequence[str]) -> None:
    """Checks the input, loads the tracker and writes it."""
    parser = argparse.ArgumentParser(allow_abbrev=False, add_help=False)
    parser.add_argument("--out", type=Path)
    options, rest = parser.parse_known_args(argv)
    parameters = parse_arguments(rest, description=__doc__)
    _check_out(options.out)
    weights = _export(options.out, *parameters)
    print(f"Weights: {weights}\nExport: {options.out}")


def _check_out(out: Path | None) -> None:
    """Refuses what an export must not overwrite."""
    if out is None:
        raise UserError("--out FOLDER is needed: where to write the export")
    if out.is_dir() and any(out.iterdir()):
        raise UserError(f"{out} is not empty; choose another --out or remove it")
    if out.exists() and not out.is_dir():
        raise UserError(f"{out} is a file; choose another --out or remove it")


def _export(
    out: Path, hp: Hyperparams, evaluation: Evaluation, run: Run, env: Environment, design: Design
) -> str:
    """Writes all files and returns the line that names the weights."""
    from src.base.imports import use_devices

    use_devices(run.gpus)
    from src.serving.saved_model import describe_export, save_tracker
    from src.serving.tflite import write_tflite
    from src.tracking.loading import load_tracker
    from src.tracking.tracker import GreySwitch

    # weights as variables: constants would be written once for each use
    tracker, weights = load_tracker(hp, env, design, evaluation.weights, constant_weights=False)
    if isinstance(tracker, GreySwitch):
        raise UserError(
            "design.net_gray names a second network for grey videos, but an export holds one: "
            "export the one for colours with --set design.net_gray="
        )
    scales = tracker.graph.near.scales.numpy()
    with atomic_folder(out) as folder:
        functions = save_tracker(tracker, folder / "saved_model")
        functions |= write_tflite(tracker.network, design, len(scales), folder)
        described = describe_export(folder, design, hp, scales, weights, functions)
        (folder / "export.json").write_text(json.dumps(described, indent=1) + "\n", "utf-8")
    return weights


if __name__ == "__main__":
    sys.exit(run_script(main, sys.argv[1:]))
