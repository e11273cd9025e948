"""Writes a report of one or several trackers: a page with plots, pictures and tables.

python -m src.report --out FOLDER RESULTS [RESULTS ...]

RESULTS is a result folder of this project (results/<tracker>/<dataset>) or one of another program:
<video>.txt or <video>/<video>_001.txt, a box a line, with times/<video>_time.txt if there are any.
NAME=FOLDER gives the tracker a name; --one-based NAME says that its files call the first pixel 1.
The videos are those that this project's results were made of, or else evaluation.dataset.
FOLDER gets report.html, which needs no other file, and its plots as PNG files in report_plots/.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from src.base.errors import UserError, run_script
from src.parameters.parse_arguments import parse_arguments
from src.reporting.writing import (
    PAGE,
    is_report,
    named_folders,
    write_report,
)


def main(argv: Sequence[str]) -> None:
    """Reads the options and the results, and writes the report."""
    options = _parser().parse_args(argv)
    folder = _checked_place(options.out)
    rest = [word for text in options.set for word in ("--set", text)]
    if options.parameters:
        rest += ["--parameters", options.parameters]
    _, evaluation, _, env, _ = parse_arguments(rest)
    folders = named_folders(options.results)
    unknown = sorted(set(options.one_based) - set(folders))
    if unknown:
        raise UserError(
            f"--one-based {unknown[0]}: there is no such tracker; known are {', '.join(folders)}"
        )
    print(f"Page: {write_report(folder, folders, env, evaluation, options.one_based)}")


def _parser() -> argparse.ArgumentParser:
    """The options; what is missing is told by `main`."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="where the report goes")
    parser.add_argument("--one-based", action="append", default=[], metavar="NAME")
    parser.add_argument("--parameters", metavar="DIR", help="folder of the JSON files")
    parser.add_argument(
        "--set", action="append", default=[], metavar="FILE.KEY=VALUE", help="override one key"
    )
    parser.add_argument("results", nargs="*", metavar="RESULTS", help="FOLDER or NAME=FOLDER")
    return parser


def _checked_place(folder: Path | None) -> Path:
    """A folder for the report: new, empty, or of an earlier report."""
    if folder is None:
        raise UserError("--out is missing: name the folder that the report goes to")
    if folder.exists() and not folder.is_dir():
        raise UserError(f"--out {folder}: is a file; a folder is right")
    if folder.is_dir() and any(folder.iterdir()) and not is_report(folder / PAGE):
        raise UserError(
            f"--out {folder}: holds other files; a new or empty folder is right, or that of an "
            "earlier report"
        )
    return folder


if __name__ == "__main__":
    sys.exit(run_script(main, sys.argv[1:]))
