"""Measures how fast tracking and training are on this machine.

Tracking is measured stage by stage, beside the bare network; of training, input and step apart; of
labels, the index (for ILSVRC VID beside a plain loop over its XML files) and the drawing of pairs.
Each part runs in a process of its own, its designs in turn. The table is printed; --out keeps the
numbers, and --compare prints two such files as ratios.

Example:
    python -m src benchmark --tracking --training --model efficientnet_lite0 --out before.json
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from src.base.errors import UserError
from src.base.files import new_file
from src.parameters.command_line import door_parser, run_door, shared_options

if TYPE_CHECKING:
    from src.benchmarking.results import Candidate, Results
    from src.parameters.parse_arguments import Parameters


def options(parser: argparse.ArgumentParser) -> None:
    """Adds the options of a benchmark."""
    shared_options(parser)
    parser.add_argument("--tracking", action="store_true", help="measure tracking (the default)")
    parser.add_argument("--frames", metavar="N", help="frames that are tracked (default: 100)")
    parser.add_argument("--training", action="store_true", help="measure training")
    parser.add_argument("--steps", metavar="N", help="steps that are trained (default: 30)")
    parser.add_argument(
        "--labels",
        action="store_true",
        help="measure indexing environment.train_dataset, and drawing pairs from it",
    )
    parser.add_argument("--rounds", metavar="N", help="how often it is indexed (default: 3)")
    parser.add_argument(
        "--also",
        action="append",
        default=[],
        metavar="DESIGN[:HYPERPARAMS][:FILE.KEY=VALUE]",
        help="measure this design too, or this change of the first; may be repeated",
    )
    parser.add_argument("--out", type=Path, metavar="FILE.json", help="keep the numbers here")
    parser.add_argument(
        "--compare", type=Path, nargs="*", metavar="FILE.json", help="print two files as ratios"
    )


def main(parameters: "Parameters", options: argparse.Namespace) -> None:
    """Measures or compares, and prints."""
    if options.compare is not None:
        _compare(options)
        return
    from src.benchmarking.parts import PARTS, markdown
    from src.benchmarking.results import read_candidates, write_results

    chosen = [name for name in PARTS if getattr(options, name)] or ["tracking"]
    counts = _counts(options, chosen)
    candidates = read_candidates(options)
    if options.out:
        new_file(options.out, ".json")
    results = _measure(candidates, counts)
    print(markdown(results))
    if options.out:
        write_results(options.out, results)
        print(f"\nBenchmark: {options.out}")


def _counts(options: argparse.Namespace, chosen: Sequence[str]) -> dict[str, int]:
    """How much is measured of each chosen part; refuses options that would count for nothing."""
    from src.benchmarking.parts import PARTS

    for name, row in PARTS.items():
        if getattr(options, row.count) is not None and name not in chosen:
            raise UserError(f"--{row.count} says how much --{name} measures: add --{name}")
    return {name: _count(name, getattr(options, PARTS[name].count)) for name in chosen}


def _count(name: str, text: str | None) -> int:
    """The number behind a part's option, or its usual one."""
    from src.benchmarking.parts import PARTS

    row = PARTS[name]
    if text is None:
        return row.usual
    if not text.isdecimal() or int(text) < row.least:
        raise UserError(f"--{row.count} {text}: a whole number from {row.least} on is right")
    return int(text)


def _measure(candidates: "Sequence[Candidate]", counts: dict[str, int]) -> "Results":
    """Runs the parts one after another."""
    from src.benchmarking.parts import run_apart
    from src.benchmarking.results import Results
    from src.benchmarking.timing import commit, machine_facts

    # before the parts, whose own load would count
    machine = machine_facts()
    parts = {name: run_apart(name, candidates, count) for name, count in counts.items()}
    return Results(commit=commit(), machine=machine, parts=parts)


def _compare(options: argparse.Namespace) -> None:
    """Prints two files as ratios."""
    paths = options.compare
    alone = door_parser(sys.modules[__name__]).parse_args(["--compare", *map(str, paths)])
    if len(paths) != 2 or options != alone:
        raise UserError("--compare takes two files that --out wrote, and no other option")
    from src.benchmarking.parts import compare
    from src.benchmarking.results import read_results

    print(compare(paths, [read_results(path) for path in paths]))


if __name__ == "__main__":
    sys.exit(run_door(sys.modules[__name__], sys.argv[1:]))
