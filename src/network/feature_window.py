"""A window of features around any place, also between cells."""

import tensorflow as tf


def window_around(features: tf.Tensor, disp_cells: tf.Tensor, size: int) -> tf.Tensor:
    """Cuts a square window out of each map, by bilinear interpolation.

    Args:
        features: float32 [N, n, n, C], n odd.
        disp_cells: float32 [N, 2], (x, y) of the window's middle from the map's middle, cells.
        size: Cells of a side, odd.

    Returns:
        float32 [N, size, size, C]; 0 beyond the map.
    """
    cells = features.shape[1]
    middle = disp_cells + (cells - 1) / 2
    steps = tf.range(size, dtype=tf.float32) - (size - 1) / 2
    places = middle[:, :, None] + steps
    distance = tf.abs(places[..., None] - tf.range(cells, dtype=tf.float32))
    weight_x, weight_y = tf.unstack(tf.maximum(1 - distance, 0.0), axis=1)
    rows = tf.einsum("nki,nijc->nkjc", weight_y, features)
    return tf.einsum("nlj,nkjc->nklc", weight_x, rows)
