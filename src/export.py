"""Writes a tracker with its weights for programs that do not have this project.

FOLDER/saved_model is the whole tracker for TensorFlow, template.tflite and search.tflite are its
network for TFLite, export.json tells sizes, parameters and SHA-256. The weights are those that
run_tracker_evaluation.py would take with the same parameters.

Example:
    python -m src export --out exported --model efficientnet_lite0 --set evaluation.weights=released
"""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from src.base.errors import UserError
from src.base.files import atomic_folder, new_folder
from src.parameters.command_line import run_door, shared_options

if TYPE_CHECKING:
    from src.parameters.parse_arguments import Parameters


def options(parser: argparse.ArgumentParser) -> None:
    """Adds the option of an export."""
    shared_options(parser)
    parser.add_argument(
        "--out", type=Path, metavar="FOLDER", help="a new or empty folder for all files (needed)"
    )


def main(parameters: "Parameters", options: argparse.Namespace) -> None:
    """Loads the tracker and writes it."""
    out = new_folder(options.out)
    weights = _export(out, parameters)
    print(f"Weights: {weights}\nExport: {out}")


def _export(out: Path, parameters: "Parameters") -> str:
    """Writes all files and returns the line that names the weights."""
    from src.tracking.opening import exact, open_tracker

    # weights as variables: constants would be written once for each use
    tracker, weights = open_tracker(exact(parameters), constant_weights=False)
    from src.serving.saved_model import describe_export, save_tracker
    from src.serving.tflite import write_tflite
    from src.tracking.tracker import GreySwitch

    if isinstance(tracker, GreySwitch):
        raise UserError(
            "design.net_gray names a second network for grey videos, but an export holds one: "
            "export the one for colours with --set design.net_gray="
        )
    scales = tracker.graph.near.scales.numpy()
    with atomic_folder(out) as folder:
        functions = save_tracker(tracker, folder / "saved_model")
        hp, *_, design = parameters
        functions |= write_tflite(tracker.network, design, len(scales), folder)
        described = describe_export(folder, design, hp, scales, weights, functions)
        (folder / "export.json").write_text(json.dumps(described, indent=1) + "\n", "utf-8")
    return weights


if __name__ == "__main__":
    sys.exit(run_door(sys.modules[__name__], sys.argv[1:]))
