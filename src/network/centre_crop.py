"""The neck of a template: the middle cells of an exemplar embedded with its surroundings."""

import tensorflow as tf


def centre_crop(features: tf.Tensor, cells: int | None) -> tf.Tensor:
    """Takes the middle cells of a map.

    A padded network sees the edge of its crop in the outer cells. With the surroundings of the
    exemplar around it, the middle cells are almost those of a search crop.

    Args:
        features: [B, h, w, C], h and w odd.
        cells: How many cells along each axis, odd, at most h and w; None: all.

    Returns:
        [B, cells, cells, C].
    """
    if cells is None:
        return features
    top, left = ((size - cells) // 2 for size in features.shape[1:3])
    return features[:, top : top + cells, left : left + cells]
