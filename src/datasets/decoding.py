"""Frames of labelled video files, decoded once into a folder beside the file."""

import os
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from src.base.errors import UserError
from src.base.files import atomic_folder
from src.datasets.labels import LabelledVideo, as_frame_files
from src.runtime.blank_frames import shows_nothing
from src.video.opening import open_file

# as the crops of the records are stored
_QUALITY = {"quality": 95, "subsampling": 0}


def frame_files(video: LabelledVideo) -> Sequence[Path]:
    """The image files of a video's frames, in the order of time.

    Where the video is a file, its frames are decoded when they are asked for the first time, as
    JPEG files of quality 95 in the folder `<file>.frames`. That folder may be removed. A frame
    that is broken has no file there.

    Args:
        video: Any labelled video.

    Returns:
        As many paths as the video has frames.

    Raises:
        UserError: The file is no video, ends before its last labelled frame, or there is no room
            beside it.
    """
    if video.video_file is None:
        return video.frames
    file, frames = video.video_file, as_frame_files(video.frames)
    folder = frames.folder
    if not folder.is_dir():
        _decode(file, folder, frames.names)
    last = max((int(target.rows[-1]) for target in video.targets), default=-1)
    if last >= 0 and not video.frames[last].is_file():
        n_frames = sum(1 for _ in folder.iterdir())
        raise UserError(
            f"{file}: has {n_frames} frames that can be decoded (now in {folder}), while its "
            f"labels go on to frame {last}, counted from 0; the video that was labelled is right"
        )
    return video.frames


def _decode(file: Path, folder: Path, names: Sequence[str]) -> None:
    """Writes the frames, all or none."""
    source, blank = open_file(file), True
    if source.remark:
        print(f"{file}: {source.remark}", flush=True)
    frames = source.frames
    try:
        with atomic_folder(folder) as part:
            for index, _, frame in frames:
                if index >= len(names):
                    break
                if frame is not None:
                    blank = blank and shows_nothing(frame)
                    Image.fromarray(frame).save(part / names[index], **_QUALITY)
            if blank:
                raise UserError(
                    f"{file}: every frame has one colour all over or cannot be decoded; a video "
                    f"that shows what was labelled is right{source.advice}"
                )
    except OSError as error:
        # another process may have decoded the same file meanwhile
        if not (folder.is_dir() and any(os.scandir(folder))):
            raise UserError(
                f"{folder}: the frames of {file.name} cannot be written there ({error.strerror}); "
                "make the folder writable or put the video elsewhere"
            ) from error
    finally:
        frames.close()
