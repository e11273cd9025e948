"""Parts of a benchmark, each measured in a process of its own, and their tables."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from src.base.errors import UserError
from src.base.settings import differences
from src.benchmarking.results import Candidate, Measure, Part, Results, Variant
from src.benchmarking.timing import peak_mb, process_facts
from src.parameters.models import Run
from src.workers.worker_pool import in_processes

Measured = tuple[list[Variant], list[str]]


class Row(NamedTuple):
    """One part.

    Attributes:
        count: Option that says how much is measured.
        usual: Its default.
        least: Its least value.
        prepare: Sets up the process.
        measure: Candidates, count, temporary folder -> variants and notes.
    """

    count: str
    usual: int
    least: int
    prepare: Callable[[Run], None]
    measure: Callable[[Sequence[Candidate], int, Path], Measured]


def run_part(name: str, candidates: Sequence[Candidate], count: int) -> Part:
    """Measures one part, here.

    Args:
        name: A row of `PARTS`.
        candidates: The first one's `run` counts for the process.
        count: Of the row's option.

    Returns:
        What was found.

    Raises:
        UserError: Videos, weights or records are wrong.
    """
    row = PARTS[name]
    row.prepare(candidates[0].parameters[2])
    with tempfile.TemporaryDirectory() as folder:
        variants, notes = row.measure(candidates, count, Path(folder))
    return Part(
        notes=tuple(notes),
        variants=tuple(variants),
        process=process_facts(),
        peak_mb=round(peak_mb(), 1),
    )


def run_apart(name: str, candidates: Sequence[Candidate], count: int) -> Part:
    """As `run_part`, in a process of its own, which ends with this one."""
    return in_processes(run_part, [(name, candidates, count)])[0]


def _for_tracking(run: Run) -> None:
    from src.base.imports import use_devices

    use_devices(run.gpus)


def _for_training(run: Run) -> None:
    """As run_tracker_training.py does."""
    from src.base.imports import make_repeatable, use_devices

    use_devices(run.gpus)
    make_repeatable()


def _tracking(candidates: Sequence[Candidate], count: int, folder: Path) -> Measured:
    from src.benchmarking.tracking import measure_tracking

    return measure_tracking(candidates, count, folder)


def _training(candidates: Sequence[Candidate], count: int, folder: Path) -> Measured:
    from src.benchmarking.training import measure_training

    return measure_training(candidates, count, folder)


def _labels(candidates: Sequence[Candidate], count: int, folder: Path) -> Measured:
    from src.benchmarking.labels import measure_labels

    return measure_labels(candidates, count, folder)


def _for_labels(_run: Run) -> None:
    """Nothing: labels need no TensorFlow."""


PARTS = {
    "tracking": Row("frames", 100, 1, _for_tracking, _tracking),
    "training": Row("steps", 30, 1, _for_training, _training),
    "labels": Row("rounds", 3, 1, _for_labels, _labels),
}
_LEGEND = "In brackets: the 95th percentile of times in ms, the range of the rounds of all else."
_FACTS = ("cpu", "cores", "affinity", "load", "onednn", "python")


def markdown(results: Results) -> str:
    """All that was found, as Markdown.

    Args:
        results: The benchmark.

    Returns:
        A line on the machine, then notes and a table for each part. Behind a time in ms stands its
        95th percentile, behind what was measured in rounds its range.
    """
    parts = (_part_text(name, part) for name, part in results.parts.items())
    return "\n\n".join([f"{_machine_line(results)} {_LEGEND}", *parts])


def compare(paths: Sequence[Path], results: Sequence[Results]) -> str:
    """Two benchmarks side by side, measure by measure.

    Args:
        paths: Their files, for the message.
        results: Both.

    Returns:
        What differs beside the numbers, and a table with the ratio of the second to the first.

    Raises:
        UserError: They have no part in common, or one of another design.
    """
    before, after = results
    shared = [name for name in before.parts if name in after.parts]
    if not shared:
        raise UserError(
            f"{paths[0]} has {', '.join(before.parts)} and {paths[1]} {', '.join(after.parts)}: no "
            "part of the benchmark is in both"
        )
    lines = [f"A: {_machine_line(before)}", f"B: {_machine_line(after)}"]
    rows = []
    for name in shared:
        pairs = _same_variants(name, paths, before.parts[name], after.parts[name])
        lines += [line for pair in pairs for line in _differences(name, *pair)]
        rows += [row for pair in pairs for row in _ratio_rows(name, *pair)]
        peaks = [Measure(unit="MB", value=r.parts[name].peak_mb) for r in results]
        rows.append(_ratio_row(f"{name}: peak memory", *peaks))
    return "\n\n".join(["\n".join(lines), _table(("measure", "A", "B", "B/A"), rows)])


def _machine_line(results: Results) -> str:
    """Commit and machine in a line."""
    facts = [f"{name} {results.machine[name]}" for name in _FACTS if name in results.machine]
    flags = " ".join(results.machine.get("cpu_flags") or ())
    return f"Commit {results.commit or 'unknown'}; {', '.join(facts)}; {flags or 'no AVX'}."


def _part_text(name: str, part: Part) -> str:
    """Title, notes and table of a part."""
    facts = ", ".join(f"{_words(key)} {value}" for key, value in part.process.items())
    peak = f"Peak memory {part.peak_mb:.0f} MB"
    heads = [f"{variant.name} ({variant.precision})" for variant in part.variants]
    # the fullest column has all rows in their order
    fullest = sorted(part.variants, key=lambda variant: -len(variant.measures))
    names = dict.fromkeys(key for variant in fullest for key in variant.measures)
    rows = [
        [_label(key, part.variants), *(_cell(v.measures.get(key)) for v in part.variants)]
        for key in names
    ]
    notes = "; ".join([*part.notes, peak, *([facts] if facts else [])])
    return f"**{name.capitalize()}.** {notes}.\n\n{_table(['measure', *heads], rows)}"


def _label(key: str, variants: Sequence[Variant]) -> str:
    """Name and unit of a measure."""
    unit = next(v.measures[key].unit for v in variants if key in v.measures)
    return f"{_words(key)}, {unit}" if unit else _words(key)


def _words(key: str) -> str:
    return key.replace("_", " ")


def _cell(measure: Measure | None) -> str:
    """Value and, in brackets, what tells how sure it is."""
    if measure is None:
        return "-"
    if measure.p95 is not None:
        return f"{_number(measure.value)} ({_number(measure.p95)})"
    if measure.least is not None and measure.most is not None and measure.count > 1:
        least, most = _number(measure.least), _number(measure.most)
        return f"{_number(measure.value)} ({least} to {most})"
    return _number(measure.value)


def _number(value: float) -> str:
    """Three digits that count, without an exponent; whole numbers as such."""
    if value.is_integer() or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:#.3g}" if abs(value) >= 0.001 else f"{value:.5f}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _same_variants(
    name: str, paths: Sequence[Path], before: Part, after: Part
) -> list[tuple[Variant, Variant]]:
    """The variants of both in pairs, or the sentence that they are of other designs."""
    designs = [[variant.design for variant in part.variants] for part in (before, after)]
    if designs[0] != designs[1]:
        names = [", ".join(variant.name for variant in part.variants) for part in (before, after)]
        raise UserError(
            f"{paths[0]} ({names[0]}) and {paths[1]} ({names[1]}): {name} is of other designs, so "
            "that ratios would say nothing; compare results of the same --design and --also"
        )
    return list(zip(before.variants, after.variants, strict=True))


def _differences(name: str, before: Variant, after: Variant) -> Iterator[str]:
    """A line for each setting that is not the same."""
    old, new = (
        variant.hyperparams | {"precision": variant.precision} for variant in (before, after)
    )
    for told in differences(old, new):
        yield f"{name}, {before.name}, from A to B: {told}"


def _ratio_rows(name: str, before: Variant, after: Variant) -> Iterator[list[str]]:
    for key, measure in before.measures.items():
        if key in after.measures:
            label = f"{name}, {before.name}: {_words(key)}"
            yield _ratio_row(label, measure, after.measures[key])


def _ratio_row(label: str, before: Measure, after: Measure) -> list[str]:
    """Both numbers and B / A; no ratio to nothing."""
    ratio = f"{after.value / before.value:.3f}" if before.value else "-"
    label = f"{label}, {before.unit}" if before.unit else label
    return [label, _number(before.value), _number(after.value), ratio]
