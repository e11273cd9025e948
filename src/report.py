"""Writes a report of one or several trackers: a page with plots, pictures and tables.

RESULTS is a result folder of this project (results/<tracker>/<dataset>) or one of another program:
<video>.txt or <video>/<video>_001.txt, a box a line, with times/<video>_time.txt if there are any.
NAME=FOLDER gives the tracker a name; --one-based NAME says that its files call the first pixel 1.
The videos are those that this project's results were made of, or else evaluation.dataset.
--out FOLDER gets report.html, which needs no other file, and its plots as PNG files in
report_plots/.

Example:
    python -m src report --out reports/first results/SiamFC/clips/test KCF=otb_results/KCF
"""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from src.base.errors import UserError
from src.base.files import new_folder
from src.parameters.command_line import run_door, shared_options

if TYPE_CHECKING:
    from src.parameters.parse_arguments import Parameters


def options(parser: argparse.ArgumentParser) -> None:
    """Adds the options of a report."""
    shared_options(parser)
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FOLDER",
        help="where the report goes: a new or empty folder, or that of an earlier report (needed)",
    )
    parser.add_argument(
        "--one-based",
        action="append",
        default=[],
        metavar="NAME",
        help="this tracker's files call the first pixel 1; may be repeated",
    )
    parser.add_argument("results", nargs="*", metavar="RESULTS", help="FOLDER or NAME=FOLDER")


def main(parameters: "Parameters", options: argparse.Namespace) -> None:
    """Reads the results and writes the report."""
    from src.reporting.writing import PAGE, is_report, named_folders, write_report

    if options.out is None or not is_report(options.out / PAGE):
        new_folder(options.out)
    folders = named_folders(options.results)
    unknown = sorted(set(options.one_based) - set(folders))
    if unknown:
        raise UserError(
            f"--one-based {unknown[0]}: there is no such tracker; known are {', '.join(folders)}"
        )
    _, evaluation, _, env, _ = parameters
    print(f"Page: {write_report(options.out, folders, env, evaluation, options.one_based)}")


if __name__ == "__main__":
    sys.exit(run_door(sys.modules[__name__], sys.argv[1:]))
