"""Calibrates the tracker's confidence on validation videos and writes a hyperparams file.

python -m src.calibrate_confidence --out FILE [--set ...]

Tracks the validation videos (environment.validation_datasets, or else those of the pair list;
run.track_videos names some of them) by the weights that an evaluation would take. The file has the
starting file's keys with confidence, lost_below and found_above anew.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from src.base.errors import UserError, run_script
from src.base.files import atomic_write_text
from src.evaluating.validation import plan_validation
from src.parameters.hyperparams import hyperparams_text
from src.parameters.parse_arguments import parse_arguments
from src.tracking.opening import exact, open_tracker
from src.tuning.calibration import (
    FAILED_BELOW,
    LOST_SHARE,
    Calibration,
    _gathered,
    calibrate,
)

# the tracker as it is judged: no target is ever lost to it
NEVER_LOST = {"lost_below": 0.0, "lost_search_growth": 1.0}


def main(argv: Sequence[str]) -> None:
    """Reads the parameters, tracks, fits, reports and writes the file."""
    parser = argparse.ArgumentParser(allow_abbrev=False, add_help=False)
    parser.add_argument("--out", type=Path)
    options, rest = parser.parse_known_args(argv)
    parameters = parse_arguments(rest, description=__doc__)
    hp, evaluation, run, env, _ = parameters
    if options.out is None or not options.out.name:
        raise UserError("--out is missing: name the hyper-parameters' file that is to be written")
    if options.out.exists():
        raise UserError(f"{options.out} exists; choose another --out or remove it")
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


def _report_lines(found: Calibration) -> list[str]:
    return [
        f"Frames: {found.frames}, of which {found.failed} failed (overlap below {FAILED_BELOW}, or "
        "target absent)",
        f"Area under the ROC curve: {found.roc_area:.3f} (0.5: a coin, 1: every failure is told)",
        f"Lost below {found.lost_below:g}, which {100 * LOST_SHARE:g} % of the good frames do not "
        f"reach; found again above {found.found_above:g}",
        "The videos that were calibrated on are no test set of the confidence any more.",
    ]


if __name__ == "__main__":
    sys.exit(run_script(main, sys.argv[1:]))
