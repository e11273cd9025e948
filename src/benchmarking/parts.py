"""The parts of the benchmark: a row for each, run in a process of its own.

So the peak memory is that of the part, and training gets the settings of TensorFlow that it has in
run_tracker_training.py.
"""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from src.benchmarking.benchmark_candidates import Candidate
from src.benchmarking.benchmark_machine import peak_mb, process_facts
from src.benchmarking.results import Part, Variant
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


PARTS = {
    "tracking": Row("frames", 100, 1, _for_tracking, _tracking),
    "training": Row("steps", 30, 1, _for_training, _training),
}
