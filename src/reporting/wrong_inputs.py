"""What a report cannot be about, and what is right for it: a video of one's own, above all.

A report is about the videos of a data set, each a folder of frames. The track of a video file, a
camera or a stream is drawn already: in the annotated video beside it.
"""

from pathlib import Path

from src.base.errors import UserError
from src.datasets.video_folders import is_folder_of_frames
from src.video.sources import VIDEO_SUFFIXES

# every file of the track of a video of one's own that a user is told of, and its annotated video
_TABLES, _ANNOTATED = (".csv", ".json"), "_annotated.mp4"
_ENDS = (_ANNOTATED, "_read_time.txt", "_time.txt", "_confidence.txt", ".txt", *_TABLES)


def no_folder(path: str) -> UserError:
    """What is wrong with what is given in place of a folder of results.

    Args:
        path: No folder.

    Returns:
        The error, which says what to give or to look at.
    """
    if _is_of_track(Path(path)):
        return _of_own_video(Path(path), _track_of(Path(path)))
    if Path(path).is_file() and path.lower().endswith(VIDEO_SUFFIXES):
        return UserError(
            f"{path}: is a video, and a report is about folders of results; run_tracker_evaluation"
            f".py --set evaluation.video={path} tracks it and draws its boxes"
        )
    if Path(path).is_file():
        return UserError(f"{path}: is a file; FOLDER or NAME=FOLDER is right")
    return UserError(f"{path}: there is no such folder; FOLDER or NAME=FOLDER is right")


def no_track(folder: Path, dataset: Path) -> UserError:
    """What is wrong with a folder that holds no track of a data set.

    Args:
        folder: Given as one of results.
        dataset: The folder of the videos.

    Returns:
        The error.
    """
    if is_folder_of_frames(folder):
        return UserError(
            f"{folder}: holds the frames of a video, and a report is about folders of results; "
            f"run_tracker_evaluation.py --set evaluation.video={folder} tracks it, and the folder "
            "of the files that it names is right"
        )
    return UserError(
        f"{folder}: holds no track of the videos in {dataset}; <video>.txt or "
        "<video>/<video>_001.txt are right"
    )


def no_video(folder: Path, track: str, dataset: Path) -> UserError:
    """What is wrong with a track whose video is not in the data set.

    Args:
        folder: The results.
        track: Name of its files.
        dataset: The folder of the videos.

    Returns:
        The error.
    """
    path = folder / f"{track}.txt"
    if _is_of_track(path):
        return _of_own_video(path, track)
    return UserError(f"{path}: there is no such video in {dataset}")


def refuse_own_videos(folder: Path) -> None:
    """Refuses results of videos of one's own, for which there is no data set.

    Args:
        folder: The results.

    Raises:
        UserError: There are such results in it.
    """
    for path in sorted(folder.glob(f"*{_TABLES[0]}")):
        if _is_of_track(path):
            raise _of_own_video(path.with_suffix(".txt"), path.stem)


def _track_of(path: Path) -> str:
    """The track that a file's name is of, if it is of one."""
    ends = (end for end in _ENDS if path.name.endswith(end))
    return path.name.removesuffix(next(ends, ""))


def _is_of_track(path: Path) -> bool:
    """Whether a file is one of the track of a video of one's own."""
    tables = (path.with_name(_track_of(path) + end) for end in _TABLES)
    return path.is_file() and all(table.is_file() for table in tables)


def _of_own_video(path: Path, track: str) -> UserError:
    """A report cannot be about this track; what shows it instead."""
    annotated = path.with_name(track + _ANNOTATED)
    shown = f"{annotated.name} beside it shows its boxes, " if annotated.is_file() else ""
    return UserError(
        f"{path}: is the track of a video file, camera or stream, and a report is about a data "
        f"set, a folder of frames for each video; {shown}{track}.csv and {track}.json hold its "
        "numbers"
    )
