"""All tracks of one tracker on one data set, whichever program wrote them."""

import functools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from src.base.errors import UserError
from src.datasets.sequences import list_videos, load_video
from src.datasets.video_sequence import VideoSequence
from src.evaluating.results import PERFORMANCE, SETTINGS, ResultFolder, Track
from src.geometry.region_to_bbox import is_absent
from src.reporting.foreign_results import has_track, read_foreign_track
from src.reporting.wrong_inputs import no_track, no_video

# video and start frame: what tracks of two trackers must share to be compared
Key = tuple[str, int]

# every file of a track of this project, the boxes first
_SUFFIXES = (".txt", "_time.txt", "_read_time.txt", "_confidence.txt")
_STRIP = "_strip.png"
# toolkits write three decimals
_ORIGIN_TOLERANCE = 0.01


@dataclass(frozen=True)
class TrackerResults:
    """The tracks of one tracker.

    Attributes:
        name: Of the tracker.
        path: The folder.
        tracks: By video and start frame.
        about: `settings.json` and `performance.json`, by name; empty for other programs.
        strips: Pictures of key frames with their responses, of the tracks that have one.
    """

    name: str
    path: Path
    tracks: Mapping[Key, Track]
    about: Mapping[str, dict[str, Any]]
    strips: Mapping[Key, Path] = field(default_factory=dict)


class DataSet:
    """The videos that were tracked, each read when it is asked for.

    Attributes:
        folder: One folder a video.
        names: Of all videos, in natural order.
    """

    def __init__(self, folder: Path, first_index: int | None, layout: str | None):
        """Lists the videos.

        Args:
            folder: The data set.
            first_index: See `src.datasets.sequences.load_video`.
            layout: As there.

        Raises:
            UserError: There is no such folder, or no video in it.
        """
        self.folder, self.names = folder, list_videos(folder, layout)
        self.video = functools.cache(lambda name: load_video(folder, name, first_index, layout))


def read_about(folder: Path) -> dict[str, dict[str, Any]]:
    """Reads what this project tells of its results.

    Args:
        folder: A result folder.

    Returns:
        The objects of `settings.json` and `performance.json`, by file name, where there are any.

    Raises:
        UserError: One of them is damaged.
    """
    about = {}
    for path in (folder / SETTINGS, folder / PERFORMANCE):
        if path.is_file():
            try:
                about[path.name] = dict(json.loads(path.read_text(encoding="utf-8")))
            except (ValueError, TypeError) as error:
                raise UserError(f"{path}: is not the JSON object that was written here") from error
    return about


def tracker_name(folder: Path, about: Mapping[str, dict[str, Any]]) -> str:
    """The tracker's name: the folder's last part, or that before the name of the data set.

    Args:
        folder: `results/<tracker>/<dataset>`, or a folder of another program.
        about: See `read_about`.

    Returns:
        The name.
    """
    parts = list(folder.resolve().parts)
    dataset = list(Path(str(about.get(SETTINGS, {}).get("dataset", ""))).parts)
    while len(parts) > 2 and dataset and parts[-1] == dataset[-1]:
        parts.pop()
        dataset.pop()
    return parts[-1]


def read_results(name: str, folder: Path, data: DataSet, one_based: bool) -> TrackerResults:
    """Reads all tracks of a folder.

    Args:
        name: Of the tracker.
        folder: Of this project if it holds `settings.json`, else of another program.
        data: The videos.
        one_based: Whether the other program calls the first pixel 1.

    Returns:
        The tracks, at least one.

    Raises:
        UserError: A track is damaged, has not one row a frame or belongs to other ground truth;
            or there is none.
    """
    about = read_about(folder)
    own = SETTINGS in about
    if own and one_based:
        raise UserError(f"{folder}: these results count from 0; leave out --one-based {name}")
    tracks, strips = (
        _own_tracks(folder, about, data) if own else (_foreign(folder, data, one_based), {})
    )
    if not tracks:
        raise no_track(folder, data.folder)
    check = _check_own_starts if own else _check_origin
    check(name, folder, tracks, data)
    return TrackerResults(name, folder, tracks, about, strips)


