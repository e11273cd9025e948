"""TrackingNet: 30,132 videos of YouTube to learn from, 511 to be judged by (Müller, ECCV 2018).

    TrackingNet/
        TRAIN_0/ ... TRAIN_11/, TEST/
            zips/           as downloaded, not read
            frames/         made by the devkit's extract_frame.py
                <film>_<k>/     0.jpg, 1.jpg, ... 10.jpg, without leading zeros
            anno/
                <film>_<k>.txt  left, top, width, height: a row a frame; in TEST the first row alone

Target: the one of the video, without a class. In TEST it has one labelled frame, the first. Absent:
a width or height that is not above 0, as pytracking's `ltr/dataset/tracking_net.py` has it. Left
out: nothing. Boxes were followed by a tracker between one label a second (the paper), and many
reach beyond the frame; they stay as they are.

First pixel: 0: the devkit's `generate_BB_frames.py` draws the numbers with OpenCV as they stand,
with `left + width` on the right. Row k is `k.jpg`, counted from 0.

`path` is the top, which means the training parts, or one part (`TrackingNet/TRAIN_3`,
`TrackingNet/TEST`). Videos of one film share `film`, the name without its last number.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from src.base.errors import UserError
from src.datasets.ground_truth import read_boxes
from src.datasets.labels import LabelledVideo, Source
from src.datasets.natural_order import natural_key
from src.datasets.numbered_frames import frames_between, numbered_frames
from src.datasets.one_target import check_rows, cut_blank_end, one_target_video

_TRAINING_PART = re.compile(r"TRAIN_[0-9]+")


def _recognise(path: Path) -> bool:
    return _is_part(path) or _is_part(path / "TEST") or bool(_training_parts(path))


def _units(path: Path) -> list[str]:
    if _is_part(path):
        units = _names(path)
    else:
        units = [f"{part}/{name}" for part in _training_parts(path) for name in _names(path / part)]
    if not units:
        raise UserError(
            f"{path}: no labels of TrackingNet to learn from; folders TRAIN_0 to TRAIN_11 with "
            f"anno and frames are right, or {path / 'TEST'} for the test videos"
        )
    return units


def _read(path: Path, unit: str) -> Iterator[LabelledVideo]:
    truth, folder = _evidence(path, unit)
    numbered = numbered_frames(folder)
    boxes = cut_blank_end(read_boxes(truth, 0), len(numbered))
    n_frames = len(numbered) if len(boxes) == 1 else len(boxes)
    frames = frames_between(folder, numbered, 0, n_frames - 1, truth)
    check_rows(n_frames, len(numbered), truth)
    yield one_target_video(folder.name, frames, boxes, truth, film=folder.name.rpartition("_")[0])


def _evidence(path: Path, unit: str) -> list[Path]:
    part, _, name = unit.rpartition("/")
    return [path / part / "anno" / f"{name}.txt", path / part / "frames" / name]


def _is_part(path: Path) -> bool:
    return (path / "anno").is_dir() and (path / "frames").is_dir()


def _training_parts(top: Path) -> list[str]:
    """Names of the training parts in a folder, in natural order; none if there is no folder."""
    try:
        names = sorted(filter(_TRAINING_PART.fullmatch, os.listdir(top)), key=natural_key)
    except OSError:
        return []
    return [name for name in names if _is_part(top / name)]


def _names(part: Path) -> list[str]:
    labels = [name[:-4] for name in os.listdir(part / "anno") if name.endswith(".txt")]
    return sorted((name for name in labels if not name.startswith(".")), key=natural_key)


SOURCE = Source("TrackingNet", False, 0, _recognise, _units, _read, _evidence)
