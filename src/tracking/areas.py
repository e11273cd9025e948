"""Which squares of a frame are shown to the network, and the crops of them."""

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

from src.geometry.search_geometry import exemplar_side, search_side
from src.parameters.design import Design
from src.parameters.network_arithmetic import exemplar_crop_sz
from src.video.crops import crop_lazily, fill_colour


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


def shown_side(target_sz: tf.Tensor, design: Design, crop_sz: int) -> tf.Tensor:
    """Sides of the areas that crops show.

    Args:
        target_sz: float32 [N, 2], (width, height), frame pixels.
        design: Its context and `exemplar_sz` say how large a target is in a crop.
        crop_sz: Side of the crops, pixels.

    Returns:
        float32 [N], frame pixels.
    """
    side = exemplar_side(target_sz[:, 0], target_sz[:, 1], design.context)
    return search_side(side, design.exemplar_sz, crop_sz)


def exemplar_sides(target_sz: tf.Tensor, design: Design, scales: tf.Tensor) -> tf.Tensor:
    """Sides of the areas of exemplar crops: the targets with their context.

    Args:
        target_sz: float32 [N, 2], (width, height), frame pixels.
        design: Sizes.
        scales: float32 [S]; the larger one is, the larger is the target in its crop.

    Returns:
        float32 [N, S], frame pixels.
    """
    return shown_side(target_sz, design, exemplar_crop_sz(design))[:, None] / scales


def placed(
    centre_frame: tf.Tensor, side_frame: tf.Tensor, design: Design
) -> tuple[tf.Tensor, tf.Tensor]:
    """Where areas lie that are cut out.

    Args:
        centre_frame: float32 [N, 2], (x, y), frame pixels.
        side_frame: float32 [N, S], sides of the areas, frame pixels.
        design: Alignment.

    Returns:
        Centres float32 [N * S, 2] and sides [N * S, 1], frame pixels.
    """
    centres = tf.repeat(centre_frame, side_frame.shape[1], axis=0)
    sides = tf.reshape(side_frame, [-1, 1])
    return ALIGNMENTS[design.crop_alignment].place(centres, sides)


def cut_out(
    frame: tf.Tensor,
    centre_frame: tf.Tensor,
    side_frame: tf.Tensor,
    design: Design,
    crop_sz: int,
) -> tf.Tensor:
    """Square crops around each centre.

    Args:
        frame: uint8 [H, W, 3], RGB.
        centre_frame: float32 [N, 2], (x, y), frame pixels.
        side_frame: float32 [N, S], sides of the areas, frame pixels.
        design: Alignment and padding.
        crop_sz: Side of the crops, pixels.

    Returns:
        float32 [N * S, crop_sz, crop_sz, 3], 0...255.
    """
    centres, sides = placed(centre_frame, side_frame, design)
    return crop_lazily(
        frame,
        centres,
        tf.repeat(sides, 2, axis=1),
        (crop_sz, crop_sz),
        lambda: fill_colour(frame, design.pad_with_image_mean),
    )
