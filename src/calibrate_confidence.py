"""Calibrates the tracker's confidence on validation videos and writes a hyperparams file.

Tracks the validation videos (environment.validation_datasets, or else those of the pair list;
run.track_videos names some of them) by the weights that an evaluation would take. The file has the
starting file's keys with confidence, lost_below and found_above anew.

Example:
    python -m src calibrate_confidence --out hyperparams_mine.json --model siamfc_online_lite0
"""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from src.base.files import atomic_write_text, new_file
from src.parameters.command_line import run_door, shared_options

if TYPE_CHECKING:
    from src.parameters.parse_arguments import Parameters
    from src.tuning.calibration import Calibration

# the tracker as it is judged: no target is ever lost to it
NEVER_LOST = {"lost_below": 0.0, "lost_search_growth": 1.0}


def options(parser: argparse.ArgumentParser) -> None:
    """Adds the option of a calibration."""
    shared_options(parser)
    parser.add_argument(
        "--out", type=Path, metavar="FILE.json", help="the new hyper-parameters (needed)"
    )


def main(parameters: "Parameters", options: argparse.Namespace) -> None:
    """Tracks, fits, reports and writes the file."""
    new_file(options.out, ".json")
    from src.evaluating.validation import plan_validation
    from src.parameters.hyperparams import hyperparams_text
    from src.tracking.opening import exact, open_tracker
    from src.tuning.calibration import _gathered, calibrate

    hp, evaluation, run, env, _ = parameters
    segments = plan_validation(env, evaluation, run)
    judged = parameters._replace(hp=hp.model_copy(update=NEVER_LOST))
    tracker, weights = open_tracker(exact(judged))
    print(f"Weights: {weights}")
    found = calibrate(*_gathered(tracker, segments))
    values = hp.model_dump(mode="json", exclude_unset=True) | {
        "confidence": list(found.confidence),
        "lost_below": found.lost_below,
        "found_above": found.found_above,
    }
    atomic_write_text(options.out, hyperparams_text(values))
    print("\n".join(_report_lines(found)))
    print(f"Hyper-parameters: {options.out}")


def _report_lines(found: "Calibration") -> list[str]:
    from src.tuning.calibration import FAILED_BELOW, LOST_SHARE

    return [
        f"Frames: {found.frames}, of which {found.failed} failed (overlap below {FAILED_BELOW}, or "
        "target absent)",
        f"Area under the ROC curve: {found.roc_area:.3f} (0.5: a coin, 1: every failure is told)",
        f"Lost below {found.lost_below:g}, which {100 * LOST_SHARE:g} % of the good frames do not "
        f"reach; found again above {found.found_above:g}",
        "The videos that were calibrated on are no test set of the confidence any more.",
    ]


if __name__ == "__main__":
    sys.exit(run_door(sys.modules[__name__], sys.argv[1:]))
