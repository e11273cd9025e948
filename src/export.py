"""Writes a tracker with its weights for programs that have neither this project nor TensorFlow.

FOLDER/network.tflite and tracker.tflite are the whole tracker for src.light and run.runtime=litert,
FOLDER/saved_model is the same for TensorFlow, template.tflite and search.tflite are its bare
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
from src.runtime.exports import NUMBERS

if TYPE_CHECKING:
    from src.parameters.parse_arguments import Parameters


def options(parser: argparse.ArgumentParser) -> None:
    """Adds the option of an export."""
    shared_options(parser)
    parser.add_argument(
        "--out", type=Path, metavar="FOLDER", help="a new or empty folder for all files (needed)"
    )
    parser.add_argument(
        "--quantise",
        choices=NUMBERS,
        default="none",
        help="what network.tflite computes with or keeps its weights in (default: none, float32)",
    )
    parser.add_argument(
        "--light", action="store_true", help="write only what src.light needs, and export.json"
    )


def main(parameters: "Parameters", options: argparse.Namespace) -> None:
    """Loads the tracker and writes it."""
    out = new_folder(options.out)
    weights = _export(out, parameters, options)
    print(f"Weights: {weights}\nExport: {out}")


def _export(out: Path, parameters: "Parameters", options: argparse.Namespace) -> str:
    """Writes the files and returns the line that names the weights."""
    from src.tracking.opening import exact, open_tracker

    # weights as variables: constants would be written once for each use
    tracker, weights = open_tracker(exact(parameters), constant_weights=False)
    from src.serving.calibration_crops import crops_of_videos
    from src.serving.light_tracker import write_light
    from src.serving.saved_model import describe_export, save_tracker
    from src.serving.tflite import write_tflite
    from src.tracking.tracker import GreySwitch

    if isinstance(tracker, GreySwitch):
        raise UserError(
            "design.net_gray names a second network for grey videos, but an export holds one: "
            "export the one for colours with --set design.net_gray="
        )
    scales, quantise = tracker.graph.near.scales.numpy(), options.quantise
    samples = crops_of_videos(parameters, tracker.graph) if quantise == "int8" else None
    hp, *_, design = parameters
    with atomic_folder(out) as folder:
        functions = {}
        if not options.light:
            functions |= save_tracker(tracker, folder / "saved_model")
            functions |= write_tflite(tracker.network, design, len(scales), folder)
        functions |= write_light(tracker, folder, quantise, samples)
        described = describe_export(folder, design, hp, scales, weights, functions, quantise)
        (folder / "export.json").write_text(json.dumps(described, indent=1) + "\n", "utf-8")
    return weights


if __name__ == "__main__":
    sys.exit(run_door(sys.modules[__name__], sys.argv[1:]))
