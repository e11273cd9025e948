"""From JSON files and the command line to frozen, checked parameters."""

import argparse
import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from src.base.errors import UserError
from src.parameters.design import Design
from src.parameters.design_checks import (
    check_design,
    check_duration,
    check_environment,
    check_hyperparams,
)
from src.parameters.hyperparams import Hyperparams
from src.parameters.method_checks import check_together
from src.parameters.models import Environment, Evaluation, Parameters, Run

MODELS: dict[str, type[Parameters]] = {
    "hyperparams": Hyperparams,
    "evaluation": Evaluation,
    "run": Run,
    "environment": Environment,
    "design": Design,
}
BESIDE_THE_SCRIPTS = Path(__file__).resolve().parents[2] / "parameters"


@dataclass
class _Source:
    """Values of one kind of parameters, and where each comes from."""

    path: Path
    readable: bool = False
    values: dict = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)

    def where(self, key: str) -> str:
        """The file, or the option that overrides it."""
        return self.origins.get(key, str(self.path))


def parse_arguments(
    argv: Sequence[str] = (),
    description: str = "",
    in_hp: Mapping | None = None,
    in_evaluation: Mapping | None = None,
    in_run: Mapping | None = None,
) -> tuple[Hyperparams, Evaluation, Run, Environment, Design]:
    """Reads all parameters, applies overrides and checks everything.

    Args:
        argv: Command-line arguments without the program's name.
        description: Told by `--help`.
        in_hp: Overrides of hyper-parameters, by key.
        in_evaluation: Overrides of the evaluation's parameters.
        in_run: Overrides of the run's parameters.

    Returns:
        `hp, evaluation, run, env, design`, frozen.

    Raises:
        UserError: Anything is missing, unknown, mistyped, out of range or contradictory; one
            message names all of it.
        SystemExit: `--help`, or unusable options (status 2).
    """
    options = _parser(description).parse_args(argv)
    errors: list[str] = []
    sources = _read_sources(options, errors)
    overrides = {"hyperparams": in_hp, "evaluation": in_evaluation, "run": in_run}
    for name, values in overrides.items():
        for key, value in (values or {}).items():
            _override(sources[name], key, value, f"override {name}.{key}")
    for text in options.set:
        _apply_set(sources, text, errors)
    models = {name: _validate(name, source, errors) for name, source in sources.items()}
    errors += _contradictions(sources, models)
    if errors:
        raise UserError("; ".join(errors))
    return tuple(models[name] for name in MODELS)


def _parser(description: str) -> argparse.ArgumentParser:
    """The options that every script has."""
    parser = argparse.ArgumentParser(description=description, allow_abbrev=False)
    parser.add_argument(
        "--parameters",
        type=Path,
        default=Path("parameters"),
        metavar="DIR",
        help="folder of the JSON files (default: parameters)",
    )
    parser.add_argument("--hyperparams", type=Path, metavar="FILE", help="other hyper-parameters")
    parser.add_argument("--design", type=Path, metavar="FILE", help="another network")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="FILE.KEY=VALUE",
        help="override one key, e.g. evaluation.video=all; may be repeated",
    )
    return parser


def _read_sources(options: argparse.Namespace, errors: list[str]) -> dict[str, _Source]:
    """Reads the five files; what cannot be read is told in `errors`."""
    folder = options.parameters
    if folder == Path("parameters") and not folder.exists():
        folder = BESIDE_THE_SCRIPTS
    if not folder.is_dir():
        raise UserError(f"--parameters: there is no folder {folder}")
    environment = _read(folder / "environment.json", errors)
    by_name = Path(str(environment.values.get("root_parameters", folder)))
    chosen = {"hyperparams": options.hyperparams, "design": options.design}
    sources = {}
    for name in MODELS:
        path = chosen.get(name)
        if path is None:
            path = folder / f"{name}.json"
        elif not path.exists():
            places = (by_name / path, folder / path)
            path = next((place for place in places if place.exists()), path)
        sources[name] = environment if name == "environment" else _read(path, errors)
    return sources


