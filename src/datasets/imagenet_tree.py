"""The tree that ImageNet's downloads share: images below `Data/`, labels below `Annotations/`."""

import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from src.base.errors import UserError
from src.video.images import IMAGE_SUFFIXES

_TRAINING = "train"
_IMAGES = (".JPEG", *IMAGE_SUFFIXES)


def find_part(path: Path, kind: str) -> tuple[Path, str] | None:
    """Says which part of a download a path means.

    Args:
        path: The top of the download, or `Data/<kind>` or anything below it.
        kind: "VID" or "DET".

    Returns:
        The top, and the part as its path below `Data/<kind>`, "train" where the whole is named;
        None if this is no such tree.
    """
    for images in (path / "Data" / kind, path, *path.parents):
        top = images.parent.parent
        if images == top / "Data" / kind and (top / "Annotations" / kind).is_dir():
            below = path.relative_to(images).parts if images in (path, *path.parents) else ()
            return top, "/".join(below) or _TRAINING
    return None


@lru_cache(maxsize=4)
def named_part(path: Path, kind: str) -> tuple[Path, str]:
    """As `find_part`.

    Raises:
        UserError: This is no such tree.
    """
    found = find_part(path, kind)
    if found is None:
        raise UserError(
            f"{path}: is no ILSVRC {kind}; a folder with Data/{kind} and Annotations/{kind}, or a "
            f"part such as Data/{kind}/val, is right"
        )
    return found


def unit_folders(path: Path, kind: str, unit: str) -> tuple[Path, Path]:
    """Where the images of a unit lie, and where their labels.

    Args:
        path: As for `find_part`, like the next one.
        kind: "VID" or "DET".
        unit: As `labelled_folders` gives it.

    Raises:
        UserError: This is no such tree.
    """
    top, _ = named_part(path, kind)
    return top / "Data" / kind / unit, top / "Annotations" / kind / unit


def labelled_folders(top: Path, kind: str, part: str) -> Iterator[str]:
    """Finds the folders of XML files in a part, in order.

    Args:
        top: See `find_part`.
        kind: Likewise.
        part: Likewise.

    Yields:
        Their paths below `Annotations/<kind>`, which are those of the images below `Data/<kind>`.

    Raises:
        UserError: There is no such part.
    """
    folder = top / "Annotations" / kind / part
    try:
        with os.scandir(folder) as entries:
            holds_labels = any(entry.name.endswith(".xml") for entry in entries)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UserError(f"{folder}: there is no such folder of labels") from error
    if holds_labels:
        yield part
        return
    for name in _sub_folders(folder):
        yield from labelled_folders(top, kind, f"{part}/{name}")


def label_files(folder: Path) -> list[str]:
    """Names of the XML files in a folder, in order."""
    return sorted([name for name in os.listdir(folder) if name.endswith(".xml")])


def image_files(folder: Path) -> list[str]:
    """Names of the images in a folder, in order.

    Raises:
        UserError: There is no such folder.
    """
    try:
        return sorted([name for name in os.listdir(folder) if name.endswith(_IMAGES)])
    except FileNotFoundError as error:
        raise UserError(f"{folder}: there is no such folder of images") from error


def _sub_folders(folder: Path) -> list[str]:
    """Names of the folders in a folder, in order; where links lead to one of them, it alone.

    Preparations for other programs leave such links (`a` to `i` for pysot): all videos twice.
    """
    with os.scandir(folder) as entries:
        found = sorted((entry.is_symlink(), entry.name) for entry in entries if entry.is_dir())
    here = os.path.realpath(folder)
    names: dict[str, str] = {}
    for is_link, name in found:
        place = os.path.join(here, name)
        names.setdefault(os.path.realpath(place) if is_link else place, name)
    return sorted(names.values())
