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
from src.base.files import atomic_write_bytes, atomic_write_text
from src.parameters.models import Environment, Evaluation
from src.parameters.parse_arguments import parse_arguments
from src.reporting.comparison import compare
from src.reporting.page_style import GENERATOR
from src.reporting.report_inputs import find_data_set, named_folders
from src.reporting.tracker_results import read_about, read_results, tracker_name

PAGE, PLOTS = "report.html", "report_plots"


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


def report_evaluation(results: Path, env: Environment, evaluation: Evaluation) -> None:
    """Writes the report of an evaluation into its result folder, and says so.

    Whatever goes wrong is told and no more: the results are whole without it.

    Args:
        results: The result folder.
        env: See `write_report`.
        evaluation: See `write_report`.
    """
    try:
        folders = {tracker_name(results, read_about(results)): results}
        print(f"Page: {write_report(results, folders, env, evaluation)}")
    except Exception as error:  # a picture less is no reason to end without success
        print(f"warning: {results / PAGE} was not written: {error}", file=sys.stderr)


def write_report(
    folder: Path,
    folders: dict[str, Path],
    env: Environment,
    evaluation: Evaluation,
    one_based: Sequence[str] = (),
) -> Path:
    """Reads results, compares them and writes the report.

    Args:
        folder: Where it goes; other files there are left alone.
        folders: Result folders by name of the tracker, at least one.
        env: Holds `root_dataset`.
        evaluation: `dataset`, if no result folder tells it, and `dist_threshold`.
        one_based: Trackers of other programs that call the first pixel 1.

    Returns:
        The page.

    Raises:
        UserError: Results are damaged or do not fit the videos; or a file that is no report has
            the page's name.
    """
    page = folder / PAGE
    if page.exists() and not _is_report(page):
        raise UserError(f"{page}: is not a report that was written here; it is not overwritten")
    data = find_data_set(folders, env, evaluation)
    trackers = [read_results(name, path, data, name in one_based) for name, path in folders.items()]
    comparison = compare(trackers, data, evaluation.dist_threshold)
    # late: Matplotlib costs half a second, and wrong results are told without it
    from src.reporting.page import make_report

    report = make_report(comparison, data.folder)
    for name, png in report.pictures.items():
        atomic_write_bytes(folder / PLOTS / name, png)
    atomic_write_text(page, report.page)
    return page


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
    if folder.is_dir() and any(folder.iterdir()) and not _is_report(folder / PAGE):
        raise UserError(
            f"--out {folder}: holds other files; a new or empty folder is right, or that of an "
            "earlier report"
        )
    return folder


def _is_report(page: Path) -> bool:
    """Whether a file is a page that was written by this program."""
    return page.is_file() and GENERATOR.encode() in page.read_bytes()[:1000]


if __name__ == "__main__":
    sys.exit(run_script(main, sys.argv[1:]))
