"""Videos: folders of frames with their ground truth, in the layouts of the benchmarks.

| layout  | known by                          | first pixel is |
|---------|-----------------------------------|----------------|
| OTB     | groundtruth_rect.txt, or .1, .2 … | 1              |
| GOT-10k | groundtruth.txt and a *.label     | 0              |
| VOT     | groundtruth.txt                   | 0              |
| plain   | none of these                     | no boxes       |

The frames lie in the folder itself, in `color/`, `img/` or `imgs/` (the demo sequence of
bertinetto/siamese-fc): the first that holds images.
GOT-10k's boxes are taken as they stand, as its own toolkit does. `FOLDER_LAYOUTS` is this table's
last column; `evaluation.first_index` overrides it for all layouts.
"""

import difflib
import functools
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from src.base.errors import UserError
from src.datasets.ground_truth import read_boxes, read_out_of_view
from src.datasets.labels import FrameFiles, LabelledVideo, Source, only_target
from src.datasets.natural_order import natural_key
from src.datasets.video_sequence import VideoSequence
from src.geometry.region_to_bbox import is_absent
from src.video.images import IMAGE_KINDS, is_image_name

# what each calls the first pixel
FOLDER_LAYOUTS = {"otb": 1, "got10k": 0, "vot": 0}

# First and last frame by file number, where OTB's annotation covers less than the folder holds.
OTB_SPANS = {
    "blurcar1": (247, 988),
    "blurcar3": (3, 359),
    "blurcar4": (18, 397),
    "david": (300, 770),
    "diving": (1, 215),
    "football1": (1, 74),
    "freeman3": (1, 460),
    "freeman4": (1, 283),
    "tiger1": (6, 354),
}

_FRAME_FOLDERS = ("", "color", "img", "imgs")
_NUMBERED_FILM = re.compile(r"_[0-9]{5,}(-[0-9]+)?\Z")
_OTB_TRUTH = re.compile(r"groundtruth_rect(?:\.(\d+))?\.txt")


