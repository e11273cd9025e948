"""What is measured: a design with its parameters, and others beside it (`--also`)."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from src.base.errors import UserError
from src.benchmarking.results import Measure, Variant
from src.parameters.design import Design
from src.parameters.hyperparams import Hyperparams
from src.parameters.models import Environment, Evaluation, Run
from src.parameters.parse_arguments import parse_arguments

# names of files and folders, which a result does not tell
_PATHS = {"net", "net_gray", "weights", "initial_weights", "saver_folder", "path_ckpt"}


@dataclass(frozen=True)
class Candidate:
    """A design and all parameters that go with it.

    Attributes:
        name: For people.
        parameters: As `parse_arguments` returns them.
    """

    name: str
    parameters: tuple[Hyperparams, Evaluation, Run, Environment, Design]

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
            design=design.model_dump(mode="json", exclude=_PATHS),
            hyperparams=hp.model_dump(mode="json"),
            measures=measures,
        )


def read_candidates(
    argv: Sequence[str], design: str | None, also: Sequence[str], description: str
) -> list[Candidate]:
    """Reads the parameters of all candidates.

    Args:
        argv: Options of `parse_arguments` for all of them, without `--design`.
        design: `--design`, or None.
        also: For each further candidate what differs from the first, joined by colons: a design's
            file, then one with hyper-parameters, and any number of FILE.KEY=VALUE, as in
            `design_alexnet_v1.json:hyperparams_alexnet_v1.json:hyperparams.z_lr=0.01`.
        description: For `--help`.

    Returns:
        The candidates, that of the options themselves first.

    Raises:
        UserError: Anything is wrong with the parameters or with an `--also`.
    """
    common = [*(["--design", design] if design else []), *argv]
    name = Path(design).stem if design else "design"
    first = Candidate(name, parse_arguments(common, description=description))
    return [first, *(_read_other(text, name, common) for text in also)]


def _read_other(text: str, first_name: str, common: Sequence[str]) -> Candidate:
    """The candidate of one `--also`; its options come last and win."""
    parts = text.split(":")
    files = [part for part in parts if "=" not in part]
    changes = [part for part in parts if "=" in part]
    if not all(parts) or len(files) > 2:
        raise UserError(
            f"--also {text}: DESIGN.json, DESIGN.json:HYPERPARAMS.json or FILE.KEY=VALUE is right, "
            "or several of these joined by colons"
        )
    options = [
        word
        for option, path in zip(("--design", "--hyperparams"), files, strict=False)
        for word in (option, path)
    ]
    sets = [word for change in changes for word in ("--set", change)]
    name = " ".join([Path(files[0]).stem if files else first_name, *map(_without_path, changes)])
    return Candidate(name, parse_arguments([*common, *options, *sets]))


def _without_path(change: str) -> str:
    """`FILE.KEY=VALUE` with no more than the last part of a path in it."""
    key, _, value = change.partition("=")
    return f"{key}={value.rpartition('/')[2]}"
