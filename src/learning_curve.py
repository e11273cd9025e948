"""Draws the learning curves of trainings that are finished or still running.

A FOLDER is a training's design.saver_folder. PICTURE.png shows loss, distance to the ground truth
and the tracking of the validation videos by the training pairs seen; it is drawn anew if it exists.
Trainings that differ in their seed only are drawn with their mean and range; others are named by
the settings that differ.

Example:
    python -m src learning_curve --out curve.png output
"""

import argparse
import sys
from pathlib import Path

from src.base.errors import UserError
from src.base.files import named_file
from src.parameters.command_line import run_door


def options(parser: argparse.ArgumentParser) -> None:
    """Adds picture and folders; parameters stand in these."""
    parser.add_argument(
        "--out", type=Path, metavar="PICTURE.png", help="the picture to write (needed)"
    )
    parser.add_argument(
        "folders", type=Path, nargs="*", metavar="FOLDER", help="design.saver_folder of a training"
    )


def main(parameters: None, options: argparse.Namespace) -> None:
    """Reads the trainings and draws them."""
    out = named_file(options.out, ".png")
    if not options.folders:
        raise UserError("no training is named: give one or more folders (design.saver_folder)")
    from src.reporting.curve_pictures import write_learning_curve
    from src.reporting.training_curves import read_training

    write_learning_curve(out, [read_training(folder) for folder in options.folders])
    print(f"Learning curve: {out}")


if __name__ == "__main__":
    sys.exit(run_door(sys.modules[__name__], sys.argv[1:]))
