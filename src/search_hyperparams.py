"""Searches the tracker's hyper-parameters on validation videos and writes a hyperparams file.

Tracks the validation videos (environment.validation_datasets, or else those of the pair list;
run.track_videos names some of them) with the starting hyper-parameters and N - 1 others by the
weights that an evaluation would take. Run again with the same settings and the same or more trials,
it goes on; finished tracks are kept beside FILE.json.

Example:
    python -m src search_hyperparams --out parameters/hyperparams_mine.json --trials 64
"""

import argparse
import functools
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, as_completed
from pathlib import Path
from typing import TYPE_CHECKING

from src.base.errors import UserError
from src.base.files import atomic_write_text, named_file
from src.parameters.command_line import run_door, shared_options

if TYPE_CHECKING:
    from src.datasets.segments import Segment
    from src.parameters.parse_arguments import Parameters
    from src.tuning.search import Unit, VideoScore
    from src.tuning.trials import TrialFile, Work


def options(parser: argparse.ArgumentParser) -> None:
    """Adds the options of a search."""
    shared_options(parser)
    parser.add_argument(
        "--out", type=Path, metavar="FILE.json", help="the best hyper-parameters (needed)"
    )
    parser.add_argument(
        "--trials", type=int, default=64, metavar="N", help="trials in all (default: 64)"
    )


def main(parameters: "Parameters", options: argparse.Namespace) -> None:
    """Checks the input, searches, reports and writes the file."""
    trials_path = _checked_place(options)
    from src.datasets.segments import ALL
    from src.evaluating.results import track_settings
    from src.evaluating.validation import plan_validation
    from src.parameters.hyperparams import hyperparams_text
    from src.tuning.search import ROUND, best_trial, nearest_trials, search, search_space
    from src.tuning.trials import Work, load_on_cpu, open_trials, report_lines, trial_line
    from src.workers.executors import open_executor
    from src.workers.pieces import one_cpu_thread

    hp, evaluation, run, env, design = parameters
    evaluation = evaluation.model_copy(update={"protocol": "ope", "video": ALL, "n_subseq": 1})
    segments = {segment.name: segment for segment in plan_validation(env, evaluation, run)}
    _, weights = load_on_cpu(parameters)
    print(f"Weights: {weights}")
    settings = track_settings(hp, evaluation, design, weights, Path(env.root_dataset))
    settings |= {"videos": _frames(segments), "seed": run.seed}
    work = Work(parameters._replace(evaluation=evaluation), weights)
    # one thread each, so that no score depends on how many workers there are
    places = {"files": [next(iter(segments.values())).sequence.frames[0]], "setup": one_cpu_thread}
    space, trials = search_space(design, hp), []
    start = hp.model_dump(include=set(space.keys))
    with (
        open_trials(trials_path, settings) as file,
        open_executor(run, options.trials * len(segments), **places) as executor,
    ):
        submit = functools.partial(_submit, executor, work, segments)
        score_units = functools.partial(_score_units, file, submit)
        for finished in search(space, start, run.seed, list(segments), options.trials, score_units):
            trials += finished
            print("\n".join(map(trial_line, finished)), flush=True)
    best = best_trial(trials)
    values = hp.model_dump(mode="json", exclude_unset=True) | best.values
    atomic_write_text(options.out, hyperparams_text(values))
    near = nearest_trials(space, trials, best, ROUND)
    print("\n".join(report_lines(trials[0], best, near)))
    print(f"Hyper-parameters: {options.out}")


def _checked_place(options: argparse.Namespace) -> Path:
    """The file of trials beside `--out`, which must not be the file of anything else."""
    out = named_file(options.out, ".json")
    if options.trials < 1:
        raise UserError(f"--trials {options.trials}: 1 or more is right")
    trials = out.with_name(f"{out.stem}_trials.jsonl")
    if out.exists() and not trials.exists():
        raise UserError(f"{out}: exists, but {trials.name} is not beside it; choose another --out")
    return trials


def _frames(segments: "Mapping[str, Segment]") -> dict[str, int]:
    """Which frames of which folders are tracked: the first one's path, and how many."""
    return {
        str(segment.sequence.frames[0]): len(segment.sequence.frames)
        for segment in segments.values()
    }


def _submit(
    executor: Executor, work: "Work", segments: "Mapping[str, Segment]", unit: "Unit"
) -> "Future[VideoScore]":
    """Hands a unit of work to a worker."""
    from src.tuning.trials import track_unit

    return executor.submit(track_unit, work, segments[unit.video], unit)


def _score_units(
    file: "TrialFile", submit: "Callable[[Unit], Future[VideoScore]]", units: "Sequence[Unit]"
) -> "Iterator[tuple[Unit, VideoScore]]":
    """Scores of a round: those in the file, and the others as they are finished."""
    from src.base.progress import progress

    known = [(unit, score) for unit in units if (score := file.find(unit))]
    yield from known
    missing = [unit for unit in units if file.find(unit) is None]
    pending = {submit(unit): unit for unit in missing}
    desc = f"trials {units[0].trial} to {units[-1].trial}"
    with progress(total=len(units), initial=len(known), desc=desc, unit="track") as bar:
        for future in as_completed(pending):
            file.add(pending[future], future.result())
            bar.update()
            yield pending[future], future.result()


if __name__ == "__main__":
    sys.exit(run_door(sys.modules[__name__], sys.argv[1:]))
