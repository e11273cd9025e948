"""The frames that tracks were made of: their number, names and size."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from src.base.errors import UserError
from src.datasets.natural_order import natural_key
from src.datasets.sequences import list_videos, load_video
from src.datasets.video_files import decoded_frames, video_facts
from src.labelling.results import ResultTrack, without_start
from src.video.images import image_size, is_image_name
from src.video.sources import USUAL_FPS, VIDEO_SUFFIXES


@dataclass(frozen=True)
class VideoFrames:
    """The frames of a video.

    Attributes:
        name: Of the video.
        files: Names of the frames, without a folder; of a video file, those that its decoded
            frames have.
        size_wh: (width, height), pixels; None: not known.
        fps: Frames a second; usual ones where nobody tells.
        video_file: Name of the video file; empty for images.
    """

    name: str
    files: Sequence[str]
    size_wh: tuple[int, int] | None
    fps: float
    video_file: str


def find_frames(tracks: list[ResultTrack], named: Path | None) -> VideoFrames:
    """Finds out what can be known of the frames of a video.

    Args:
        tracks: Of its targets; tell where it lay.
        named: The video file or the folder of its frames; None: as the tracks tell.

    Returns:
        The frames, as many as the longest track has or more.

    Raises:
        UserError: What is named is no video, or has other frames than the tracks.
    """
    first, n_rows = tracks[0], max(len(track.boxes_ltwh) for track in tracks)
    if named is not None and not named.exists():
        raise UserError(f"--frames {named}: there is no such video file or folder of frames")
    if named is None and not first.own:
        return _of_data_set(first, n_rows)
    name = first.path.stem.removesuffix(f"_{first.own.get('start_frame')}")
    place = named or Path(first.video)
    if place.is_dir():
        files = sorted(filter(is_image_name, os.listdir(place)), key=natural_key)
        # a track may have been broken off, but only of one's own videos
        if len(files) < n_rows or not (first.own or len(files) == n_rows):
            raise UserError(
                f"{place}: {len(files)} images, but a track of {n_rows} frames; name the frames "
                "that were tracked (--frames)"
            )
        return VideoFrames(name, files, image_size(place / files[0]), _fps(first), "")
    if place.is_file():
        facts = video_facts(place)
        files = _decoded(max(n_rows, facts.n_frames or 0))
        return VideoFrames(name, files, facts.size_wh, facts.fps, place.name)
    width, height = first.own["size"]
    video_file = place.name if place.name.lower().endswith(VIDEO_SUFFIXES) else ""
    return VideoFrames(name, _decoded(n_rows), (width, height), _fps(first), video_file)


def _of_data_set(track: ResultTrack, n_rows: int) -> VideoFrames:
    """The frames of a video that was evaluated, if they are still there."""
    name, folder = track.path.stem, Path(track.settings.get("dataset", ""))
    layout = track.settings.get("evaluation", {}).get("layout")
    known = _known_videos(folder, layout) if "dataset" in track.settings else []
    for video in {name: None, without_start(name): None}:
        if video in known:
            frames = load_video(folder, video, layout=layout).frames
            if len(frames) == n_rows:
                return _of_sequence(video, frames)
    return VideoFrames(name, _decoded(n_rows), None, USUAL_FPS, "")


def _known_videos(folder: Path, layout: str | None) -> list[str]:
    """Videos of a data set; none if it is gone, or is not known any more by its tree alone."""
    try:
        return list_videos(folder, layout)
    except UserError:
        return []


def _of_sequence(name: str, frames: Sequence[Path]) -> VideoFrames:
    files, folder = [path.name for path in frames], frames[0].parent
    video_file = folder.with_suffix("")
    if decoded_frames(video_file, 0).folder == folder and video_file.is_file():
        facts = video_facts(video_file)
        return VideoFrames(name, files, facts.size_wh, facts.fps, video_file.name)
    return VideoFrames(name, files, image_size(frames[0]), USUAL_FPS, "")


def _fps(track: ResultTrack) -> float:
    return float(track.own.get("fps") or USUAL_FPS)


def _decoded(n_frames: int) -> Sequence[str]:
    return decoded_frames(Path("video"), n_frames).names
