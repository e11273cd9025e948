"""The command line: options that every script and command has, and how a command is run."""

import argparse
import functools
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import NoReturn

from src.base.errors import UserError, run_script
from src.parameters.sources import RECOMMENDED, USUAL


class CommandParser(argparse.ArgumentParser):
    """Options with a text that `--help` shows as it is written; takes whole names only."""

    def __init__(self, description: str, prog: str | None = None):
        """Makes a parser without options.

        Args:
            description: Told by `--help` below the usage, an example last.
            prog: What is typed before the options; None: the script's name.
        """
        super().__init__(
            prog=prog,
            description=description.strip(),
            allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )

    def error(self, message: str) -> NoReturn:
        """Tells what is wrong with the options as everything else that a user got wrong."""
        raise UserError(f"{message}; {self.prog} --help tells all options")


def shared_options(parser: argparse.ArgumentParser, recommended: bool = False) -> None:
    """Adds the options that say where parameters are read, and which.

    Args:
        parser: Gets them.
        recommended: Whether the recommended design is taken where none is named.
    """
    parser.set_defaults(recommended=recommended)
    parser.add_argument(
        "--parameters",
        type=Path,
        default=USUAL,
        metavar="DIR",
        help="folder of the JSON files (default: parameters)",
    )
    parser.add_argument(
        "--hyperparams",
        type=Path,
        metavar="FILE",
        help="other hyper-parameters than those that the design names",
    )
    parser.add_argument("--design", type=Path, metavar="FILE", help="another network")
    usual = f" (default: {RECOMMENDED})" if recommended else f", e.g. {RECOMMENDED}"
    parser.add_argument(
        "--model", metavar="NAME", help=f"short for --design design_NAME.json{usual}"
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="FILE.KEY=VALUE",
        help="override one key, e.g. evaluation.video=all; may be repeated",
    )


def door_parser(door: ModuleType) -> CommandParser:
    """The options of a door, its docstring as help.

    Args:
        door: A module of `src` with `options(parser)`.
    """
    name = door.__spec__.name.rpartition(".")[2]
    parser = CommandParser(door.__doc__, f"python -m src {name}")
    door.options(parser)
    return parser


def call_door(door: ModuleType, argv: Sequence[str]) -> None:
    """Reads options and parameters and does a door's work.

    Args:
        door: A module of `src` with `options(parser)` and `main(parameters, options)`; one without
            `shared_options` gets None for the parameters.
        argv: Its arguments.

    Raises:
        UserError: An option or a parameter is wrong.
        SystemExit: `--help` (status 0).
    """
    options, parameters = door_parser(door).parse_args(argv), None
    if hasattr(options, "parameters"):
        # late: Pydantic costs a third of a second, and help is told without it
        from src.parameters.parse_arguments import read_parameters

        parameters = read_parameters(options)
    door.main(parameters, options)


def run_door(door: ModuleType, argv: Sequence[str]) -> int:
    """As `call_door`; returns the exit status, see `run_script`."""
    return run_script(functools.partial(call_door, door), argv)
