"""From result files to one file of labels."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from src.base.errors import UserError
from src.base.files import atomic_folder, atomic_path
from src.labelling.frame_files import coco_vid_lines, mot_lines, write_yolo
from src.labelling.frames import find_frames
from src.labelling.key_frame_files import cvat_lines, label_studio_lines
from src.labelling.labels import Labels, labels_of
from src.labelling.results import read_results


class Request(NamedTuple):
    """What is asked for.

    Attributes:
        results: See `read_results`.
        frames: See `find_frames`.
        tolerance: See `src.labelling.thinning.stretches`.
        address: What Label Studio finds the video by; None: the name of its file.
    """

    results: Sequence[str]
    frames: Path | None
    tolerance: float
    address: str | None


class Format(NamedTuple):
    """How labels are written for one tool.

    Attributes:
        needs_size: Whether it must know the size of the frames.
        write: Writes labels to a file that is not there yet, or into a folder.
    """

    needs_size: bool
    write: Callable[[Labels, Request, Path], None]


def write_labels(tool: str, request: Request, out: Path) -> Labels:
    """Turns result files into labels.

    Args:
        tool: One of `FORMATS`.
        request: What to write.
        out: The file or folder, which is not there yet.

    Returns:
        What was written.

    Raises:
        UserError: The results or frames are wrong, or the size of the frames is not known but
            needed.
    """
    tracks = read_results(request.results)
    labels = labels_of(tracks, find_frames(tracks, request.frames))
    if FORMATS[tool].needs_size and labels.frames.size_wh is None:
        raise UserError(
            f"{tracks[0].path}: the size of its frames is not known, which {tool} needs; name the "
            "video file or the folder of its frames by --frames"
        )
    FORMATS[tool].write(labels, request, out)
    return labels


def _write_lines(lines: Iterable[str], out: Path) -> None:
    with atomic_path(out) as part, part.open("w", encoding="utf-8", newline="") as file:
        file.writelines(lines)


def _cvat(labels: Labels, request: Request, out: Path) -> None:
    _write_lines(cvat_lines(labels, request.tolerance), out)


def _mot(labels: Labels, request: Request, out: Path) -> None:
    _write_lines(mot_lines(labels), out)


def _coco_vid(labels: Labels, request: Request, out: Path) -> None:
    _write_lines(coco_vid_lines(labels), out)


def _label_studio(labels: Labels, request: Request, out: Path) -> None:
    address = request.address or labels.frames.video_file or f"{labels.frames.name}.mp4"
    _write_lines(label_studio_lines(labels, request.tolerance, address), out)


def _yolo(labels: Labels, request: Request, out: Path) -> None:
    with atomic_folder(out) as part:
        write_yolo(labels, part)


FORMATS = {
    "cvat": Format(False, _cvat),
    "mot": Format(False, _mot),
    "coco-vid": Format(True, _coco_vid),
    "label-studio": Format(True, _label_studio),
    "yolo": Format(True, _yolo),
}
