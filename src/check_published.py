"""Tracks with a published network and says whether its known scores are met.

python -m src.check_published --gate NAME [--set environment.root_dataset=DIR] [--set ...]

The gate decides on network, hyper-parameters, videos and starts. The videos lie in the folder
evaluation.dataset, the network's file in environment.root_pretrained. Killed, the same command goes
on. Exit status: 0 if all known scores (and known SHA-256) are met, 1 if one is not, 2 if the input
is wrong.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from src.design import Design
from src.errors import UserError, run_script
from src.evaluation import track_settings
from src.evaluation_loop import evaluate
from src.gate_inputs import check_files, gate_parameters, plan_gate
from src.metrics import Scores, average_per_frame, average_per_video
from src.parameters import Environment, Evaluation, Hyperparams, Run
from src.published_gates import GATES, SCORES, Gate, Threshold
from src.results import ResultFolder
from src.score_report import Outcome, performance, result_line, total_lines
from src.segments import Segment, dataset_folder, dataset_name
from src.tracker import Tracker


def main(argv: Sequence[str], gates: Mapping[str, Gate] = GATES) -> None:
    """Checks the input, tracks and compares; exits with status 1 if a known score is not met."""
    options = _parser(gates).parse_args(argv)
    gate = find_gate(options.gate, gates)
    hp, evaluation, run, env, design = gate_parameters(gate, options.set, options.parameters)
    verdicts = check_files(gate, Path(env.root_pretrained))
    print("\n".join(line for _, line in verdicts))
    segments = plan_gate(gate, env, evaluation)
    tracker, weights = _load_tracker(gate, hp, run, env, design)
    print(f"Weights: {weights}")
    name = f"{evaluation.tracker}_{options.gate}"
    results = ResultFolder.create(env.root_results, name, dataset_name(env, evaluation))
    folder = dataset_folder(env, evaluation)
    results.claim(track_settings(hp, evaluation, design, weights, folder))
    outcomes = _track(tracker, segments, results, evaluation)
    report = performance(outcomes, gate=options.gate, weights=weights)
    print(f"Report: {results.write_performance(report)}")
    compared = [compare(threshold, _mean(gate, outcomes)) for threshold in gate.thresholds]
    print("\n".join(line for _, line in compared))
    if not all(met for met, _ in verdicts + compared):
        sys.exit(1)


def _parser(gates: Mapping[str, Gate]) -> argparse.ArgumentParser:
    """The options; network and hyper-parameters are the gate's choice."""
    parser = argparse.ArgumentParser(
        description=f"{__doc__}\ngates:\n{_gate_lines(gates)}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--gate", metavar="NAME", help="which evaluation to repeat")
    parser.add_argument("--parameters", metavar="DIR", help="folder of the other JSON files")
    parser.add_argument("--set", action="append", default=[], metavar="FILE.KEY=VALUE")
    return parser


def _gate_lines(gates: Mapping[str, Gate]) -> str:
    """One line a gate: its name, and what it runs."""
    return "\n".join(f"  {name}: {gate.about}" for name, gate in gates.items())


def find_gate(name: str | None, gates: Mapping[str, Gate]) -> Gate:
    """Looks a gate up by the value of `--gate`.

    Raises:
        UserError: There is none of that name; all gates are told.
    """
    if name in gates:
        return gates[name]
    why = "is missing" if name is None else f"{name}: there is no such gate"
    raise UserError(f"--gate {why}; there are\n{_gate_lines(gates)}")


def _load_tracker(
    gate: Gate, hp: Hyperparams, run: Run, env: Environment, design: Design
) -> tuple[Tracker, str]:
    """The tracker with the gate's networks, and one line that names them."""
    from src.devices import use_devices

    use_devices(run.gpus)
    from src.grey_tracker import GreyFrames
    from src.methods import load_tracker

    tracker, weights = load_tracker(hp, env, design, "net")
    if gate.grey_frames:
        return GreyFrames(tracker), f"{weights}; frames turned grey"
    return tracker, weights


def _track(
    tracker: Tracker, segments: Sequence[Segment], results: ResultFolder, evaluation: Evaluation
) -> list[Outcome]:
    """Tracks, and prints a line for each track and the means."""
    outcomes = []
    for outcome in evaluate(tracker, segments, results, evaluation):
        print(result_line(len(outcomes), outcome), flush=True)
        outcomes.append(outcome)
    print("\n".join(total_lines(outcomes, evaluation.dist_threshold)))
    return outcomes


def _mean(gate: Gate, outcomes: Sequence[Outcome]) -> Scores:
    """The mean that the gate's thresholds are of."""
    scores = [outcome.scores for outcome in outcomes]
    if gate.average == "frame":
        return average_per_frame(scores)
    return average_per_video(scores, [outcome.video for outcome in outcomes])


def compare(threshold: Threshold, mean: Scores) -> tuple[bool, str]:
    """Compares a score with its threshold, in the decimals that known scores are given in.

    Args:
        threshold: What must be reached.
        mean: The scores of the gate's videos.

    Returns:
        Whether it is reached, and the line that says so.
    """
    name, decimals = SCORES[threshold.score]
    found = round(getattr(mean, threshold.score), decimals)
    met = found >= threshold.least
    return met, (
        f"{'met' if met else 'NOT met'}: {name} {found:.{decimals}f}, at least "
        f"{threshold.least:.{decimals}f} ({threshold.source})"
    )


if __name__ == "__main__":
    sys.exit(run_script(main, sys.argv[1:]))
