"""Where crops begin: anywhere, or at whole pixels of the frame; `design.crop_alignment`."""

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf


class Alignment(NamedTuple):
    """How a tracker places its crops.

    Attributes:
        place: From centres [N, 2] and sides [N, 1] of areas, frame pixels, to those of the areas
            that are cut out.
        first_shift: What is added to the (x, y) of the first box, pixels.
    """

    place: Callable[[tf.Tensor, tf.Tensor], tuple[tf.Tensor, tf.Tensor]]
    first_shift: float


def _anywhere(centre_frame: tf.Tensor, side_frame: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """The middle of a crop is the middle of its target."""
    return centre_frame, side_frame


def _whole_pixels(centre_frame: tf.Tensor, side_frame: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Sides are rounded, and left and top are cut to whole pixels (pysot's `get_subwindow`)."""
    side = tf.round(side_frame)
    return tf.floor(centre_frame - side / 2) + side / 2, side


# `design.crop_alignment` -> how; pysot measures the first centre at the middles of pixels
ALIGNMENTS = {"exact": Alignment(_anywhere, 0.0), "pixel": Alignment(_whole_pixels, -0.5)}
