"""What a report is made of, as the command line names it: result folders and their videos."""

from collections.abc import Sequence
from pathlib import Path

from src.base.errors import UserError
from src.evaluating.results import SETTINGS
from src.parameters.models import Environment, Evaluation
from src.reporting.tracker_results import DataSet, read_about, tracker_name
from src.video.segments import dataset_folder


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
        raise UserError("no results are named: give one or more folders, or NAME=FOLDER")
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
    places = {
        name: (
            Path(str(settings.get("dataset"))),
            settings.get("evaluation", {}).get("first_index"),
        )
        for name, settings in told.items()
    }
    for name, (place, first_index) in places.items():
        first, (other, other_index) = next(iter(places.items()))
        if (place.resolve(), first_index) != (other.resolve(), other_index):
            raise UserError(
                f"{first} was run on {other} (first_index {other_index}), {name} on {place} "
                f"(first_index {first_index}); results on one data set are right"
            )
    for place, first_index in places.values():
        if place.is_dir():
            return DataSet(place, first_index)
    return DataSet(dataset_folder(env, evaluation), evaluation.first_index)


def _named_folder(text: str) -> tuple[str, Path]:
    """Name and folder; a path may hold `=` itself."""
    folder = Path(text)
    if folder.is_dir():
        return tracker_name(folder, read_about(folder)), folder
    name, _, path = text.partition("=")
    if not (name and path and Path(path).is_dir()):
        raise UserError(f"{text}: there is no such folder; FOLDER or NAME=FOLDER is right")
    return name, Path(path)