def list_folder_videos(folder: str | Path) -> list[str]:
    """Lists the videos of a data set: its sub-folders that hold frames or ground truth.

    Args:
        folder: The data set, one folder a video.

    Returns:
        Names for `load_folder_video`, in natural order.

    Raises:
        UserError: The folder is missing or holds no video.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise UserError(f"{folder}: there is no such data set folder")
    names = [name for path in folder.iterdir() for name in _video_names(path)]
    if not names:
        raise UserError(f"{folder}: the data set is empty; it should hold one folder a video")
    return sorted(names, key=natural_key)


def load_folder_video(
    dataset_folder: Path, name: str, first_index: int | None, layout: str | None
) -> VideoSequence:
    """Finds a video's frames and reads its ground truth; opens no image.

    Args:
        dataset_folder: The data set.
        name: A video of it as `list_folder_videos` names it, or the path of any folder of frames.
        first_index: What the ground truth calls the first pixel, 0 or 1; None: by layout.
        layout: A key of `FOLDER_LAYOUTS`; None: by the video's own files.

    Returns:
        The video.

    Raises:
        UserError: There is no such video (the nearest names are told), it has no frames, or its
            ground truth is wrong or has neither one row a frame nor one row in all.
    """
    folder, truth, name = _find_video(dataset_folder, name)
    frames = _list_frames(folder)
    if truth is None:
        return VideoSequence(name, tuple(frames), None)
    layout = layout or _layout(folder, truth)
    first_index = FOLDER_LAYOUTS[layout] if first_index is None else first_index
    boxes = read_boxes(truth, first_index)
    if layout != "otb" and _is_first_box(boxes, len(frames)):
        return VideoSequence(name, tuple(frames), None, boxes[0], first_index)
    kept = _otb_span(folder.name, frames) if layout == "otb" else np.arange(len(frames))
    boxes, notes = _align(boxes, kept, frames, truth)
    if layout == "got10k":
        boxes[read_out_of_view(folder, len(boxes))] = np.nan
    kept_frames = tuple(frames[k] for k in kept)
    return VideoSequence(name, kept_frames, boxes, first_index=first_index, notes=notes)


def is_folder_of_frames(path: Path) -> bool:
    """Whether there is a folder with images in it, or in a sub-folder of the usual names."""
    return path.is_dir() and _frame_folder(path) is not None


def _find_video(dataset_folder: Path, name: str) -> tuple[Path, Path | None, str]:
    """The folder of a video, the file with its ground truth if it has one, and its own name."""
    for path in (dataset_folder / name, Path(name)):
        own_name = _folder_name(path)
        shared = own_name.rpartition("-")[0] or own_name
        for folder in (path, path.parent / shared):
            targets = _targets(folder)
            if own_name in targets:
                return folder, targets[own_name], own_name
    known = {video.casefold(): video for video in list_folder_videos(dataset_folder)}
    close = difflib.get_close_matches(name.casefold(), known, n=5, cutoff=0.4) or list(known)[:5]
    near = ", ".join(known[video] for video in close)
    raise UserError(
        f"{name}: there is no such video in {dataset_folder}, nor a folder of that name; the "
        f"nearest names are {near}"
    )


def _folder_name(folder: Path) -> str:
    return Path(os.path.abspath(folder)).name


def _video_names(folder: Path) -> list[str]:
    if folder.name.startswith(".") or not folder.is_dir():
        return []
    targets = _targets(folder)
    if list(targets.values()) == [None] and _frame_folder(folder) is None:
        return []
    return list(targets)


def _targets(folder: Path) -> dict[str, Path | None]:
    """Video names of one folder, each with its ground truth; none if there is no such folder."""
    if not folder.is_dir():
        return {}
    name = _folder_name(folder)
    truths = {}
    for path in folder.glob("groundtruth_rect*.txt"):
        match = _OTB_TRUTH.fullmatch(path.name)
        if match and (match[1] is None or path.read_bytes().strip()):
            truths[int(match[1] or 0)] = path
    if len(truths) > 1 and 0 not in truths:
        return {f"{name}-{target}": truths[target] for target in sorted(truths)}
    if truths:
        return {name: truths[min(truths)]}
    truth = folder / "groundtruth.txt"
    return {name: truth if truth.is_file() else None}


def _layout(folder: Path, truth: Path) -> str:
    if truth.name != "groundtruth.txt":
        return "otb"
    labels = ("absence.label", "cover.label")
    return "got10k" if any((folder / label).is_file() for label in labels) else "vot"


def _frame_folder(folder: Path) -> Path | None:
    for sub_folder in _FRAME_FOLDERS:
        candidate = folder / sub_folder
        if candidate.is_dir() and any(map(is_image_name, os.listdir(candidate))):
            return candidate
    return None


def _list_frames(folder: Path) -> list[Path]:
    frame_folder = _frame_folder(folder)
    if frame_folder is None:
        raise UserError(f"{folder}: the video has no frames; {IMAGE_KINDS} files are right")
    names = sorted(filter(is_image_name, os.listdir(frame_folder)), key=natural_key)
    return [frame_folder / name for name in names]


def _otb_span(folder_name: str, frames: list[Path]) -> np.ndarray:
    """Indices of the frames that OTB evaluates.

    A folder that holds just as many frames as the span, or none of its numbers, was cut or
    numbered anew by somebody, and is taken whole.
    """
    everything = np.arange(len(frames))
    if folder_name.casefold() not in OTB_SPANS:
        return everything
    first, last = OTB_SPANS[folder_name.casefold()]
    numbers = np.array([_file_number(frame) for frame in frames])
    inside = np.flatnonzero((first <= numbers) & (numbers <= last))
    return everything if len(frames) == last - first + 1 or inside.size == 0 else inside


def _file_number(frame: Path) -> int:
    numbers = re.findall(r"[0-9]+", frame.stem)
    return int(numbers[-1]) if numbers else -1


def _is_first_box(boxes_ltwh: np.ndarray, n_frames: int) -> bool:
    """Whether a file holds the first frame's box alone, blank lines apart."""
    few = 1 <= len(boxes_ltwh) < n_frames
    return few and (is_absent(boxes_ltwh) == (np.arange(len(boxes_ltwh)) > 0)).all()


