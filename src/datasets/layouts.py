"""The table of all sources, and which of them reads what a path names."""

from pathlib import Path

from src.base.errors import UserError
from src.datasets import (
    coco,
    coco_vid,
    cvat,
    davis,
    det,
    label_studio,
    lasot,
    mot,
    nfs,
    photo_csv,
    tc128,
    trackingnet,
    uav123,
    vid,
    youtube_vos,
)
from src.datasets.labels import Source
from src.datasets.video_folders import FOLDER_LAYOUTS, folder_source

# of folders with one video each, whatever they are
FOLDERS = "folders"

# recognised by their trees
TREES: dict[str, Source] = {
    "vid": vid.SOURCE,
    "lasot": lasot.SOURCE,
    "trackingnet": trackingnet.SOURCE,
    "uav123": uav123.SOURCE,
    "nfs": nfs.SOURCE,
    "tc128": tc128.SOURCE,
    "mot": mot.SOURCE,
    "davis": davis.SOURCE,
    "youtube_vos": youtube_vos.SOURCE,
    "coco_vid": coco_vid.SOURCE,
    "cvat": cvat.SOURCE,
    "label_studio": label_studio.SOURCE,
    "coco": coco.SOURCE,
    "det": det.SOURCE,
    "csv": photo_csv.SOURCE,
}

# what `train_layout`, `validation_layout` and `evaluation.layout` may name
SOURCES: dict[str, Source] = {
    **TREES,
    **{layout: folder_source(layout) for layout in FOLDER_LAYOUTS},
}
_ANY_FOLDERS = folder_source(None)


def find_source(path: Path, layout: str | None = None) -> tuple[str, Source]:
    """Says how a path is to be read.

    Args:
        path: A folder of videos, the top of a download, or a file of labels.
        layout: A key of `SOURCES`; None: by the tree.

    Returns:
        The key and the row; `FOLDERS` where no tree is recognised.

    Raises:
        UserError: There is nothing at the path, or two sources could read it.
    """
    if not path.exists():
        raise UserError(f"{path}: there is no such data set folder")
    keys = [layout] if layout is not None else recognised(path)
    if len(keys) > 1:
        titles = " and as ".join(source_of(key).title for key in keys)
        named = ", ".join(key for key in [*keys, *FOLDER_LAYOUTS] if key != FOLDERS)
        raise UserError(
            f"{path}: could be read as {titles}; name the layout by environment.train_layout, "
            f"environment.validation_layout or evaluation.layout ({named})"
        )
    key = keys[0] if keys else FOLDERS
    return key, source_of(key)


def recognised(path: Path) -> list[str]:
    """Keys of the sources that could read a path; `FOLDERS` is the last where it is one."""
    keys = [key for key, row in TREES.items() if row.recognise(path)]
    return [*keys, FOLDERS] if _ANY_FOLDERS.recognise(path) else keys


def source_of(key: str) -> Source:
    """The row of a key that `find_source` gave."""
    return _ANY_FOLDERS if key == FOLDERS else SOURCES[key]
