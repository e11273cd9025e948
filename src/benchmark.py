"""Measures how fast tracking and training are on this machine.

python -m src.benchmark [--tracking] [--training] [--frames N] [--steps N] [--out FILE.json]
[--also DESIGN[:HYPERPARAMS][:FILE.KEY=VALUE]] [--design FILE] [--hyperparams FILE] [--set ...],
or --compare A.json B.json.

--tracking (the default): N frames, stage by stage, beside the bare network. --training: N steps,
input and step apart. Each part runs in a process of its own. --also measures a further design in
turn with the first, and may be repeated. The table is printed; --out keeps the numbers, and
--compare prints two such files as ratios.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from src.base.errors import UserError, run_script
from src.benchmarking.parts import PARTS, compare, markdown, run_apart
from src.benchmarking.results import (
    Candidate,
    Results,
    read_candidates,
    read_results,
    refuse_existing,
    write_results,
)
from src.benchmarking.timing import commit, machine_facts


def main(argv: Sequence[str]) -> None:
    """Reads the options, measures or compares, and prints."""
    options, rest = _own_options().parse_known_args(argv)
    if options.compare is not None:
        _compare(options.compare, alone=len(argv) == 1 + len(options.compare))
        return
    chosen = [name for name in PARTS if getattr(options, name)] or ["tracking"]
    counts = _counts(options, chosen)
    candidates = read_candidates(rest, options.design, options.also, description=__doc__)
    if options.out:
        refuse_existing(options.out)
    results = _measure(candidates, counts)
    print(markdown(results))
    if options.out:
        write_results(options.out, results)
        print(f"\nBenchmark: {options.out}")


def _own_options() -> argparse.ArgumentParser:
    """The options that no other program has; all others, and --help, are `parse_arguments`'."""
    parser = argparse.ArgumentParser(allow_abbrev=False, add_help=False)
    for name, row in PARTS.items():
        parser.add_argument(f"--{name}", action="store_true")
        parser.add_argument(f"--{row.count}")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--compare", type=Path, nargs="*")
    parser.add_argument("--design")
    parser.add_argument("--also", action="append", default=[])
    return parser


def _counts(options: argparse.Namespace, chosen: Sequence[str]) -> dict[str, int]:
    """How much is measured of each chosen part; refuses options that would count for nothing."""
    for name, row in PARTS.items():
        if getattr(options, row.count) is not None and name not in chosen:
            raise UserError(f"--{row.count} says how much --{name} measures: add --{name}")
    return {name: _count(name, getattr(options, PARTS[name].count)) for name in chosen}


def _count(name: str, text: str | None) -> int:
    """The number behind a part's option, or its usual one."""
    row = PARTS[name]
    if text is None:
        return row.usual
    if not text.isdecimal() or int(text) < row.least:
        raise UserError(f"--{row.count} {text}: a whole number from {row.least} on is right")
    return int(text)


def _measure(candidates: Sequence[Candidate], counts: dict[str, int]) -> Results:
    """Runs the parts one after another."""
    # before the parts, whose own load would count
    machine = machine_facts()
    parts = {name: run_apart(name, candidates, count) for name, count in counts.items()}
    return Results(commit=commit(), machine=machine, parts=parts)


def _compare(paths: Sequence[Path], alone: bool) -> None:
    """Prints two files as ratios."""
    if len(paths) != 2 or not alone:
        raise UserError("--compare takes two files that --out wrote, and no other option")
    print(compare(paths, [read_results(path) for path in paths]))


if __name__ == "__main__":
    sys.exit(run_script(main, sys.argv[1:]))
