"""Label files that hold everything of their videos: where they lie."""

import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from src.base.errors import UserError
from src.datasets.natural_order import natural_key

# folders that are looked into before a path is taken for something else
_PATIENCE = 100
_BEGINNING = 1 << 16


def begins_with(path: Path, *words: bytes) -> bool:
    """Whether the beginning of a file, its first 64 KiB, holds all of these words."""
    try:
        with path.open("rb") as file:
            beginning = file.read(_BEGINNING)
    except OSError:
        return False
    return all(word in beginning for word in words)


def holds_document(path: Path, usual_name: str, is_one: Callable[[Path], bool]) -> bool:
    """Whether `find_documents` would find any; looks into a hundred folders at most."""
    return any(True for _ in _documents(path, usual_name, is_one, _PATIENCE))


def find_documents(
    path: Path, usual_name: str, is_one: Callable[[Path], bool], title: str
) -> list[str]:
    """Lists the label files of one tool.

    Args:
        path: One of them, a folder that holds some, or a folder of folders each of which holds one
            by its usual name: exports unpacked side by side.
        usual_name: What the tool calls it; others count by its suffix.
        is_one: Whether a file of that suffix is one, by its beginning.
        title: Of the tool, for the message.

    Returns:
        Their paths from `path` on, in natural order; the name alone where `path` is the file.

    Raises:
        UserError: There is none.
    """
    found = list(_documents(path, usual_name, is_one, None))
    if not found:
        raise UserError(
            f"{path}: holds no labels of {title}; {usual_name} as it was exported, or the folder "
            "it lies in, is right"
        )
    return sorted(found, key=natural_key)


def document(path: Path, unit: str) -> Path:
    """The file that `find_documents` called `unit`."""
    return path / unit if path.is_dir() else path


def _documents(
    path: Path, usual_name: str, is_one: Callable[[Path], bool], patience: int | None
) -> Iterator[str]:
    """Paths from `path` on; folders are looked into where `path` itself holds none."""
    suffix = Path(usual_name).suffix
    if not path.is_dir():
        if path.suffix.lower() == suffix and is_one(path):
            yield path.name
        return
    with os.scandir(path) as entries:
        inside = list(entries)
    files = [entry.name for entry in inside if entry.name.lower().endswith(suffix)]
    own = [name for name in files if is_one(path / name)]
    yield from own
    if not own:
        folders = (entry for entry in inside if entry.is_dir())
        for entry in itertools.islice(folders, patience):
            if is_one(path / entry.name / usual_name):
                yield f"{entry.name}/{usual_name}"
