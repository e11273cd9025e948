"""JSON documents that hold the labels of many images: which one is meant, where its images lie."""

import os
import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from src.base.errors import UserError

# where a folder that a user names holds its documents; the first that has any counts
_PLACES = ("", "annotations", "Annotations", "train")
# a folder with a file for each image is no such data set
_PATIENCE = 32
# where images lie from a document's folder or the one above on; the first that holds one counts
_IMAGES = ("", "images", "Images", "frames", "JPEGImages", "Data/VID", "Data/DET")


def find_documents(path: Path, is_one: Callable[[Path], bool]) -> list[Path]:
    """Lists the documents that a path may mean; never raises.

    Args:
        path: One, or a folder: they lie in it, in its `annotations`, or in its `train`.
        is_one: Whether a JSON file is one.

    Returns:
        The document itself, or those of the first of these folders that has any, in order.
    """
    if path.is_file():
        return [path] if path.suffix.lower() == ".json" and is_one(path) else []
    for place in _PLACES:
        try:
            names = sorted(name for name in os.listdir(path / place) if name.endswith(".json"))
        except OSError:
            continue
        documents = [path / place / name for name in names[:_PATIENCE]]
        if found := list(filter(is_one, documents)):
            return found
    return []


def training_document(
    path: Path, is_one: Callable[[Path], bool], title: str, usual: str = ""
) -> str:
    """Says which document a path means: of several, the one for training.

    Args:
        path: See `find_documents`.
        is_one: Likewise.
        title: The data set's, for the message.
        usual: If names of documents begin like this, others do not count.

    Returns:
        Its path from `path` on; its name where `path` is the document.

    Raises:
        UserError: There is none, or several and not just one for training.
    """
    found = find_documents(path, is_one)
    if not found:
        raise UserError(
            f"{path}: holds no labels of {title}; a JSON file, or a folder with one in it or in "
            "its annotations/, is right"
        )
    found = [document for document in found if document.name.startswith(usual)] or found
    training = [
        document for document in found if re.search("(?<![a-z])train", document.stem.lower())
    ]
    if len(found) > 1 and len(training) != 1:
        names = ", ".join(document.name for document in training or found)
        raise UserError(f"{found[0].parent}: {names} may be meant; the path of one is right")
    document = training[0] if len(training) == 1 else found[0]
    return document.name if document == path else document.relative_to(path).as_posix()


def document_of(path: Path, unit: str) -> Path:
    """The document that `training_document` called `unit`."""
    return path / unit if path.is_dir() else path


class ImageFolder:
    """Where the images of a document lie, and which there are; each folder is listed once.

    They are looked for from the document's folder on, then from the one above: there, in
    `images`, `Images`, `frames`, `JPEGImages`, `Data/VID` and `Data/DET`, each time in the folder
    itself and then in a sub-folder that is named as a part of the document's name is (`train2017`
    for instances_train2017.json); at last in such a sub-folder's `JPEGImages`. The first that
    holds the first image counts for all.
    """

    def __init__(self, document: Path, first: str, where: str) -> None:
        """Finds the folder.

        Args:
            document: The document.
            first: The name of its first image, from that folder on.
            where: Of that image's record, for the message.

        Raises:
            UserError: None of these folders holds it.
        """
        parts = _parts(document)
        places = _image_places(document.parent, parts) + _image_places(
            document.parent.parent, parts
        )
        folder = next((place for place in places if (place / first).is_file()), None)
        if folder is None:
            raise UserError(
                f"{where}: there is no image {first}, neither beside {document.name} nor in "
                f"images/, frames/ or JPEGImages/, there or one folder above, nor in {parts[0]}/ "
                "in any of these"
            )
        self.folder = folder
        self._names = lru_cache(maxsize=64)(self._list)

    def holds(self, name: str) -> bool:
        """Whether there is an image of that name."""
        folder, _, file = name.rpartition("/")
        return file in self._names(folder)

    def _list(self, below: str) -> frozenset[str]:
        try:
            return frozenset(os.listdir(self.folder / below))
        except OSError:
            return frozenset()


def _parts(document: Path) -> list[str]:
    """Parts of the document's name, the last one first."""
    return [part for part in re.split(r"[_.-]", document.stem) if part][::-1]


def _image_places(base: Path, parts: list[str]) -> list[Path]:
    places = [base / usual / part for usual in _IMAGES for part in ("", *parts)]
    return places + [base / part / "JPEGImages" for part in parts]