def _read(path: Path, errors: list[str]) -> _Source:
    """One JSON object; empty when it cannot be read."""
    source = _Source(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
        values = json.loads(text, object_pairs_hook=lambda pairs: _unique(pairs, path, errors))
    except OSError as error:
        errors.append(f"{path}: {error.strerror}")
    except UnicodeDecodeError:
        errors.append(f"{path}: is not UTF-8 text")
    except json.JSONDecodeError as error:
        errors.append(f"{path}: line {error.lineno}, column {error.colno}: {error.msg}")
    except (ValueError, RecursionError):
        errors.append(f"{path}: holds numbers or brackets beyond all measure")
    else:
        if isinstance(values, dict):
            source.values, source.readable = values, True
        else:
            errors.append(f"{path}: must be one JSON object, {{...}}")
    return source


def _unique(pairs: list[tuple[str, object]], path: Path, errors: list[str]) -> dict:
    """The object; a key that stands twice is told."""
    values: dict = {}
    for key, value in pairs:
        if key in values:
            errors.append(f"{path}: {key} stands there twice")
        values[key] = value
    return values


def _apply_set(sources: dict[str, _Source], text: str, errors: list[str]) -> None:
    """Applies one `--set`; what cannot be understood is told in `errors`."""
    name, equals, value = text.partition("=")
    file, dot, key = name.partition(".")
    if not (equals and dot and key):
        errors.append(f"--set {text}: must be FILE.KEY=VALUE, e.g. evaluation.video=all")
    elif file not in sources:
        errors.append(f"--set {text}: there is no file {file!r}{_nearest(file, sources)}")
    else:
        _override(sources[file], key, _parse_value(file, key, value), f"--set {text}")


def _parse_value(file: str, key: str, text: str) -> object:
    """JSON where it is JSON; the text itself for keys that hold text, and where it is not."""
    known = MODELS[file].model_fields.get(key)
    if known is not None and known.annotation is str and not text.startswith('"'):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _override(source: _Source, key: str, value: object, origin: str) -> None:
    """Sets one value and remembers where it came from."""
    source.values[key] = value
    source.origins[key] = origin


def _validate(name: str, source: _Source, errors: list[str]) -> Parameters | None:
    """The model, or None after telling what is wrong in `errors`."""
    if not source.readable:
        return None
    try:
        return MODELS[name].model_validate_json(json.dumps(source.values))
    except ValidationError as error:
        for problem in error.errors(include_url=False):
            errors.append(_sentence(name, source, problem))
        return None


def _sentence(name: str, source: _Source, problem: Mapping) -> str:
    """One problem found by the model: where, which key, which value, what would be right."""
    key = str(problem["loc"][0]) if problem["loc"] else ""
    place = key + "".join(f"[{part}]" for part in problem["loc"][1:] if isinstance(part, int))
    where = source.where(key)
    if problem["type"] == "missing":
        return f"{where}: {key} is missing"
    if problem["type"] == "extra_forbidden":
        return f"{where}: there is no key {key!r}{_nearest_key(key, name)}"
    wanted = problem["msg"].removeprefix("Input ").removeprefix("Value error, ")
    return f"{where}: {place} is {json.dumps(problem['input'])}, {wanted}"


def _nearest_key(key: str, file: str) -> str:
    """A hint at the file that has the key, or at the most similar key of this file."""
    owners = [name for name, model in MODELS.items() if key in model.model_fields]
    return f"; {owners[0]} has it" if owners else _nearest(key, MODELS[file].model_fields)


def _nearest(name: str, known: Mapping) -> str:
    """A hint at the most similar known name."""
    matches = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f" (did you mean {matches[0]}?)" if matches else f"; known are {', '.join(known)}"


def _contradictions(sources: dict[str, _Source], models: dict[str, Parameters | None]) -> list[str]:
    """What valid files contradict, with the file before each sentence."""
    checks = (
        ("design", check_design),
        ("design", check_duration),
        ("hyperparams", check_hyperparams),
        ("environment", check_environment),
    )
    found = [
        (name, sentence)
        for name, check in checks
        if models[name] is not None
        for sentence in check(models[name])
    ]
    design, hp = models["design"], models["hyperparams"]
    if design is not None and hp is not None:
        found += [("hyperparams", sentence) for sentence in check_together(design, hp)]
    return [f"{_where_said(sources[name], sentence)}: {sentence}" for name, sentence in found]


def _where_said(source: _Source, sentence: str) -> str:
    """The file, and the options behind the keys that a sentence speaks of."""
    options = [origin for key, origin in source.origins.items() if key in sentence]
    return ", ".join([str(source.path), *options])
