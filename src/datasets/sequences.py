"""Videos by name, one target each, whatever the layout of their data set is."""

import difflib
import functools
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from src.base.errors import UserError
from src.datasets.decoding import frame_files
from src.datasets.labels import LabelledVideo, Source, Target, track_name
from src.datasets.layouts import FOLDERS, find_source, recognised
from src.datasets.natural_order import natural_key
from src.datasets.video_folders import (
    FOLDER_LAYOUTS,
    is_folder_of_frames,
    list_folder_videos,
    load_folder_video,
)
from src.datasets.video_sequence import VideoSequence


def list_videos(folder: str | Path, layout: str | None = None) -> list[str]:
    """Lists the videos of a data set.

    Args:
        folder: The data set: one folder a video, or any tree or file that `layouts` knows.
        layout: A key of `layouts.SOURCES`; None: by the tree.

    Returns:
        Names for `load_video`, in natural order; of a video with several named targets
        `<video>-<target>`. Those that `load_video` refuses are among them.

    Raises:
        UserError: There is no such data set, or it holds no video.
    """
    folder = Path(folder)
    key, source = find_source(folder, layout)
    if _of_folders(key):
        return list_folder_videos(folder)
    return sorted(_units_of_tracks(source, folder), key=natural_key)


def load_video(
    dataset_folder: str | Path,
    name: str,
    first_index: int | None = None,
    layout: str | None = None,
) -> VideoSequence:
    """Finds a video's frames and reads its boxes; opens no image, but decodes a video file once.

    Args:
        dataset_folder: The data set.
        name: A video of it as `list_videos` names it, or the path of any folder of frames.
        first_index: What the labels call the first pixel, 0 or 1; None: by layout.
        layout: A key of `layouts.SOURCES`; None: by the tree.

    Returns:
        The video.

    Raises:
        UserError: There is no such video (the nearest names are told), it has no frames, or its
            labels are wrong.
    """
    folder = Path(dataset_folder)
    if _is_of_folders(folder, name, layout):
        return load_folder_video(folder, name, first_index, layout)
    source = find_source(folder, layout)[1]
    units = _units_of_tracks(source, folder)
    if name not in units:
        if is_folder_of_frames(folder / name):
            return load_folder_video(folder, name, first_index, None)
        near = difflib.get_close_matches(name, units, n=5, cutoff=0.4) or list(units)[:5]
        raise UserError(
            f"{name}: there is no such video in {folder} ({source.title}); the nearest names are "
            f"{', '.join(near)}"
        )
    for video in _videos_of_unit(source, folder, units[name]):
        if not video.targets and video.name == name:
            raise UserError("; ".join(video.left_out))
        for target in video.targets:
            if track_name(video.name, target.name) == name:
                return _sequence(video, target, source.first_index, first_index)
    raise UserError(f"{folder}: changed while it was read")


def sequence_boxes(target: Target, n_frames: int) -> np.ndarray:
    """Boxes of all frames, float64 [N, 4] ltwh; NaN where the target is absent or not labelled."""
    boxes = np.full((n_frames, 4), np.nan)
    boxes[target.rows] = target.boxes_ltwh
    return boxes


def _of_folders(key: str) -> bool:
    return key == FOLDERS or key in FOLDER_LAYOUTS


def _is_of_folders(folder: Path, name: str, layout: str | None) -> bool:
    """Whether a video is one of a folder of folders, whatever else lies in there."""
    if layout is not None:
        return layout in FOLDER_LAYOUTS
    keys = recognised(folder) if folder.exists() else []
    mixed = len(keys) > 1 and is_folder_of_frames(folder / name)
    return mixed or keys in ([], [FOLDERS])


def _sequence(
    video: LabelledVideo, target: Target, usual_index: int, first_index: int | None
) -> VideoSequence:
    """One target's video, with its boxes moved if the labels count otherwise than is known."""
    if video.first_index is not None:
        usual_index = video.first_index
    name, frames = track_name(video.name, target.name), tuple(frame_files(video))
    index = usual_index if first_index is None else first_index
    boxes = sequence_boxes(target, len(frames))
    boxes[:, :2] += usual_index - index
    if target.rows.tolist() == [0] and len(frames) > 1:
        return VideoSequence(name, frames, None, boxes[0], index)
    return VideoSequence(name, frames, boxes, first_index=index, notes=tuple(video.left_out))


@functools.lru_cache(maxsize=4)
def _units_of_tracks(source: Source, folder: Path) -> dict[str, str]:
    """Each track's name with the unit that it is read from.

    A video that is wrong is among them, so that reading it can tell why: by its own name where it
    has only reasons in place of targets, by its unit's where that cannot be read.
    """
    units: dict[str, str] = {}
    for unit in source.units(folder):
        for name in _names_of_unit(source, folder, unit):
            if units.setdefault(name, unit) != unit:
                raise UserError(f"{folder}: two videos are called {name}")
    if not units:
        raise UserError(f"{folder}: there is no labelled video ({source.title})")
    return units


def _names_of_unit(source: Source, folder: Path, unit: str) -> Iterator[str]:
    try:
        for video in source.read(folder, unit):
            yield from (track_name(video.name, target.name) for target in video.targets)
            if video.left_out and not video.targets:
                yield video.name
    except UserError:
        yield unit


@functools.lru_cache(maxsize=1)
def _videos_of_unit(source: Source, folder: Path, unit: str) -> tuple[LabelledVideo, ...]:
    return tuple(source.read(folder, unit))
