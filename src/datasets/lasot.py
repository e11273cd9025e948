"""LaSOT: 1,400 long videos of 70 classes of things (Fan et al., CVPR 2019, IJCV 2021).

    LaSOT/                      training_set.txt, testing_set.txt: names of videos (newer downloads)
        airplane/               a class; or its videos lie in LaSOT/ itself
            airplane-1/
                groundtruth.txt     left, top, width, height: a row a frame
                full_occlusion.txt  0 or 1 for each frame, all in one line, with commas
                out_of_view.txt     likewise
                nlp.txt             a description, not read
                img/                00000001.jpg ...

Target: the one of the video; its label is the class. Absent: wholly hidden or out of view, by
either flag, or a width or height of 0 (as pytracking's `ltr/dataset/lasot.py` has it). Row k is
frame k by its file's number. Left out: nothing; frames after the last row have no label, as in
monkey-17 (of which LaSOT_Evaluation_Toolkit, too, judges the labelled frames only).

First pixel: 1, as the authors say (issue 14 of LaSOT_Evaluation_Toolkit), and as the reader of one
of them has it (`trackit` in LitingLin/LoRAT). The 15 classes that came in 2020 count from 0: that
reader takes their numbers as they stand, and the issue tells of many zeros among them.

`path` is the top or the folder of a class. Where `testing_set.txt` lies at the top, the top means
all other videos, the training part; the path of a list (`LaSOT/testing_set.txt`) means its videos.
"""

import os
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from src.base.errors import UserError
from src.datasets.ground_truth import read_boxes, read_flags
from src.datasets.labels import LabelledVideo, Source
from src.datasets.natural_order import natural_key
from src.datasets.numbered_frames import frames_between, numbered_frames
from src.datasets.one_target import cut_blank_end, one_target_video

_FLAGS = ("full_occlusion.txt", "out_of_view.txt")
_TEST_LIST = "testing_set.txt"
_LISTS = (_TEST_LIST, "training_set.txt")
# the extension of 2020, whose numbers count from 0
_FROM_ZERO = re.compile(
    "atv|badminton|cosplay|dancingshoe|footbag|frisbee|jianzi|lantern|misc|opossum|paddle|raccoon"
    "|rhino|skatingshoe|wingsuit"
)
_LOOKED_AT = 50


def _recognise(path: Path) -> bool:
    try:
        return any(map(_holds_video, islice(_sub_folders(_top(path)), _LOOKED_AT)))
    except OSError:
        return False


def _units(path: Path) -> list[str]:
    top = _top(path)
    units = _all_units(top)
    if path.name in _LISTS:
        names = _read_list(path)
        lost = next((name for name in names if name not in units), None)
        if lost is not None:
            raise UserError(f"{path}: names the video {lost}, which is not in {top}")
        return [units[name] for name in names]
    held_out = set(_read_list(top / _TEST_LIST)) if (top / _TEST_LIST).is_file() else set()
    chosen = [unit for name, unit in units.items() if name not in held_out]
    if not chosen:
        raise UserError(
            f"{path}: no video of LaSOT to learn from; folders with groundtruth.txt, "
            "full_occlusion.txt, out_of_view.txt and img are right"
        )
    return chosen


def _read(path: Path, unit: str) -> Iterator[LabelledVideo]:
    folder = _top(path) / unit
    truth = folder / "groundtruth.txt"
    label = folder.name.rpartition("-")[0]
    numbered = numbered_frames(folder / "img")
    first_index = 0 if _FROM_ZERO.fullmatch(label) else 1
    boxes = cut_blank_end(read_boxes(truth, first_index), max(numbered))
    frames = frames_between(folder / "img", numbered, 1, len(boxes), truth)
    boxes[_invisible(folder, len(boxes))] = np.nan
    later = [file for number, file in numbered.items() if number > len(boxes)]
    told = [f"{truth}: the {len(later)} frames after row {len(boxes)} have no label"]
    yield one_target_video(
        folder.name,
        frames + later,
        boxes,
        truth,
        label=label,
        left_out=told if later else (),
        first_index=first_index,
    )


def _evidence(path: Path, unit: str) -> list[Path]:
    folder = _top(path) / unit
    return [folder, folder / "img"]


def _top(path: Path) -> Path:
    return path.parent if path.name in _LISTS else path


def _all_units(top: Path) -> dict[str, str]:
    """Videos in a folder or in those of its classes: from name to path below it, in order."""
    paths = []
    for folder in _sub_folders(top):
        if _has_truth(folder):
            paths.append(folder.name)
        else:
            paths += [
                f"{folder.name}/{sub.name}" for sub in _sub_folders(folder) if _has_truth(sub)
            ]
    units: dict[str, str] = {}
    for path in sorted(paths, key=natural_key):
        name = path.rpartition("/")[2]
        if name in units:
            raise UserError(f"{top}: {units[name]} and {path} have one name; one video is right")
        units[name] = path
    return units


def _invisible(folder: Path, n_rows: int) -> np.ndarray:
    """Where one of the flags is set, bool [n_rows]."""
    hidden = np.zeros(n_rows, dtype=bool)
    for name in _FLAGS:
        if (folder / name).is_file():
            flags = read_flags(folder / name)
            if len(flags) != n_rows:
                raise UserError(
                    f"{folder / name}: {len(flags)} numbers for {n_rows} rows of groundtruth.txt; "
                    "one for each row is right"
                )
            hidden |= flags != 0
    return hidden


def _read_list(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").split()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: is not a list of videos, one name a line") from error


def _holds_video(folder: Path) -> bool:
    """Whether this is a video, or the folder of a class with videos."""
    return any(map(_has_flags, [folder, *islice(_sub_folders(folder), 2)]))


def _has_flags(folder: Path) -> bool:
    return _has_truth(folder) and any((folder / name).is_file() for name in _FLAGS)


def _has_truth(folder: Path) -> bool:
    return (folder / "groundtruth.txt").is_file()


def _sub_folders(folder: Path) -> Iterator[Path]:
    if not folder.is_dir():
        return
    with os.scandir(folder) as entries:
        for entry in entries:
            if not entry.name.startswith(".") and entry.is_dir():
                yield Path(entry.path)


SOURCE = Source("LaSOT", False, 1, _recognise, _units, _read, _evidence)