def _own_tracks(
    folder: Path, about: Mapping, data: DataSet
) -> tuple[dict[Key, Track], dict[Key, Path]]:
    """The tracks, and their pictures of key frames."""
    known = about.get(PERFORMANCE, {}).get("tracks", {})
    tracks, strips = {}, {}
    for path in sorted(folder.glob("*_read_time.txt")):
        name = path.name.removesuffix("_read_time.txt")
        if (folder / f"{name}.txt").is_file():
            video = _video_of(name, known, data.names)
            if video is None:
                raise no_video(folder, name, data.folder)
            track = _own_track(folder, name, len(data.video(video).frames))
            tracks[video, track.start] = track
            if (strip := folder / f"{name}{_STRIP}").is_file():
                strips[video, track.start] = strip
    return tracks, strips


def _video_of(name: str, known: Mapping, videos: list[str]) -> str | None:
    """The video of a track: its name with or without the start frame."""
    told = known.get(name, {}).get("video")
    without_start = re.sub(r"_\d+$", "", name)
    return next((video for video in (told, name, without_start) if video in videos), None)


def _own_track(folder: Path, name: str, n_frames: int) -> Track:
    track = ResultFolder(folder).read(name, n_frames)
    if track is None:
        rows = ", ".join(str(_count_rows(folder / f"{name}{suffix}")) for suffix in _SUFFIXES)
        raise UserError(
            f"{folder / name}.txt: the track is not whole: {rows} rows (boxes, times, times of "
            f"reading, confidence) for {n_frames} frames; one row a frame is right, and the "
            "evaluation, run again, tracks this video anew"
        )
    return track


def _count_rows(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines()) if path.is_file() else 0


def _foreign(folder: Path, data: DataSet, one_based: bool) -> dict[Key, Track]:
    tracks = {}
    for name in data.names:
        if has_track(folder, name):
            video = data.video(name)
            start = first_visible(video)
            n_frames = len(video.frames)
            tracks[name, start] = read_foreign_track(folder, name, n_frames, start, int(one_based))
    return tracks


def first_visible(video: VideoSequence) -> int:
    """Index of the first frame with the target; 0 without ground truth."""
    return 0 if video.boxes_ltwh is None else int(np.argmin(is_absent(video.boxes_ltwh)))


def _start_shifts(tracks: Mapping[Key, Track], data: DataSet) -> np.ndarray:
    """Start boxes minus ground truth, float64 [M, 4], of the M tracks of videos that have it."""
    truths = {key: data.video(key[0]).boxes_ltwh for key in tracks}
    shifts = [
        track.boxes_ltwh[key[1]] - truths[key][key[1]]
        for key, track in tracks.items()
        if truths[key] is not None
    ]
    return np.array(shifts).reshape(-1, 4)


def _check_own_starts(name: str, folder: Path, tracks: Mapping, data: DataSet) -> None:
    """Tracks of this project start on the ground truth itself."""
    if not np.allclose(_start_shifts(tracks, data), 0, rtol=0, atol=_ORIGIN_TOLERANCE):
        raise UserError(
            f"{folder}: tracks do not start on the ground truth of {data.folder}; it has changed "
            "since, or is another data set: give the right one, or evaluate again"
        )


def _check_origin(name: str, folder: Path, tracks: Mapping, data: DataSet) -> None:
    """Tells where first boxes lie just one pixel beside the ground truth, in x and y."""
    shifts = _start_shifts(tracks, data)[:, :2]
    for offset, advice in ((1, "add --one-based"), (-1, "leave out --one-based")):
        if len(shifts) and np.allclose(shifts, offset, rtol=0, atol=_ORIGIN_TOLERANCE):
            raise UserError(
                f"{folder}: every track starts {offset:+d} px beside the ground truth in x and "
                f"y, as if the first pixel were counted otherwise: {advice} {name}"
            )