def _align(
    boxes_ltwh: np.ndarray, kept: np.ndarray, frames: Sequence[Path], truth: Path
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Boxes of the kept frames, from a file that has a row for each of them or for each file.

    Rows behind the last frame are cut if no frame can be missing before it: the second value says
    so.
    """
    n_rows, n_files = len(boxes_ltwh), len(frames)
    for n_right, rows in ((len(kept), slice(None)), (n_files, kept)):
        if n_rows >= n_right and is_absent(boxes_ltwh[n_right:]).all():
            return boxes_ltwh[:n_right][rows], ()
    numbers = np.array([_file_number(frame) for frame in frames])
    if n_rows > n_files == len(kept) and numbers[0] in (0, 1) and (np.diff(numbers) == 1).all():
        told = f"{truth}: the {n_rows - n_files} rows after the last of {n_files} frames are cut"
        return boxes_ltwh[:n_files], (told,)
    raise UserError(
        f"{truth}: {n_rows} rows for {len(kept)} frames; one row a frame is right "
        f"({_remedy(n_rows, len(kept))})"
    )


def _remedy(n_rows: int, n_frames: int) -> str:
    """What to look for, as which frame has no row, or which row no frame, cannot be known."""
    if n_rows < n_frames:
        return "add NaN for each frame without label, or remove the frames after the last row"
    return "a frame is missing, or rows after the last frame are to be removed"


def folder_source(layout: str | None) -> Source:
    """The row of folders of one video each, as this file reads them.

    Args:
        layout: A key of `FOLDER_LAYOUTS`, for all videos; None: each by its own files.
    """
    title = {None: "OTB, GOT-10k, VOT or plain frames", "otb": "OTB", "got10k": "GOT-10k"}
    return Source(
        title.get(layout, "VOT"),
        photographs=False,
        first_index=FOLDER_LAYOUTS.get(layout or "vot", 0),
        recognise=_is_folder_of_videos,
        units=list_folder_videos,
        read=functools.partial(_read, layout),
        evidence=_evidence,
    )


def _is_folder_of_videos(path: Path) -> bool:
    """Whether a sub-folder has ground truth as one of these layouts names it."""
    try:
        folders = [Path(entry.path) for entry in os.scandir(path) if entry.is_dir()]
    except OSError:
        return False
    return any(any(folder.glob("groundtruth*.txt")) for folder in folders)


def _read(layout: str | None, path: Path, unit: str) -> Iterator[LabelledVideo]:
    video = load_folder_video(path, unit, None, layout)
    targets = () if video.boxes_ltwh is None else (only_target(video.boxes_ltwh),)
    frames = FrameFiles(video.frames[0].parent, [frame.name for frame in video.frames])
    yield LabelledVideo(unit, frames, targets, film=film_of(unit), left_out=video.notes)


def film_of(video: str) -> str:
    """The film that a video was cut from, by its name.

    `<source>_<film>_<target>` belongs to the film `<source>_<film>`, as `davis17_schoolgirls_girlA`
    and `..._girlB`. A name with fewer than two underscores is a film of its own, as `davis_bear`:
    what stands before a single underscore is a collection. Five digits or more after the last
    underscore number films, as in `GOT-10k_Train_000001` and `ILSVRC2015_train_00010001-2`.
    """
    if video.count("_") < 2 or _NUMBERED_FILM.search(video):
        return video
    return video.rpartition("_")[0]


def _evidence(path: Path, unit: str) -> list[Path]:
    folder, _, _ = _find_video(path, unit)
    frames = _frame_folder(folder)
    return [folder] if frames in (None, folder) else [folder, frames]
