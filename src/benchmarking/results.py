"""What a benchmark found: one shape for all its parts, as a file and in memory."""

import json
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from src.base.errors import UserError
from src.base.files import atomic_write_text


class _Entry(BaseModel):
    """Base of the parts: no unknown keys, no NaN, no changes afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Measure(_Entry):
    """One number with what tells how sure it is.

    Attributes:
        unit: "ms", "1/s", "pairs/s", "MB" and so on; empty for ratios and counts.
        value: The median, or the number itself.
        p95: 95th percentile of single calls, where these were measured.
        least: Least of the rounds, where rounds were measured.
        most: Most of the rounds.
        count: Calls or rounds.
    """

    unit: str
    value: float
    p95: float | None = None
    least: float | None = None
    most: float | None = None
    count: int = 1


class Variant(_Entry):
    """One design with its settings, and what was measured of it.

    Attributes:
        name: For people.
        precision: What its backbone computes with.
        design: Keys of the design that are no paths.
        hyperparams: All hyper-parameters.
        measures: By name, in the order of a table.
    """

    name: str
    precision: str
    design: dict
    hyperparams: dict
    measures: dict[str, Measure]


class Part(_Entry, extra="ignore"):  # older files tell more of it
    """One part of a benchmark; ran in a process of its own.

    Attributes:
        notes: Sentences about what was measured, and on what.
        variants: At least one; all of them in turn, round by round.
        process: Facts about the process: threads, TensorFlow.
        peak_mb: Largest resident size of the process, MB (10^6 bytes).
    """

    notes: tuple[str, ...]
    variants: tuple[Variant, ...]
    process: dict[str, str | int | None]
    peak_mb: float


class Results(_Entry):
    """A whole benchmark.

    Attributes:
        format: Tells these files from others.
        commit: Of the program; None outside of a repository.
        machine: See `src.benchmarking.benchmark_machine.machine_facts`.
        parts: By name.
    """

    format: Literal["SiamFC-tf benchmark, version 1"] = "SiamFC-tf benchmark, version 1"
    commit: str | None
    machine: dict[str, str | int | float | list[str] | None]
    parts: dict[str, Part]


def write_results(path: Path, results: Results) -> None:
    """Writes a benchmark as JSON; `refuse_existing` was asked before."""
    text = json.dumps(results.model_dump(mode="json", exclude_none=True), indent=1)
    atomic_write_text(path, text + "\n")


def refuse_existing(path: Path) -> None:
    """Refuses a place where something lies or no JSON file can be.

    Raises:
        UserError: The file exists, or its name does not end in .json.
    """
    if path.exists():
        raise UserError(f"--out {path}: exists already; choose another name or remove it")
    if path.suffix.lower() != ".json":
        raise UserError(f"--out {path}: the name of a file that ends in .json is right")


def read_results(path: Path) -> Results:
    """Reads what `write_results` wrote.

    Raises:
        UserError: There is no such file, or it is none of these.
    """
    try:
        return Results.model_validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise UserError(f"{path}: there is no such file; --compare needs two of --out") from error
    except (OSError, ValidationError) as error:
        raise UserError(
            f"{path}: is no result of this benchmark; a file that python -m src.benchmark --out "
            "wrote is right"
        ) from error
