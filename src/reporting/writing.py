"""From folders of results to a report."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from src.base.errors import UserError
from src.base.files import atomic_write_bytes, atomic_write_text
from src.datasets.segments import dataset_folder
from src.evaluating.results import SETTINGS
from src.parameters.models import Environment, Evaluation
from src.reporting.comparison import compare
from src.reporting.tracker_results import DataSet, read_about, read_results, tracker_name
from src.reporting.wrong_inputs import no_folder, refuse_own_videos

PAGE, PLOTS = "report.html", "report_plots"


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
    if page.exists() and not is_report(page):
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


def is_report(page: Path) -> bool:
    """Whether a file is a page that was written by this program."""
    if not page.is_file():
        return False
    # late: the page needs Matplotlib, which costs half a second
    from src.reporting.page import GENERATOR

    return GENERATOR.encode() in page.read_bytes()[:1000]


def named_folders(texts: Sequence[str]) -> dict[str, Path]:
    """The result folders by name of the tracker.

    Args:
        texts: `FOLDER` or `NAME=FOLDER`.

    Returns:
        In the same order.

    Raises:
        UserError: None is given, one is missing, or two have the same name.
    """
    if not texts:
        raise UserError(
            "no results are named: give one or more folders, results/<tracker>/<dataset>, or "
            "NAME=FOLDER"
        )
    folders: dict[str, Path] = {}
    for text in texts:
        name, folder = _named_folder(text)
        if name in folders:
            raise UserError(
                f"{folders[name]} and {folder}: both trackers are called {name}; give one "
                "another name by NAME=FOLDER"
            )
        folders[name] = folder
    return folders


def find_data_set(folders: dict[str, Path], env: Environment, evaluation: Evaluation) -> DataSet:
    """The videos that results were made of: as this project's results tell, or the parameters.

    Args:
        folders: Result folders by name of the tracker.
        env: Holds `root_dataset`.
        evaluation: `dataset` and `first_index`, for results of other programs alone, or where
            the folder that the results name is not there.

    Returns:
        The videos.

    Raises:
        UserError: Results were made of different data sets, or the videos are not there.
    """
    told = {
        name: read_about(path)[SETTINGS]
        for name, path in folders.items()
        if (path / SETTINGS).is_file()
    }
    places = {name: _place(settings) for name, settings in told.items()}
    for name, (place, first_index, _) in places.items():
        first, (other, other_index, _) = next(iter(places.items()))
        if (place.resolve(), first_index) != (other.resolve(), other_index):
            raise UserError(
                f"{first} was run on {other} (first_index {other_index}), {name} on {place} "
                f"(first_index {first_index}); results on one data set are right"
            )
    usual = (dataset_folder(env, evaluation), evaluation.first_index, evaluation.layout)
    chosen = next((place for place in places.values() if place[0].exists()), usual)
    try:
        return DataSet(*chosen)
    except UserError:
        for folder in folders.values():
            refuse_own_videos(folder)
        raise


def _place(settings: Mapping[str, Any]) -> tuple[Path, int | None, str | None]:
    """Data set, first pixel and layout that results were made with."""
    evaluation = settings.get("evaluation", {})
    folder = Path(str(settings.get("dataset")))
    return folder, evaluation.get("first_index"), evaluation.get("layout")


def _named_folder(text: str) -> tuple[str, Path]:
    """Name and folder; a path may hold `=` itself."""
    folder = Path(text)
    if folder.is_dir():
        return tracker_name(folder, read_about(folder)), folder
    name, _, path = text.partition("=")
    if not (name and path and Path(path).is_dir()):
        raise no_folder(path if name and Path(path).is_file() else text)
    return name, Path(path)
