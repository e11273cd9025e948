"""Frames by the numbers in their names, so that a lost file cannot shift the labels after it."""

import os
import re
from pathlib import Path

from src.base.errors import UserError
from src.video.images import IMAGE_KINDS, is_image_name

_NUMBER = re.compile(r"([0-9]+)\.\w+")


def numbered_frames(folder: Path) -> dict[int, Path]:
    """Finds the image files of a folder that are named by a number, as `0001.jpg` or `17.jpg`.

    Args:
        folder: The folder of one video; it is listed once, and no file is looked at.

    Returns:
        From each number to its file, in the order of the numbers.

    Raises:
        UserError: The folder is missing or holds no such file, or two files have one number.
    """
    try:
        names = [name for name in os.listdir(folder) if is_image_name(name)]
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UserError(f"{folder}: there is no such folder of frames") from error
    numbered = [(int(match[1]), name) for name in names if (match := _NUMBER.fullmatch(name))]
    if not numbered:
        raise UserError(
            f"{folder}: the video has no frames; {IMAGE_KINDS} files named by their number are "
            "right"
        )
    frames = {number: folder / name for number, name in sorted(numbered)}
    if len(frames) < len(numbered):
        raise _double_number(folder, numbered)
    return frames


def consecutive_frames(folder: Path) -> list[Path]:
    """Finds the frames of a folder, whatever the first one's number.

    Args:
        folder: The folder of one video.

    Returns:
        The files in the order of their numbers.

    Raises:
        UserError: As `numbered_frames`, or a number between the first and the last is missing.
    """
    frames = numbered_frames(folder)
    first, last = min(frames), max(frames)
    if last - first + 1 > len(frames):
        lost = next(number for number in range(first, last) if number not in frames)
        raise UserError(f"{folder}: frame {lost} is missing, of {first} to {last}")
    return list(frames.values())


def frames_between(
    folder: Path, frames: dict[int, Path], first: int, last: int, labels: Path
) -> list[Path]:
    """Picks the frames of a file of labels that has one row for each of them.

    Args:
        folder: The folder of the frames.
        frames: What `numbered_frames` found there.
        first: Number of the first frame.
        last: Number of the last one.
        labels: The file that says so, for the error.

    Returns:
        The files numbered `first` to `last`.

    Raises:
        UserError: One of them is not there.
    """
    lost = next((number for number in range(first, last + 1) if number not in frames), None)
    if lost is not None:
        raise UserError(
            f"{labels}, row {lost - first + 1}: labels frame {lost}, which is not in {folder}; "
            f"it should hold frames {first} to {last}"
        )
    return [frames[number] for number in range(first, last + 1)]


def _double_number(folder: Path, numbered: list[tuple[int, str]]) -> UserError:
    taken: dict[int, str] = {}
    for number, name in sorted(numbered):
        if number in taken:
            break
        taken[number] = name
    return UserError(
        f"{folder}: {taken[number]} and {name} have one number; one file a frame is right"
    )
