"""Runs one of OpenCV's trackers over the data set of the parameters, to compare with.

python -m src.opencv_baselines --tracker KCF|CSRT|MIL|NANO [--network FILE ...] [--set ...]

Results go to <root_results>/OpenCV-<tracker>/<dataset>, in the same files as those of
run_tracker_evaluation.py; run again, it goes on with the videos that have no results yet. NANO
needs two files, --network BACKBONE --network NECKHEAD.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from src.base.errors import UserError, run_script
from src.evaluating.evaluation import evaluate
from src.evaluating.results import ResultFolder, track_settings
from src.evaluating.score_lines import performance, result_line, total_lines
from src.parameters.parse_arguments import parse_arguments
from src.reporting.writing import report_evaluation
from src.tracking.opencv_tracker import OpenCVTracker
from src.video.segments import dataset_folder, dataset_name, plan_segments

# of the settings of a result folder, what these trackers depend on
_SETTINGS = ("dataset", "weights", "evaluation")


def main(argv: Sequence[str]) -> None:
    """Reads the parameters, tracks and scores."""
    options, rest = _own_options().parse_known_args(argv)
    hp, evaluation, run, env, design = parse_arguments(rest, description=__doc__)
    if options.tracker is None:
        raise UserError("--tracker is missing: KCF, CSRT, MIL or NANO is right")
    tracker = OpenCVTracker(options.tracker, options.network)
    evaluation = evaluation.model_copy(update={"tracker": f"OpenCV-{options.tracker}"})
    segments, folder = plan_segments(env, evaluation), dataset_folder(env, evaluation)
    name = dataset_name(env, evaluation)
    results = ResultFolder.create(env.root_results, evaluation.tracker, name)
    settings = track_settings(hp, evaluation, design, tracker.description, folder)
    results.claim({key: settings[key] for key in _SETTINGS})
    print(f"Weights: {tracker.description}")
    outcomes = []
    for outcome in evaluate(tracker, segments, results, evaluation):
        print(result_line(len(outcomes), outcome), flush=True)
        outcomes.append(outcome)
    if len(outcomes) > 1:
        print("\n".join(total_lines(outcomes, evaluation.dist_threshold)))
    used = {"evaluation": evaluation.model_dump(mode="json")}
    report = performance(outcomes, weights=tracker.description, parameters=used)
    print(f"Report: {results.write_performance(report)}")
    if run.visualization:
        report_evaluation(results.path, env, evaluation)


def _own_options() -> argparse.ArgumentParser:
    """The options that no other program has; all others, and --help, are `parse_arguments`'."""
    parser = argparse.ArgumentParser(allow_abbrev=False, add_help=False)
    parser.add_argument("--tracker")
    parser.add_argument("--network", type=Path, action="append", default=[])
    return parser


if __name__ == "__main__":
    sys.exit(run_script(main, sys.argv[1:]))
