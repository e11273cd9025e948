"""Temple-Color 128: 128 videos in colour (Liang, Blasch and Ling, TIP 2015).

    Temple-color-128/
        Ball_ce1/
            Ball_ce1_frames.txt     first,last: numbers of the frames that count
            Ball_ce1_gt.txt         left, top, width, height: a row for each of them
            Ball_ce1_att.txt        attributes of the video, not read
            img/                    0001.jpg ...

Target: the one of the video, without a class. Absent: a row of 0 or NaN, of which none is known.
Left out: frames outside first to last (of David those before 300). The names of the files may be
written otherwise than the folder's (`trackit` in LitingLin/LoRAT tries small letters too), so they
are found by their ends, as in got10k 0.1.3.

First pixel: 1. The videos without `_ce` are those of earlier benchmarks, OTB's mostly, which counts
from 1, and the benchmark's loader in MATLAB (KCF_Color/load_video_color.m, beside the authors'
results in zj717754140/FirstTestGithub) takes `left + width - 1` for the last column. got10k and
pytracking take the numbers as they stand.

`path` is the folder of the videos. Jogging1 and Jogging2 follow two people through one `film`.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from src.base.errors import UserError
from src.datasets.ground_truth import read_boxes, read_flags
from src.datasets.labels import LabelledVideo, Source
from src.datasets.natural_order import natural_key
from src.datasets.numbered_frames import frames_between, numbered_frames
from src.datasets.one_target import check_rows, cut_blank_end, one_target_video

_FILMS = {"Jogging1": "Jogging", "Jogging2": "Jogging"}


def _recognise(path: Path) -> bool:
    try:
        return bool(_videos(path))
    except OSError:
        return False


def _units(path: Path) -> list[str]:
    if not path.is_dir():
        raise UserError(f"{path}: there is no such folder of Temple-Color videos")
    units = _videos(path)
    if not units:
        raise UserError(
            f"{path}: no video of Temple-Color; folders with <video>_gt.txt, <video>_frames.txt "
            "and img are right"
        )
    return sorted(units, key=natural_key)


def _read(path: Path, unit: str) -> Iterator[LabelledVideo]:
    folder = path / unit
    truth = _only_file(folder, "_gt.txt")
    first, last = _read_span(_only_file(folder, "_frames.txt"))
    boxes = cut_blank_end(read_boxes(truth, 1), last - first + 1)
    check_rows(len(boxes), last - first + 1, truth)
    images = folder / "img"
    frames = frames_between(images, numbered_frames(images), first, last, truth)
    yield one_target_video(unit, frames, boxes, truth, film=_FILMS.get(unit, ""))


def _evidence(path: Path, unit: str) -> list[Path]:
    return [path / unit, path / unit / "img"]


def _videos(path: Path) -> list[str]:
    """Names of the sub-folders with labels and frames."""
    with os.scandir(path) as entries:
        folders = [Path(entry.path) for entry in entries if entry.is_dir()]
    # img first: folders of other data sets may be long to list
    return [
        folder.name
        for folder in folders
        if (folder / "img").is_dir() and _with_end(folder, "_frames.txt")
    ]


def _with_end(folder: Path, end: str) -> list[str]:
    return [name for name in os.listdir(folder) if name.endswith(end) and name[0] != "."]


def _only_file(folder: Path, end: str) -> Path:
    names = _with_end(folder, end)
    if len(names) != 1:
        raise UserError(f"{folder}: {len(names)} files named <video>{end}; one is right")
    return folder / names[0]


def _read_span(path: Path) -> tuple[int, int]:
    numbers = read_flags(path).tolist()
    if len(numbers) != 2 or numbers[0] > numbers[1]:
        raise UserError(
            f"{path}: {numbers}; two numbers are right, those of the first and the last frame"
        )
    return numbers[0], numbers[1]


SOURCE = Source("Temple-Color 128", False, 1, _recognise, _units, _read, _evidence)
