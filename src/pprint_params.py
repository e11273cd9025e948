"""Shows the parameters: the resolved values, or the tables of all keys as docs/parameters.md.

Example:
    python -m src pprint_params --model siamfc_online_lite0 --set run.seed=2
"""

import argparse
import json
import sys
import types
import typing
from collections.abc import Iterator, Mapping, Sequence

from src.parameters.command_line import run_door, shared_options
from src.parameters.sources import BESIDE_THE_SCRIPTS

if typing.TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from src.parameters.models import ParameterModel
    from src.parameters.parse_arguments import Parameters

BOUNDS = {"ge": "≥ {}", "gt": "> {}", "le": "≤ {}", "lt": "< {}"}
KINDS = {int: "whole number", float: "number", str: "text", bool: "true, false"}
HEAD = """# Parameters

Settings stand in five JSON files in `parameters/`. `--design FILE` and `--hyperparams FILE` take
others in place of two of them, `--set file.key=value` changes a single key. A design names the
hyper-parameters that belong to it, so `--design` alone suffices; `--model NAME` is short for
`--design design_NAME.json`. Unknown keys, wrong types and
values out of range are refused in one sentence. `python -m src pprint_params` prints the values in
force; `python -m src pprint_params --table > docs/parameters.md` writes this page.

*If missing* is what a file without the key means; keys that say "an error" are those of the
original SiamFC-tf, whose files stay valid. *Shipped* is the value in `parameters/`, in the file
that the heading names."""


def format_params(models: "Sequence[ParameterModel]") -> str:
    """The resolved values, a line a key.

    Args:
        models: As `parse_arguments` returns them.

    Returns:
        Lines of `file.key   value`, aligned.
    """
    from src.parameters.parse_arguments import MODELS

    rows = [
        (f"{name}.{key}", str(value))
        for name, model in zip(MODELS, models, strict=True)
        for key, value in model.model_dump(mode="json").items()
    ]
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"{name:{width}}  {value}" for name, value in rows)


def parameter_table() -> str:
    """The page of all keys, Markdown: a table for each file, with its shipped values."""
    from src.parameters.parse_arguments import MODELS

    tables = (
        "\n".join([f"## {name}.json", "", *_rows(model, _shipped(name))])
        for name, model in MODELS.items()
    )
    return "\n\n".join([HEAD, *tables])


def _shipped(name: str) -> Mapping[str, object]:
    """The values of a file in `parameters/`."""
    return json.loads((BESIDE_THE_SCRIPTS / f"{name}.json").read_text(encoding="utf-8"))


def _rows(model: "type[ParameterModel]", shipped: Mapping[str, object]) -> Iterator[str]:
    """The table of one file."""
    yield "| key | allowed | if missing | shipped | meaning |"
    yield "|---|---|---|---|---|"
    for key, info in model.model_fields.items():
        default = "an error" if info.is_required() else f"`{_default(info.default)}`"
        value = f"`{json.dumps(shipped[key])}`" if key in shipped else "not set"
        yield f"| `{key}` | {_allowed(info)} | {default} | {value} | {info.description} |"


def _default(value: object) -> str:
    """A value as a file would hold it."""
    if isinstance(value, tuple) and value and hasattr(value[0], "model_dump"):
        return json.dumps([part.model_dump() for part in value])
    return json.dumps(value)


def _allowed(info: "FieldInfo") -> str:
    """What a key may hold, in words."""
    return ", ".join([_kind(info.annotation), *_bounds(info.metadata)])


def _kind(annotation: object) -> str:
    """The type of a value, in words."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Literal:
        return ", ".join(f"`{json.dumps(value)}`" for value in arguments)
    if origin is typing.Annotated:
        return ", ".join([_kind(arguments[0]), *_bounds(arguments[1:])])
    if origin is tuple:
        parts = [_kind(part) for part in arguments if part is not Ellipsis]
        return f"list of {parts[0]}" if Ellipsis in arguments else f"[{'; '.join(parts)}]"
    if origin in (types.UnionType, typing.Union):
        return " or ".join(_kind(part) for part in arguments)
    if hasattr(annotation, "model_fields"):
        return "{" + ", ".join(f'"{key}": …' for key in annotation.model_fields) + "}"
    return "null" if annotation is types.NoneType else KINDS[annotation]


def _bounds(metadata: Sequence[object]) -> list[str]:
    """Limits of a value, in signs."""
    found = []
    for entry in metadata:
        parts = [entry, *getattr(entry, "metadata", ())]
        found += [
            text.format(limit)
            for part in parts
            for name, text in BOUNDS.items()
            if (limit := getattr(part, name, None)) is not None
        ]
        if getattr(getattr(entry, "func", None), "__name__", "") in WORDS:
            found.append(WORDS[entry.func.__name__])
    return found


WORDS = {"_odd": "odd", "_switch": "0, 1"}


def options(parser: argparse.ArgumentParser) -> None:
    """Adds the option for the tables."""
    shared_options(parser)
    parser.add_argument("--table", action="store_true", help="print the page of all keys, Markdown")


def main(parameters: "Parameters", options: argparse.Namespace) -> None:
    """Prints the values, or with `--table` the table."""
    print(parameter_table() if options.table else format_params(parameters))


if __name__ == "__main__":
    sys.exit(run_door(sys.modules[__name__], sys.argv[1:]))
