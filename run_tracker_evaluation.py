"""Tracks the targets of one video or of a whole data set; writes boxes, scores and pictures.

evaluation.protocol picks the benchmark's rules. Run again with the same parameters, it goes on with
the videos that have no results yet. evaluation.video may also be a video file or a camera
(camera:0); --region x,y,w,h is its first box.
"""

import sys
from collections.abc import Sequence

from src.base.errors import run_script
from src.datasets.segments import dataset_folder, dataset_name
from src.evaluating.protocols import PROTOCOLS, plan_protocol
from src.evaluating.results import ResultFolder, track_settings
from src.evaluating.running import EvaluationJob, print_report, print_tracks
from src.own_video.run import track_own_video
from src.own_video.source import expand_region, is_own_video
from src.parameters.parse_arguments import MODELS, named_tracker, parse_arguments
from src.tracking.opening import open_tracker, settled


def main(argv: Sequence[str]) -> None:
    """Reads the parameters, checks the input, tracks, and reports."""
    argv = expand_region(argv)
    parameters = parse_arguments(argv, description=__doc__, wants_recommended=is_own_video)
    if track_own_video(parameters, named_tracker(argv)):
        return
    _, evaluation, run, env, _ = parameters
    skipped: dict[str, str] = {}
    segments = plan_protocol(env, evaluation, skipped)
    for reason in skipped.values():
        print(f"Left out: {reason}")
    for note in dict.fromkeys(note for one in segments for note in one.sequence.notes):
        print(f"Note: {note}")
    if evaluation.region and all(one.sequence.knows_start for one in segments):
        print("Note: evaluation.region (--region) is not used: tracks start on labelled boxes")
    name = dataset_name(env, evaluation)
    results = ResultFolder.create(env.root_results, evaluation.tracker, name)
    parameters = settled(parameters)
    tracker, weights = open_tracker(parameters)
    print(f"Weights: {weights}")
    folder = dataset_folder(env, evaluation)
    results.claim(track_settings(parameters.hp, evaluation, parameters.design, weights, folder))
    job = EvaluationJob(parameters, weights, results)
    outcomes = print_tracks(job, tracker, segments)
    values = [model.model_dump(mode="json") for model in parameters]
    print_report(job, outcomes, name, dict(zip(MODELS, values, strict=True)), skipped)
    if run.visualization and PROTOCOLS[evaluation.protocol].one_pass:
        from src.reporting.writing import report_evaluation

        report_evaluation(results.path, env, evaluation)


if __name__ == "__main__":
    sys.exit(run_script(main, sys.argv[1:]))
