"""Frames and boxes as a program hands them over, checked by NumPy alone."""

import math

import numpy as np

from src.base.errors import UserError
from src.geometry.region_to_bbox import visible_share

_FRAMES = (
    "a frame is a NumPy array of uint8, RGB [height, width, 3] or grey [height, width], values 0 "
    "to 255"
)
_BOXES = "a box is (x, y, width, height) in pixels of the frame, counted from 0"
# where float32, in which the tracker computes, still knows where the box lies and what its area is
LARGEST_SZ = 1e6
# a box of which less is inside the frame shows the tracker its surroundings alone
LEAST_INSIDE = 0.1


class InputError(UserError, ValueError):
    """A call with a wrong frame or box, or out of turn; the message says what would be right."""


def checked_frame(frame: object) -> np.ndarray:
    """Takes a frame as a user hands it over.

    Args:
        frame: uint8 [H, W, 3], RGB, or [H, W], grey; strides are free.

    Returns:
        uint8 [H, W, 3], RGB, C-contiguous; the frame itself if it is just that.

    Raises:
        InputError: Anything else.
    """
    if not isinstance(frame, np.ndarray):
        hint = "; np.asarray(image.convert('RGB')) makes one of a Pillow image"
        raise InputError(f"the frame is of type {type(frame).__name__}: {_FRAMES}{hint}")
    is_grey = frame.ndim == 2
    if frame.dtype != np.uint8 or not (is_grey or (frame.ndim == 3 and frame.shape[2] == 3)):
        raise InputError(f"the frame is {frame.dtype} of shape {frame.shape}: {_FRAMES}")
    if not frame.size:
        raise InputError(f"the frame is empty, of shape {frame.shape}: {_FRAMES}")
    return np.repeat(frame[..., None], 3, axis=2) if is_grey else np.ascontiguousarray(frame)


def checked_box_ltwh(box_ltwh: object, frame: np.ndarray) -> np.ndarray:
    """Takes the box of a target as a user hands it over.

    Args:
        box_ltwh: Four numbers, frame pixels counted from 0; part of it may lie outside the frame.
        frame: uint8 [H, W, 3], the frame it lies in.

    Returns:
        float64 [4], a copy.

    Raises:
        InputError: It is not four finite numbers, has an impossible size (0, say, or less than a
            pixel, as boxes in shares of the frame have), or less than a tenth of it lies inside
            the frame.
    """
    try:
        box = np.array(box_ltwh, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"the box {box_ltwh!r} is not four numbers: {_BOXES}") from error
    if box.shape != (4,):
        raise InputError(f"the box has shape {box.shape}, not (4,): {_BOXES}")
    if not np.isfinite(box).all():
        raise InputError(f"the box {box.tolist()} is not of finite numbers: {_BOXES}")
    height, width = frame.shape[:2]
    if not ((box[2:] >= 1) & (box[2:] <= LARGEST_SZ)).all():
        sizes = f"both sizes from 1 to {LARGEST_SZ:g}"
        raise InputError(
            f"the box {box.tolist()} has an impossible size: {_BOXES}, {sizes}"
            + guessed_unit(box, (width, height))
        )
    inside = visible_share(box, (width, height))
    if not inside >= LEAST_INSIDE:
        told = f"lies with {inside:.0%} of its area in" if inside > 0 else "lies outside"
        raise InputError(
            f"the box {box.tolist()} {told} the frame of {width} x {height} pixels: {_BOXES}, and "
            "a tenth of it at least inside"
        )
    return box


def guessed_unit(box: np.ndarray, frame_wh: tuple[int, int]) -> str:
    """What a box of less than a pixel may have meant.

    Args:
        box: float [4] ltwh.
        frame_wh: (width, height) of its frame, pixels.

    Returns:
        The end of a sentence; empty unless the numbers may be shares of the frame.
    """
    is_share = (box >= 0).all() and (box[2:] > 0).all() and (box[:2] + box[2:] <= 1).all()
    if not is_share or (box[2:] >= 1).all():
        return ""
    pixels = (box * np.tile(frame_wh, 2)).round(1).tolist()
    return f"; as shares of the frame it would be {pixels}"


def parsed_region(option: str, text: str) -> list[float]:
    """The box that an option of the command line names.

    Args:
        option: Its name, for the user.
        text: `x,y,w,h`, frame pixels counted from 0.

    Raises:
        UserError: It is not four numbers with a width and a height above 0.
    """
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != 4 or not all(map(math.isfinite, numbers)) or min(numbers[2:]) <= 0:
        raise UserError(
            f"{option} {text}: must be x,y,w,h: four numbers, pixels counted from 0, with a width "
            f"and a height above 0, e.g. {option} 120,80,64,48"
        )
    return numbers
