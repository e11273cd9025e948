"""MOTChallenge: MOT15, MOT16, MOT17 and MOT20, what shares their layout, and CVAT's MOT exports.

    MOT17/train/MOT17-02-DPM/img1/000001.jpg ...
                             gt/gt.txt       frame,id,left,top,width,height,flag,class,visibility
                             seqinfo.ini     imDir, imExt, seqLength, imWidth, imHeight
    MOT17/test/...                           without gt.txt

A path is the top (its `train` is read), a folder of videos such as `MOT17/train`, or one video.
A target is an id. Frames and pixels count from 1 ("all frame numbers, target IDs and bounding boxes
are 1-based", motchallenge.net/instructions; py-motmetrics takes 1 from left and top as well).
Width and height are sizes. A frame number is that of the file, or a place among files whose names
are no numbers. `seqinfo.ini` may be missing.

What counts: rows whose flag is not 0 (the same page); of them, by the class numbers of TrackEval's
`mot_challenge_2d_box.py`, all but distractors, occluders, reflections and crowds, which nobody
would follow. (The benchmark scores pedestrians alone.) A row that does not count leaves its frame
without a label. Visibility is the share of a box that neither another object nor the border hides
(datumaro's page on the format): below `HIDDEN_BELOW` it is `OCCLUDED`, and at 0, where the box is a
guess, the target is absent. So it is in a frame without a row, between the first and the last row
of a track. MOT15 has 10 columns, the last three places in the world: no classes, no visibility.

MOT17 has each film three times, with the detections of DPM, FRCNN and SDP and the same labels: the
first of them is read. MOT16 and MOT17 share their films, and `film` says so.

CVAT (`img1/`, `gt/gt.txt` and, which gives it away, `gt/labels.txt`, a class a line) is different,
as it writes by datumaro (1.13.12 was run): pixels count from 0, class k is line k, a box that is
marked as occluded has visibility 0, and id -1 means a box without a track: such are left out.
"""

import configparser
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from src.base.errors import UserError
from src.datasets.frame_folders import frame_names, rows_by_stem, sub_folders
from src.datasets.labels import OCCLUDED, FrameFiles, LabelledVideo, Source, Target
from src.datasets.mot_rows import MotRows, read_mot_rows, row_error

# visibility is the share of the box that is seen
HIDDEN_BELOW = 0.5

_CLASSES = (
    "pedestrian",
    "person on vehicle",
    "car",
    "bicycle",
    "motorbike",
    "non motorized vehicle",
    "static person",
    "distractor",
    "occluder",
    "occluder on the ground",
    "occluder full",
    "reflection",
    "crowd",
)
# nothing to follow, whatever their flag
_NO_TARGETS = (8, 9, 10, 11, 12, 13)
_FILM = re.compile(r"(MOT1[67]-[0-9]+)(?:-(?:DPM|FRCNN|SDP))?")


def _recognise(path: Path) -> bool:
    return _is_video(path) or any(_is_video(path / unit) for unit in _video_folders(path))


def _units(path: Path) -> list[str]:
    """One a film, so that of MOT17's three folders of a film the first is there."""
    units = ["."] if _is_video(path) else _video_folders(path)
    units = [unit for unit in units if _is_video(path / unit)]
    if not any(_truth(path / unit).is_file() for unit in units):
        raise UserError(
            f"{path}: no video has a gt/gt.txt; MOTChallenge has labels for its training part only"
        )
    firsts = {_film(unit.rpartition("/")[2]) or unit: unit for unit in reversed(units)}
    return [unit for unit in units if unit in firsts.values()]


def _read(path: Path, unit: str) -> Iterator[LabelledVideo]:
    folder = path / unit
    truth, info = _truth(folder), _sequence_info(folder)
    frame_folder = folder / info.get("imdir", "img1")
    names = frame_names(frame_folder, info.get("imext", ""))
    if len(names) < _number(info, "seqlength", folder):
        raise UserError(
            f"{frame_folder}: holds {len(names)} frames, seqinfo.ini tells {info['seqlength']}; "
            "unpack the video anew"
        )
    size_wh = (_number(info, "imwidth", folder), _number(info, "imheight", folder))
    named = _read_class_names(truth.parent)
    rows = read_mot_rows(truth, named is not None)
    stems = list(rows_by_stem(frame_folder, names))
    at = _frame_rows(rows.frames, stems, truth)
    targets, left_out = _targets(rows, at, named, truth)
    name = os.path.basename(os.path.abspath(folder))
    yield LabelledVideo(
        name,
        FrameFiles(frame_folder, names),
        targets,
        size_wh if all(size_wh) else None,
        _film(name),
        left_out=left_out,
        first_index=SOURCE.first_index if named is None else 0,
    )


def _evidence(path: Path, unit: str) -> list[Path]:
    folder = path / unit
    try:
        frame_folder = folder / _sequence_info(folder).get("imdir", "img1")
    except UserError:  # is told where the video is read
        return [folder, folder / "gt"]
    return [folder, folder / "gt", frame_folder]


def _is_video(folder: Path) -> bool:
    return _truth(folder).is_file() or (folder / "img1").is_dir()


def _truth(folder: Path) -> Path:
    return folder / "gt" / "gt.txt"


def _video_folders(path: Path) -> list[str]:
    """Folders that may be videos, relative to the path: of the training part if it has one."""
    if (path / "train").is_dir():
        return [f"train/{name}" for name in sub_folders(path / "train")]
    return sub_folders(path)


