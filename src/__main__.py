"""All commands: `python -m src` lists them, `python -m src NAME` runs one.

`python -m src.NAME` is the same as `python -m src NAME`.
"""

import ast
import difflib
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from src.base.errors import UserError, run_script
from src.parameters.command_line import call_door

# what is typed -> the module
COMMANDS = {
    name: f"src.{name}"
    for name in (
        "report",
        "opencv_baselines",
        "learning_curve",
        "search_hyperparams",
        "calibrate_confidence",
        "release_weights",
        "export",
        "light",
        "annotations",
        "vot_client",
        "benchmark",
        "pprint_params",
    )
}


def main(argv: Sequence[str]) -> None:
    """Runs a command, or lists all.

    Raises:
        UserError: There is no such command, or it was given something wrong.
    """
    if not argv or argv[0] in ("-h", "--help"):
        print(command_list())
        return
    name, *arguments = argv
    if name not in COMMANDS:
        nearest = difflib.get_close_matches(name, COMMANDS, n=1, cutoff=0.5)
        hint = f" (did you mean {nearest[0]}?)" if nearest else ""
        raise UserError(f"{name}: there is no such command{hint}; python -m src lists all")
    call_door(_imported(name), arguments)


def _imported(name: str) -> ModuleType:
    """A command's module; what is not installed for it is told."""
    try:
        return importlib.import_module(COMMANDS[name])
    except ModuleNotFoundError as error:
        raise UserError(
            f"{name} needs the package {error.name}, which is not installed: pip install -r "
            "requirements.txt (requirements-light.txt is for python -m src light alone)"
        ) from error


def command_list() -> str:
    """A line for each command, and how one is run; imports none."""
    width = max(map(len, COMMANDS))
    lines = [f"  {name:{width}}  {_summary(name)}" for name in COMMANDS]
    usage = "python -m src NAME runs a command, python -m src NAME --help tells its options."
    return "\n".join(["Commands:", *lines, "", usage])


def _summary(name: str) -> str:
    """The first line of a command's docstring."""
    path = Path(__file__).with_name(f"{name}.py")
    return ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))).split("\n", 1)[0]


if __name__ == "__main__":
    sys.exit(run_script(main, sys.argv[1:]))
