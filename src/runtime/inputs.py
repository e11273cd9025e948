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
SMALLEST_SZ, LARGEST_SZ = 1e-3, 1e6


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
        InputError: It is not four finite numbers, has an impossible size (0, say), or lies outside
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
    if not ((box[2:] >= SMALLEST_SZ) & (box[2:] <= LARGEST_SZ)).all():
        sizes = f"both sizes from {SMALLEST_SZ:g} to {LARGEST_SZ:g}"
        raise InputError(f"the box {box.tolist()} has an impossible size: {_BOXES}, {sizes}")
    height, width = frame.shape[:2]
    if not visible_share(box, (width, height)) > 0:
        raise InputError(
            f"the box {box.tolist()} lies outside the frame of {width} x {height} pixels: {_BOXES}"
        )
    return box


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