def _film(name: str) -> str:
    match = _FILM.fullmatch(name)
    return match[1].replace("MOT17", "MOT16") if match else ""


def _sequence_info(folder: Path) -> dict[str, str]:
    """What seqinfo.ini says, by keys in lower case; nothing if there is none."""
    path = folder / "seqinfo.ini"
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read(path, encoding="utf-8-sig")
        return dict(parser["Sequence"]) if path.is_file() else {}
    except (configparser.Error, KeyError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: a section [Sequence] with key=value lines is right") from error


def _number(info: dict[str, str], key: str, folder: Path) -> int:
    """A whole number of seqinfo.ini; 0 where it is not told."""
    text = info.get(key, "0").strip()
    if not text.isdecimal():
        raise UserError(f"{folder / 'seqinfo.ini'}: {key} is {text!r}; a whole number is right")
    return int(text)


def _read_class_names(folder: Path) -> list[str] | None:
    """CVAT's labels.txt; None where the classes are MOTChallenge's own."""
    path = folder / "labels.txt"
    if not path.is_file():
        return None
    return [line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines()]


def _frame_rows(numbers: np.ndarray, stems: Sequence[str], truth: Path) -> np.ndarray:
    """Indices of the frames that the rows tell of, int64 [N]; `stems` are the frames' names."""
    numbered = all(map(str.isdecimal, stems))
    of_files = np.array(stems, dtype=np.int64) if numbered else np.arange(1, len(stems) + 1)
    if of_files[0] == 0 and numbers.size and 0 not in numbers:
        raise UserError(
            f"{truth}: has no frame 0, but the files are numbered from 0, so which file is frame 1 "
            "is not clear; files numbered from 1 are right"
        )
    at = np.searchsorted(of_files, numbers).clip(max=len(of_files) - 1)
    missing = np.flatnonzero(of_files[at] != numbers)
    if missing.size:
        raise row_error(
            truth,
            missing[0],
            f"there is no frame {numbers[missing[0]]}; frames {of_files[0]} to {of_files[-1]} are "
            "there",
        )
    return at


def _targets(
    rows: MotRows, at: np.ndarray, named: list[str] | None, truth: Path
) -> tuple[list[Target], list[str]]:
    """The targets, and what was passed over; `at` holds the rows' frames."""
    counts = rows.flags != 0
    if named is None:
        counts &= ~np.isin(rows.classes, _NO_TARGETS)
    sized = (rows.boxes_ltwh[:, 2:] > 0).all(axis=1)
    tracked = rows.tracks >= 0
    left_out = _passed_over(truth, tracked, counts, sized)
    counts &= sized
    order = np.lexsort((at, rows.tracks))
    order = order[tracked[order]]
    starts = np.flatnonzero(np.diff(rows.tracks[order], prepend=-1))
    targets = []
    for of_track in np.split(order, starts[1:]) if order.size else []:
        target = _target(rows, at, of_track, counts[of_track], named, truth)
        if target is None:
            left_out.append(f"{truth}: track {rows.tracks[of_track[0]]} has no visible box")
        else:
            targets.append(target)
    return targets, left_out


def _passed_over(
    truth: Path, tracked: np.ndarray, counts: np.ndarray, sized: np.ndarray
) -> list[str]:
    texts = {
        "without a track (id below 0)": ~tracked,
        "that do not count, by flag or class": tracked & ~counts,
        "of a box without width or height": tracked & counts & ~sized,
    }
    return [f"{truth}: {n} rows {text}" for text, rows in texts.items() if (n := rows.sum())]


def _target(
    rows: MotRows,
    at: np.ndarray,
    of_track: np.ndarray,
    counts: np.ndarray,
    named: list[str] | None,
    truth: Path,
) -> Target | None:
    """One track, from its rows in the order of time; None if none of them shows it."""
    kept = of_track[counts]
    seen = rows.visibility[kept] > 0 if named is None else np.ones(len(kept), dtype=bool)
    if not seen.any():
        return None
    twice = np.flatnonzero(np.diff(at[kept]) == 0)
    if twice.size:
        row = kept[twice[0] + 1]
        track, frame = rows.tracks[row], rows.frames[row]
        raise row_error(truth, row, f"track {track} has another box in frame {frame}; one is right")
    unknown = np.setdiff1d(at[of_track[~counts]], at[kept])
    life = np.setdiff1d(np.arange(at[kept[0]], at[kept[-1]] + 1), unknown)
    places = np.searchsorted(life, at[kept])
    boxes_ltwh = np.full((len(life), 4), np.nan)
    boxes_ltwh[places[seen]] = rows.boxes_ltwh[kept[seen]]
    boxes_ltwh[:, :2] -= SOURCE.first_index if named is None else 0
    flags = np.zeros(len(life), dtype=np.uint8)
    flags[places[rows.visibility[kept] < HIDDEN_BELOW]] = OCCLUDED
    label = _class_name(rows.classes[kept[0]], named, truth, kept[0])
    track = str(rows.tracks[kept[0]])
    return Target(track, label, life.astype(np.int32), boxes_ltwh, flags)


def _class_name(number: int, named: list[str] | None, truth: Path, row: int) -> str:
    names = _CLASSES if named is None else named
    if 1 <= number <= len(names):
        return names[number - 1]
    if named is None or number < 1:
        return ""
    raise row_error(truth, row, f"class {number}, but labels.txt has {len(names)} of them")


SOURCE = Source("MOTChallenge", False, 1, _recognise, _units, _read, _evidence)
