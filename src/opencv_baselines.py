"""Runs one of OpenCV's trackers over the data set of the parameters, to compare with.

Results go to <root_results>/OpenCV-<tracker>/<dataset>, in the same files as those of
run_tracker_evaluation.py; run again, it goes on with the videos that have no results yet. NANO
needs two files, --network BACKBONE --network NECKHEAD.

Example:
    python -m src opencv_baselines --tracker NANO --network backbone.onnx --network head.onnx
"""

import argparse
import functools
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from src.base.errors import UserError
from src.parameters.command_line import run_door, shared_options

if TYPE_CHECKING:
    from src.parameters.parse_arguments import Parameters
    from src.tracking.guarded import GuardedTracker

# of the settings of a result folder, what these trackers depend on
_SETTINGS = ("dataset", "weights", "evaluation")


def options(parser: argparse.ArgumentParser) -> None:
    """Adds the options that say which tracker."""
    shared_options(parser)
    parser.add_argument(
        "--tracker", metavar="NAME", help="KCF, CSRT, MIL or NANO, as OpenCV has them (needed)"
    )
    parser.add_argument(
        "--network",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="a network of NANO's, in the order backbone, head",
    )
    parser.add_argument(
        "--frame-seconds",
        type=float,
        default=60.0,
        metavar="SECONDS",
        help="end a tracker that takes longer for a frame (default: 60.0)",
    )


def main(parameters: "Parameters", options: argparse.Namespace) -> None:
    """Tracks and scores."""
    if options.tracker is None:
        raise UserError("--tracker is missing: KCF, CSRT, MIL or NANO is right")
    if not options.frame_seconds > 0:
        raise UserError(f"--frame-seconds {options.frame_seconds:g}: more than 0 is right")
    from src.tracking.guarded import GuardedTracker
    from src.tracking.opencv_tracker import OpenCVTracker

    make = functools.partial(OpenCVTracker, options.tracker, options.network)
    with GuardedTracker(make, options.frame_seconds) as tracker:
        _evaluate(tracker, options.tracker, parameters)


def _evaluate(tracker: "GuardedTracker", kind: str, parameters: "Parameters") -> None:
    """Tracks and scores with a tracker that is ready."""
    from src.datasets.segments import dataset_folder, dataset_name, plan_segments
    from src.evaluating.evaluation import evaluate
    from src.evaluating.results import ResultFolder, track_settings
    from src.evaluating.score_lines import performance, result_line, total_lines
    from src.reporting.writing import report_evaluation

    hp, evaluation, run, env, design = parameters
    evaluation = evaluation.model_copy(update={"tracker": f"OpenCV-{kind}"})
    segments, folder = plan_segments(env, evaluation), dataset_folder(env, evaluation)
    name = dataset_name(env, evaluation)
    results = ResultFolder.create(env.root_results, evaluation.tracker, name)
    settings = track_settings(hp, evaluation, design, tracker.description, folder)
    results.claim({key: settings[key] for key in _SETTINGS})
    print(f"Weights: {tracker.description}")
    outcomes = []
    try:
        for outcome in evaluate(tracker, segments, results, evaluation):
            print(result_line(len(outcomes), outcome), flush=True)
            outcomes.append(outcome)
    except UserError as error:
        raise UserError(f"{segments[len(outcomes)].name}: {error}") from error
    if len(outcomes) > 1:
        print("\n".join(total_lines(outcomes, evaluation.dist_threshold)))
    used = {"evaluation": evaluation.model_dump(mode="json")}
    report = performance(outcomes, weights=tracker.description, parameters=used)
    print(f"Report: {results.write_performance(report)}")
    if run.visualization:
        report_evaluation(results.path, env, evaluation)


if __name__ == "__main__":
    sys.exit(run_door(sys.modules[__name__], sys.argv[1:]))
