"""Draws the learning curves of trainings that are finished or still running.

python -m src.learning_curve --out PICTURE.png FOLDER [FOLDER ...]

A FOLDER is a training's design.saver_folder. PICTURE.png shows loss, distance to the ground truth
and the tracking of the validation videos by the training pairs seen; it is drawn anew if it exists.
Trainings that differ in their seed only are drawn with their mean and range; others are named by
the settings that differ.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from src.base.errors import UserError, run_script
from src.reporting.curve_pictures import write_learning_curve
from src.reporting.training_curves import read_training


def main(argv: Sequence[str]) -> None:
    """Reads the trainings and draws them."""
    options = _parser().parse_args(argv)
    _check(options)
    write_learning_curve(options.out, [read_training(folder) for folder in options.folders])
    print(f"Learning curve: {options.out}")


def _parser() -> argparse.ArgumentParser:
    """The options; what is missing is told by `_check`."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--out", type=Path, metavar="PICTURE.png", help="the picture to write")
    parser.add_argument(
        "folders", type=Path, nargs="*", metavar="FOLDER", help="design.saver_folder of a training"
    )
    return parser


def _check(options: argparse.Namespace) -> None:
    """Refuses options that name no picture or no training."""
    if options.out is None:
        raise UserError("--out is missing: name the picture that is to be written")
    if options.out.suffix.lower() != ".png" or options.out.is_dir():
        raise UserError(f"--out {options.out}: the name of a file that ends in .png is right")
    if not options.folders:
        raise UserError("no training is named: give one or more folders (design.saver_folder)")


if __name__ == "__main__":
    sys.exit(run_script(main, sys.argv[1:]))
