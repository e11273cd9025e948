"""What a benchmark measured, as a file, and the trackers that it compares."""

import argparse
import copy
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from src.base.errors import UserError
from src.base.files import atomic_write_text
from src.parameters.design import PLACES, Design, keys_of
from src.parameters.parse_arguments import Parameters, read_parameters


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
        design: Keys of the design that do not only say where files lie.
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
        machine: See `src.benchmarking.timing.machine_facts`.
        parts: By name.
    """

    format: Literal["SiamFC-tf benchmark, version 1"] = "SiamFC-tf benchmark, version 1"
    commit: str | None
    machine: dict[str, str | int | float | list[str] | None]
    parts: dict[str, Part]


def write_results(path: Path, results: Results) -> None:
    """Writes a benchmark as JSON."""
    text = json.dumps(results.model_dump(mode="json", exclude_none=True), indent=1)
    atomic_write_text(path, text + "\n")


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


@dataclass(frozen=True)
class Candidate:
    """A design and all parameters that go with it.

    Attributes:
        name: For people.
        parameters: As `parse_arguments` returns them.
    """

    name: str
    parameters: Parameters

    def variant(self, precision: str, measures: dict[str, Measure]) -> Variant:
        """What was measured, with the parameters it was measured with.

        Args:
            precision: What the backbone computed with.
            measures: By name.
        """
        hp, _, _, _, design = self.parameters
        return Variant(
            name=self.name,
            precision=precision,
            design=design.model_dump(mode="json", exclude=keys_of(Design, PLACES)),
            hyperparams=hp.model_dump(mode="json"),
            measures=measures,
        )


def read_candidates(options: argparse.Namespace) -> list[Candidate]:
    """Reads the parameters of all candidates.

    Args:
        options: Those of `shared_options`, and `also`: for each further candidate what differs from
            the first, joined by colons: a design's file, then one with hyper-parameters, and any
            number of FILE.KEY=VALUE, as in
            `design_alexnet_v1.json:hyperparams_alexnet_v1.json:hyperparams.z_lr=0.01`.

    Returns:
        The candidates, that of the options themselves first.

    Raises:
        UserError: Anything is wrong with the parameters or with an `--also`.
    """
    name = f"design_{options.model}" if options.model else Path(options.design or "design").stem
    first = Candidate(name, read_parameters(options))
    return [first, *(_read_other(text, first, options) for text in options.also)]


def _read_other(text: str, first: Candidate, options: argparse.Namespace) -> Candidate:
    """The candidate of one `--also`, whose values win."""
    parts = text.split(":")
    files = [Path(part) for part in parts if "=" not in part]
    changes = [part for part in parts if "=" in part]
    if not all(parts) or len(files) > 2:
        raise UserError(
            f"--also {text}: DESIGN.json, DESIGN.json:HYPERPARAMS.json or FILE.KEY=VALUE is right, "
            "or several of these joined by colons"
        )
    other = copy.copy(options)
    other.set = [*options.set, *changes]
    if files:
        other.model, other.design = None, files[0]
    if len(files) == 2:
        other.hyperparams = files[1]
    name = " ".join([files[0].stem if files else first.name, *map(_without_path, changes)])
    read = read_parameters(other)
    # one process measures all of them, so they share its devices
    gpus = first.parameters.run.gpus
    return Candidate(name, read._replace(run=read.run.model_copy(update={"gpus": gpus})))


def _without_path(change: str) -> str:
    """`FILE.KEY=VALUE` with no more than the last part of a path in it."""
    key, _, value = change.partition("=")
    return f"{key}={value.rpartition('/')[2]}"
