"""Square crops around a target: one routine for the data set, the training and the tracker."""

from collections.abc import Callable

import tensorflow as tf

OUTSIDE = -1.0  # marks samples beyond the image; no image has this value


def mean_colour(image: tf.Tensor) -> tf.Tensor:
    """Mean colour of an image: [H, W, 3] uint8 or float -> [3] float32."""
    size = tf.shape(image)
    # whole rows first: over axes (0, 1) takes longer, and a sum of so many bytes rounds
    rows = tf.reduce_sum(tf.cast(tf.reshape(image, [size[0], -1]), tf.float32), axis=0)
    return tf.reduce_mean(tf.reshape(rows, [-1, 3]), axis=0) / tf.cast(size[0], tf.float32)


def fill_colour(image: tf.Tensor, pad_with_image_mean: bool) -> tf.Tensor:
    """Colour outside the image, [3] float32: its mean, or black (`design.pad_with_image_mean`)."""
    return mean_colour(image) if pad_with_image_mean else tf.zeros([3])


def crop(
    image: tf.Tensor,
    centre_frame: tf.Tensor,
    side_frame: tf.Tensor,
    out_sz: tuple[int, int],
    fill: tf.Tensor,
) -> tf.Tensor:
    """Cuts areas out of one image and resizes them bilinearly, exact to a fraction of a pixel.

    Output pixel (i, j) shows the point at share ((j + 0.5) / width, (i + 0.5) / height) of the
    area, so the centre of the output is the centre of the area whatever its size. A point beyond
    the centres of the image's outermost pixels shows `fill`. Large areas are sampled, not averaged,
    as in the reference implementations.

    Args:
        image: [H, W, 3] uint8 or float32, 0...255.
        centre_frame: float32 [S, 2], (x, y) of the areas' centres; pixel i covers [i, i + 1).
        side_frame: float32 [S, 2], (width, height) of the areas in pixels of `image`, > 0.
        out_sz: (height, width) of the output, pixels.
        fill: float32 [3], colour outside the image.

    Returns:
        float32 [S, height, width, 3], 0...255.
    """
    return crop_lazily(image, centre_frame, side_frame, out_sz, lambda: fill)


def crop_lazily(
    image: tf.Tensor,
    centre_frame: tf.Tensor,
    side_frame: tf.Tensor,
    out_sz: tuple[int, int],
    make_fill: Callable[[], tf.Tensor],
) -> tf.Tensor:
    """The same; the colour is asked for only where an area leaves the image.

    Args:
        image: As for `crop`, like the next three.
        centre_frame: [S, 2].
        side_frame: [S, 2].
        out_sz: (height, width).
        make_fill: Gives the colour outside the image, float32 [3].

    Returns:
        float32 [S, height, width, 3], 0...255.
    """
    image = tf.convert_to_tensor(image)
    height, width = tf.unstack(tf.cast(tf.shape(image)[:2], tf.float32))
    out_wh = tf.constant([out_sz[1], out_sz[0]], tf.float32)
    pixel = side_frame / out_wh
    first = centre_frame - side_frame / 2 + pixel / 2 - 0.5
    last = first + pixel * (out_wh - 1)
    # crop_and_resize divides the image into (size - 1) steps between pixel centres
    steps = tf.maximum(tf.stack([width, height]) - 1, 1)
    x1, y1 = tf.unstack(first / steps, axis=1)
    x2, y2 = tf.unstack(last / steps, axis=1)
    boxes_y1x1y2x2 = tf.stack([y1, x1, y2, x2], axis=1)
    areas = tf.image.crop_and_resize(
        image[None],
        boxes_y1x1y2x2,
        tf.zeros(tf.shape(boxes_y1x1y2x2)[:1], tf.int32),
        out_sz,
        extrapolation_value=OUTSIDE,
    )
    return tf.cond(
        _leaves(tf.stack([width, height]), centre_frame, side_frame),
        lambda: _filled(areas, make_fill()),
        lambda: areas,
    )


def _leaves(image_wh: tf.Tensor, centre_frame: tf.Tensor, side_frame: tf.Tensor) -> tf.Tensor:
    """Whether an area reaches beyond the centres of the outermost pixels; samples reach less far.

    The half pixel of the crop between them is far more than any rounding of their places.
    """
    first, last = centre_frame - side_frame / 2, centre_frame + side_frame / 2
    return tf.reduce_any((first < 0.5) | (last > image_wh - 0.5))


def _filled(areas: tf.Tensor, fill: tf.Tensor) -> tf.Tensor:
    """The areas [S, height, width, 3] with a colour for all marked samples."""
    # in rows of pixels: to broadcast over an axis of 3 takes three times as long
    rows = tf.reshape(areas, [-1, areas.shape[2] * 3])
    filled = tf.where(rows == OUTSIDE, tf.tile(fill, [areas.shape[2]]), rows)
    return tf.reshape(filled, tf.shape(areas))
