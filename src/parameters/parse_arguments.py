"""From JSON files and the command line to frozen, checked parameters."""

import argparse
import copy
import difflib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from pydantic import ValidationError

from src.base.errors import UserError
from src.parameters.command_line import CommandParser, shared_options
from src.parameters.design import Design
from src.parameters.design_checks import (
    check_design,
    check_duration,
    check_environment,
    check_hyperparams,
)
from src.parameters.hyperparams import Hyperparams
from src.parameters.method_checks import check_filter, check_together
from src.parameters.models import Environment, Evaluation, ParameterModel, Run
from src.parameters.process_choices import apply_choices
from src.parameters.sources import (
    RECOMMENDED,
    Source,
    names_design,
    names_tracker,
    read_sources,
    tracker_name,
)

MODELS: dict[str, type[ParameterModel]] = {
    "hyperparams": Hyperparams,
    "evaluation": Evaluation,
    "run": Run,
    "environment": Environment,
    "design": Design,
}


class Parameters(NamedTuple):
    """All parameters, checked and frozen; `hp, evaluation, run, env, design = parameters`.

    Attributes:
        hp: How the tracker tracks and the network learns.
        evaluation: What is tracked and how it is scored.
        run: How the programs run.
        env: Where things are.
        design: The network.
    """

    hp: Hyperparams
    evaluation: Evaluation
    run: Run
    env: Environment
    design: Design


def parse_arguments(
    argv: Sequence[str] = (),
    description: str = "",
    in_hp: Mapping | None = None,
    in_evaluation: Mapping | None = None,
    in_run: Mapping | None = None,
    wants_recommended: Callable[[Environment, Evaluation], bool] | None = None,
) -> Parameters:
    """Reads all parameters, applies overrides and checks everything.

    Args:
        argv: Command-line arguments without the program's name.
        description: Told by `--help`.
        in_hp: Overrides of hyper-parameters, by key.
        in_evaluation: Overrides of the evaluation's parameters.
        in_run: Overrides of the run's parameters.
        wants_recommended: Whether, where `argv` names no tracker, the recommended one with its
            released weights is to be taken; None: never.

    Returns:
        `hp, evaluation, run, env, design`, frozen.

    Raises:
        UserError: Anything is missing, unknown, mistyped, out of range or contradictory; one
            message names all of it.
        SystemExit: `--help` (status 0).
    """
    options = _parser(description).parse_args(argv)
    return read_parameters(options, in_hp, in_evaluation, in_run, wants_recommended)


def read_parameters(
    options: argparse.Namespace,
    in_hp: Mapping | None = None,
    in_evaluation: Mapping | None = None,
    in_run: Mapping | None = None,
    wants_recommended: Callable[[Environment, Evaluation], bool] | None = None,
) -> Parameters:
    """As `parse_arguments`, from a command line that was parsed already.

    Pictures are turned by their EXIF orientation, or not, in this process from then on.

    Args:
        options: With those of `shared_options`; it is not changed.
        in_hp: As there, like all that follow.
        in_evaluation: See `in_hp`.
        in_run: See `in_hp`.
        wants_recommended: See `in_hp`.

    Returns:
        `hp, evaluation, run, env, design`, frozen.

    Raises:
        UserError: As there.
    """
    options = copy.copy(options)
    if options.recommended and not names_design(options):
        options.model = RECOMMENDED
    overrides = {"hyperparams": in_hp, "evaluation": in_evaluation, "run": in_run}
    models, errors = _read_and_check(options, overrides)
    env, evaluation = models["environment"], models["evaluation"]
    may_choose = wants_recommended and env and evaluation and not names_tracker(options)
    if may_choose and wants_recommended(env, evaluation):
        options.model = RECOMMENDED
        options.set = ["evaluation.weights=released", *options.set]
        models, errors = _read_and_check(options, overrides)
    if errors:
        raise UserError("; ".join(errors))
    apply_choices(env)
    return Parameters(*(models[name] for name in MODELS))


def named_tracker(argv: Sequence[str]) -> str:
    """The tracker that the arguments name, for the user; if none, the recommended one."""
    options, _ = _parser("").parse_known_args(argv)
    if names_tracker(options):
        return tracker_name(options)
    return f"{RECOMMENDED}, the recommended one (--model NAME takes another)"


def _parser(description: str) -> CommandParser:
    """The options that every script has."""
    parser = CommandParser(description)
    shared_options(parser)
    return parser


def _read_and_check(
    options: argparse.Namespace, overrides: Mapping[str, Mapping | None]
) -> tuple[dict[str, ParameterModel | None], list[str]]:
    """The models by file, None where one cannot be made, and all that is wrong."""
    errors: list[str] = []
    sources = read_sources(options, errors)
    for name, values in overrides.items():
        for key, value in (values or {}).items():
            sources[name].override(key, value, f"override {name}.{key}")
    for text in options.set:
        _apply_set(sources, text, errors)
    models = {name: _validate(name, source, errors) for name, source in sources.items()}
    return models, errors + _contradictions(sources, models)


def _apply_set(sources: dict[str, Source], text: str, errors: list[str]) -> None:
    """Applies one `--set`; what cannot be understood is told in `errors`."""
    name, equals, value = text.partition("=")
    file, dot, key = name.partition(".")
    if not (equals and dot and key):
        errors.append(f"--set {text}: must be FILE.KEY=VALUE, e.g. evaluation.video=all")
    elif file not in sources:
        errors.append(f"--set {text}: there is no file {file!r}{_nearest(file, sources)}")
    else:
        sources[file].override(key, _parse_value(file, key, value), f"--set {text}")


def _parse_value(file: str, key: str, text: str) -> object:
    """JSON where it is JSON; the text itself for keys that hold text, and where it is not."""
    known = MODELS[file].model_fields.get(key)
    if known is not None and known.annotation is str and not text.startswith('"'):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _validate(name: str, source: Source, errors: list[str]) -> ParameterModel | None:
    """The model, or None after telling what is wrong in `errors`."""
    if not source.readable:
        return None
    try:
        return MODELS[name].model_validate_json(json.dumps(source.values))
    except ValidationError as error:
        for problem in error.errors(include_url=False):
            errors.append(_sentence(name, source, problem))
        return None


def _sentence(name: str, source: Source, problem: Mapping) -> str:
    """One problem found by the model: where, which key, which value, what would be right."""
    key = str(problem["loc"][0]) if problem["loc"] else ""
    place = key + "".join(
        f"[{part}]" if isinstance(part, int) else f".{part}" for part in problem["loc"][1:]
    )
    where = source.where(key)
    if problem["type"] == "missing":
        return f"{where}: {place} is missing"
    if problem["type"] == "extra_forbidden":
        hint = _nearest_key(key, name) if place == key else ""
        return f"{where}: there is no key {place!r}{hint}"
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


def _contradictions(
    sources: dict[str, Source], models: dict[str, ParameterModel | None]
) -> list[str]:
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
        told = check_together(design, hp)
        # sizes follow from a sound design alone
        told = told if found or told else check_filter(design, hp)
        found += [("hyperparams", sentence) for sentence in told]
    return [f"{_where_said(sources[name], sentence)}: {sentence}" for name, sentence in found]


def _where_said(source: Source, sentence: str) -> str:
    """The file, and the options behind the keys that a sentence speaks of."""
    options = [origin for key, origin in source.origins.items() if key in sentence]
    return ", ".join([str(source.path), *options])
