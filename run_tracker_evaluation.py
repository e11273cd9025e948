"""Tracks the targets of one video or of a whole data set; writes boxes, scores and pictures.

Run again with the same parameters, it goes on with the videos that have no results yet.
"""

import sys
from collections.abc import Sequence

from src.errors import run_script
from src.evaluation import evaluate, track_settings
from src.parse_arguments import MODELS, parse_arguments
from src.results import ResultFolder
from src.score_report import performance, result_line, total_lines
from src.segments import dataset_folder, dataset_name, plan_segments


def main(argv: Sequence[str]) -> None:
    """Reads the parameters, checks the input, tracks, and reports."""
    parameters = hp, evaluation, run, env, design = parse_arguments(argv, description=__doc__)
    segments = plan_segments(env, evaluation)
    name = dataset_name(env, evaluation)
    results = ResultFolder.create(env.root_results, evaluation.tracker, name)
    from src.devices import use_devices

    use_devices(run.gpus)
    from src.methods import load_tracker

    tracker, weights = load_tracker(hp, env, design, evaluation.weights)
    print(f"Weights: {weights}")
    folder = dataset_folder(env, evaluation)
    results.claim(track_settings(hp, evaluation, design, weights, folder))
    make_recorder = None
    if run.visualization:
        from src.visualization import recorder_factory

        make_recorder = recorder_factory(design)
    outcomes = []
    for outcome in evaluate(tracker, segments, results, evaluation, make_recorder):
        print(result_line(len(outcomes), outcome), flush=True)
        outcomes.append(outcome)
    if len(outcomes) > 1:
        print("\n".join(total_lines(outcomes, evaluation.dist_threshold)))
    values = [model.model_dump(mode="json") for model in parameters]
    used = dict(zip(MODELS, values, strict=True))
    report = performance(outcomes, weights=weights, parameters=used)
    for picture in (picture for outcome in outcomes for picture in outcome.pictures):
        print(f"Picture: {picture}")
    print(f"Report: {results.write_performance(report)}")
    if run.visualization:
        from src.report import report_evaluation

        report_evaluation(results.path, env, evaluation)


if __name__ == "__main__":
    sys.exit(run_script(main, sys.argv[1:]))
