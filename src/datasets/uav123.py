"""UAV123: 123 videos filmed from drones, and UAV20L, 20 long ones (Mueller et al., ECCV 2016).

    UAV123/
        data_seq/UAV123/<folder>/   000001.jpg ...
        anno/UAV123/<video>.txt     left, top, width, height: a row a frame
        anno/UAV20L/<video>.txt     likewise, of the same frames
        anno/*/att/                 attributes of whole videos, not read

Target: the one of the video; its label is its kind, the letters of its name. Several videos of
UAV123 are parts of one folder (bird1_2 is frames 775 to 1477 of bird1), which is their `film`;
neighbours share a frame. Those of UAV20L are whole folders. `_TABLE` holds the facts of the data
set's own configSeqs.m, as got10k 0.1.3 (`uav123.json`) and pytracking (`uavdataset.py`) pass them
on. Absent: rows of NaN, wholly hidden or out of the frame by the data set's ReadMe. Left out:
frames that no video covers.

First pixel: 1. No page says so; the labels are made for the MATLAB code of OTB ("configSeqs.m
configures the dataset for OTB50/OTB100", says the ReadMe), whose pixels count from 1. got10k and
pytracking take these numbers, as those of OTB, as they stand.

`path` is the top, which means UAV123, or `UAV123/anno/UAV20L`, which means those.
"""

import functools
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from src.base.errors import UserError
from src.datasets.ground_truth import read_boxes
from src.datasets.labels import LabelledVideo, Source
from src.datasets.natural_order import natural_key
from src.datasets.numbered_frames import frames_between, numbered_frames
from src.datasets.one_target import check_rows, cut_blank_end, one_target_video

# folders: the last frame of one that is a video, the first and last frames of several in one
_TABLE = """
bike1 3085, bike2 553, bike3 433
bird1 1-253 775-1477 1573-2437
boat1 901, boat2 799, boat3 901, boat4 553, boat5 505, boat6 805, boat7 535, boat8 685, boat9 1399
building1 469, building2 577, building3 829, building4 787, building5 481
car1 1-751 751-1627 1627-2629
car1_s 1475, car2 1321, car2_s 320, car3 1717, car3_s 1300, car4 1345, car4_s 830, car5 745
car6 1-487 487-1807 1807-2953 2953-3925 3925-4861
car7 1033
car8 1-1357 1357-2575
car9 1879, car10 1405, car11 337, car12 499, car13 415, car14 1327, car15 469
car16 1-415 415-1993
car17 1057, car18 1207
group1 1-1333 1333-2515 2515-3925 3925-4873
group2 1-907 907-1771 1771-2683
group3 1-1567 1567-2827 2827-4369 4369-5527
person1 799, person1_s 1600
person2 1-1189 1189-2623
person2_s 250, person3 643, person3_s 505
person4 1-1501 1501-2743
person5 1-877 877-2101
person6 901
person7 1-1249 1249-2065
person8 1-1075 1075-1525
person9 661, person10 1021, person11 721
person12 1-601 601-1621
person13 883
person14 1-847 847-1813 1813-2923
person15 1339, person16 1147
person17 1-1501 1501-2347
person18 1393
person19 1-1243 1243-2791 2791-4357
person20 1783, person21 487, person22 199, person23 397
truck1 463, truck2 385, truck3 535
truck4 1-577 577-1261
uav1 1-1555 1555-2377 2473-3469
uav2 133, uav3 265, uav4 157, uav5 139, uav6 109, uav7 373, uav8 301
wakeboard1 421, wakeboard2 733, wakeboard3 823, wakeboard4 697, wakeboard5 1675, wakeboard6 1165
wakeboard7 199, wakeboard8 1543, wakeboard9 355, wakeboard10 469
"""
_LONG = "UAV20L"


class _Span(NamedTuple):
    folder: str
    first: int
    last: int


def _recognise(path: Path) -> bool:
    labels = _labels(path)
    return labels.is_dir() and (labels.parent.parent / "data_seq" / "UAV123").is_dir()


def _units(path: Path) -> list[str]:
    labels = _labels(path)
    if not labels.is_dir():
        raise UserError(f"{labels}: there is no such folder of labels of UAV123")
    files = [name for name in os.listdir(labels) if re.fullmatch(r"\w+\.txt", name)]
    if not files:
        raise UserError(f"{labels}: holds no labels; a file <video>.txt for each video is right")
    return [name[:-4] for name in sorted(files, key=natural_key)]


def _read(path: Path, unit: str) -> Iterator[LabelledVideo]:
    labels = _labels(path)
    truth, folder = labels / f"{unit}.txt", _frames(labels, unit)
    span = _videos(labels.name).get(unit)
    if span is None:
        raise UserError(
            f"{truth}: {labels.name} has no video of this name, so that its frames are not known"
        )
    n_frames = span.last - span.first + 1
    boxes = cut_blank_end(read_boxes(truth, 1), n_frames)
    check_rows(len(boxes), n_frames, truth)
    frames = frames_between(folder, numbered_frames(folder), span.first, span.last, truth)
    kind = re.match("[a-z]*", unit)[0]
    yield one_target_video(unit, frames, boxes, truth, label=kind, film=span.folder)


def _evidence(path: Path, unit: str) -> list[Path]:
    labels = _labels(path)
    return [labels / f"{unit}.txt", _frames(labels, unit)]


def _labels(path: Path) -> Path:
    """The folder of labels that a path means."""
    named = path.name in ("UAV123", _LONG) and path.parent.name == "anno"
    return path if named else path / "anno" / "UAV123"


def _frames(labels: Path, video: str) -> Path:
    """The folder of a video's frames, for a name that the table has not, one of its own."""
    span = _videos(labels.name).get(video)
    return labels.parent.parent / "data_seq" / "UAV123" / (span.folder if span else video)


@functools.cache
def _videos(part: str) -> dict[str, _Span]:
    """The frames of each video of UAV123 or UAV20L, by `_TABLE`."""
    videos = {}
    for entry in re.split("[,\n]", _TABLE.strip()):
        folder, *texts = entry.split()
        ends = [text.rpartition("-") for text in texts]
        spans = [_Span(folder, int(first or 1), int(last)) for first, _, last in ends]
        if part == _LONG or len(spans) == 1:
            videos[folder] = _Span(folder, 1, spans[-1].last)
        else:
            videos |= {f"{folder}_{k}": span for k, span in enumerate(spans, 1)}
    return videos


SOURCE = Source("UAV123", False, 1, _recognise, _units, _read, _evidence)
