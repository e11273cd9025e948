"""DAVIS 2016 and 2017: masks of objects in every frame.

    DAVIS/JPEGImages/480p/bear/00000.jpg ...     or 1080p (2016), Full-Resolution (2017)
          Annotations/480p/bear/00000.png ...    Annotations_unsupervised in the packages of 2019
          ImageSets/2017/train.txt, val.txt ...  a name of a video a line
          ImageSets/480p/train.txt, val.txt ...  2016: /JPEGImages/480p/bear/00000.jpg and its mask

A path is the top (`train.txt` of 2017, else of 2016 is read, at 480p if it is there), the folder of
a resolution (`JPEGImages/1080p`), or a list of videos (`ImageSets/2017/val.txt`).

2017's masks are palette images: a target is a number, 0 the background, 255 void, which belongs to
no object (`VOID_LABEL` in davisvideochallenge/davis2017-evaluation). 2016's are grey, 0 and 255, of
one target without a name (davis-matlab's `db_read_annot.m`). A mask has its frame's size and name.
Boxes are the exact extents of the pixels, counted from 0. A target is absent where a mask has no
pixel of it; a frame without a mask (all but the first of a test part) is not labelled.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from src.base.errors import UserError
from src.datasets.frame_folders import frame_names, rows_by_stem, sub_folders
from src.datasets.labels import FrameFiles, LabelledVideo, Source, Target
from src.datasets.masks import list_masks, mask_evidence, read_mask_boxes
from src.datasets.natural_order import natural_key

_RESOLUTIONS = ("480p", "1080p", "Full-Resolution")
_ANNOTATIONS = ("Annotations", "Annotations_unsupervised")
_TRAINING_LISTS = ("2017", "2016", *_RESOLUTIONS)


class _Tree(NamedTuple):
    """Where the videos of a path lie: folders of folders, and the list of their names."""

    frames: Path
    masks: Path
    names: Path | None


def _recognise(path: Path) -> bool:
    return _tree(path) is not None


def _units(path: Path) -> list[str]:
    tree = _known_tree(path)
    if tree.names is not None:
        names = _listed(tree.names)
    elif (tree.frames.parents[1] / "ImageSets").is_dir():
        raise UserError(
            f"{path}: ImageSets holds no train.txt; name another list, such as "
            "ImageSets/2017/test-dev.txt, or get the package of the training part"
        )
    else:
        names = sub_folders(tree.masks)
    if not names:
        raise UserError(f"{tree.names or tree.masks}: names no video")
    return sorted(names, key=natural_key)


def _read(path: Path, unit: str) -> Iterator[LabelledVideo]:
    tree = _known_tree(path)
    folder = tree.frames / unit
    names = frame_names(folder)
    masks, rows = list_masks(tree.masks / unit, rows_by_stem(folder, names))
    found = read_mask_boxes(masks)
    flags = np.zeros(len(rows), dtype=np.uint8)
    yield LabelledVideo(
        unit,
        FrameFiles(folder, names),
        [
            Target(str(number) if found.numbered else "", "", rows, boxes_ltwh, flags)
            for number, boxes_ltwh in found.boxes_ltwh.items()
        ],
        found.size_wh,
        left_out=[] if found.boxes_ltwh else [f"{masks[0].parent}: no mask shows an object"],
    )


def _evidence(path: Path, unit: str) -> list[Path]:
    tree = _tree(path)
    if tree is None:
        return [path]
    lists = [] if tree.names is None else [tree.names]
    return [*lists, tree.frames / unit, *mask_evidence(tree.masks / unit)]


def _known_tree(path: Path) -> _Tree:
    tree = _tree(path)
    if tree is None:
        raise UserError(
            f"{path}: JPEGImages and Annotations, each with {', '.join(_RESOLUTIONS[:-1])} or "
            f"{_RESOLUTIONS[-1]}, are right"
        )
    return tree


def _tree(path: Path) -> _Tree | None:
    """What a path means; None if it is no part of DAVIS."""
    top, wanted, names = path, _RESOLUTIONS, None
    if path.suffix == ".txt" and path.parent.parent.name == "ImageSets":
        top, names = path.parents[2], path
        # 2016's lists are for one resolution each
        wanted = (path.parent.name,) if path.parent.name in _RESOLUTIONS else _RESOLUTIONS
    elif path.parent.name == "JPEGImages":
        top, wanted = path.parents[1], tuple({path.name} & {*_RESOLUTIONS})
    for annotations in _ANNOTATIONS:
        for resolution in wanted:
            frames, masks = top / "JPEGImages" / resolution, top / annotations / resolution
            if frames.is_dir() and masks.is_dir():
                return _Tree(frames, masks, names or _training_list(top))
    return None


def _training_list(top: Path) -> Path | None:
    lists = [top / "ImageSets" / part / "train.txt" for part in _TRAINING_LISTS]
    return next((path for path in lists if path.is_file()), None)


def _listed(path: Path) -> list[str]:
    """Names of the videos of a list, each once."""
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except FileNotFoundError as error:
        raise UserError(f"{path}: there is no such list of videos") from error
    firsts = [line.split()[0] for line in lines if line.strip()]
    return list(dict.fromkeys(Path(name).parent.name or name for name in firsts))


SOURCE = Source("DAVIS", False, 0, _recognise, _units, _read, _evidence)
