"""Need for Speed: 100 videos at 240 frames a second, and thinned to 30 (Galoogahi, ICCV 2017).

    NfS/
        airboard_1/
            30/
                airboard_1/         00001.jpg ...
                airboard_1.txt      labels, the same as those of 240
            240/
                airboard_1/         00001.jpg ...
                airboard_1.txt      rows of VATIC, see `vatic_rows`

Target: a track; there is one a video in what readers know. Frames are counted from 1, or from 0
where a file has such a row, which is VATIC's own way. They are those of 240 a second, of which
every eighth is a picture at 30: frame 1 + 8 k is picture 1 + k (got10k 0.1.3; `trackit` in
LitingLin/LoRAT; in issue 160 of visionml/pytracking somebody found both files to be the same, and
its authors some videos a little out of step). Absent: `lost`; `occluded` and `generated` become
flags. Left out: labels one picture after the last, as in got10k.

First pixel: 0, and xmax and ymax are edges, as VATIC has it.

`path` is the top, which means 30 frames a second, or 240 for a video that has no 30. The path of
one rate (`NfS/airboard_1/240`) means that.
"""

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from src.base.errors import UserError
from src.datasets.labels import LabelledVideo, Source, Target
from src.datasets.natural_order import natural_key
from src.datasets.numbered_frames import consecutive_frames
from src.datasets.vatic_rows import VaticRows, read_vatic
from src.geometry.region_to_bbox import is_absent

_THINNED, _FULL = "30", "240"
_THINNING = 8
_LOOKED_AT = 50


def _recognise(path: Path) -> bool:
    try:
        names = islice(os.listdir(path), _LOOKED_AT)
    except OSError:
        return False
    return _is_rate(path) or any(_rates(path / name) for name in names)


def _units(path: Path) -> list[str]:
    if not path.is_dir():
        raise UserError(f"{path}: there is no such folder of Need for Speed")
    if _is_rate(path):
        return [_video_name(path)]
    names = sorted(os.listdir(path), key=natural_key)
    units = [f"{name}/{rates[0]}" for name in names if (rates := _rates(path / name))]
    if not units:
        raise UserError(
            f"{path}: no video of Need for Speed; folders <video>/30 with <video>.txt and the "
            "frames in <video> are right"
        )
    return units


def _read(path: Path, unit: str) -> Iterator[LabelledVideo]:
    labels, folder = _evidence(path, unit)
    frames = consecutive_frames(folder)
    rows, index = _counted(read_vatic(labels), len(frames), labels, folder)
    told = []
    if (index == len(frames)).any():
        told.append(f"{labels}: the labels after the last frame, {len(frames)}, are passed over")
    targets = []
    for track in sorted(rows.labels):
        own = np.flatnonzero((rows.tracks == track) & (index < len(frames)))
        name = str(track) if len(rows.labels) > 1 else ""
        target = _target(name, rows.labels[track], rows.chosen(own), index[own], labels)
        if is_absent(target.boxes_ltwh).all():
            told.append(f"{labels}, track {track}: is visible in no frame")
        else:
            targets.append(target)
    yield LabelledVideo(folder.name, frames, targets, left_out=told)


def _evidence(path: Path, unit: str) -> list[Path]:
    rate = path if _is_rate(path) else path / unit
    name = _video_name(rate)
    return [rate / f"{name}.txt", rate / name]


def _counted(
    rows: VaticRows, n_frames: int, labels: Path, folder: Path
) -> tuple[VaticRows, np.ndarray]:
    """The rows that are about a frame, and which frame that is: int64 [N], from 0."""
    index = rows.frames - int(rows.frames.min() != 0)
    # labels of 30 frames a second may be thinned already
    thinned = labels.parent.name == _THINNED and index.max() > n_frames
    step = _THINNING if thinned else 1
    # one frame after the last is passed over later
    lost = np.flatnonzero((index < 0) | (index // step > n_frames))
    if lost.size:
        raise UserError(
            f"{labels}, line {rows.lines[lost[0]]}: labels frame {rows.frames[lost[0]]}, which is "
            f"not among the {n_frames} of {folder}" + (", of eight each" if thinned else "")
        )
    counted = index % step == 0
    return rows.chosen(counted), index[counted] // step


def _target(name: str, label: str, rows: VaticRows, index: np.ndarray, labels: Path) -> Target:
    """The target of one track's rows, in the order of its frames."""
    order = np.argsort(index, kind="stable")
    rows, index = rows.chosen(order), index[order]
    twice = np.flatnonzero(np.diff(index) == 0)
    if twice.size:
        line, frame = rows.lines[twice[0] + 1], rows.frames[twice[0] + 1]
        raise UserError(
            f"{labels}, line {line}: labels frame {frame} of track {rows.tracks[0]} for the second "
            "time; one row a frame and track is right"
        )
    return Target(name, label, index.astype(np.int32), rows.boxes_ltwh, rows.flags)


def _is_rate(path: Path) -> bool:
    """Whether this is the folder of one rate of a video, as `airboard_1/240`."""
    name = _video_name(path)
    named = os.path.basename(os.path.abspath(path)) in (_THINNED, _FULL)
    return named and (path / f"{name}.txt").is_file() and (path / name).is_dir()


def _rates(video: Path) -> list[str]:
    """The rates that a video is there at, the one that is read first."""
    return [rate for rate in (_THINNED, _FULL) if _is_rate(video / rate)]


def _video_name(rate: Path) -> str:
    return Path(os.path.abspath(rate)).parent.name


SOURCE = Source("Need for Speed", False, 0, _recognise, _units, _read, _evidence)
