"""Correlation of search areas with several kernels each (SiamRPN, section 3.2)."""

import tensorflow as tf


def kernel_correlation(kernels: tf.Tensor, search: tf.Tensor) -> tf.Tensor:
    """Slides the kernels of every example over its own search area.

    A matrix product for each cell of the kernels: unlike a grouped convolution it is quick for many
    examples, and so is its gradient.

    Args:
        kernels: [B, h, w, O * C]; the first C channels are the first kernel.
        search: [B, H, W, C], H >= h, W >= w.

    Returns:
        [B, H - h + 1, W - w + 1, O]; element (i, j, o) compares kernel o with the window whose top
        left cell is (i, j).
    """
    height, width = (
        whole - part + 1 for whole, part in zip(search.shape[1:3], kernels.shape[1:3], strict=True)
    )
    channels = search.shape[3]
    outputs = kernels.shape[3] // channels
    products = []
    for row in range(kernels.shape[1]):
        for column in range(kernels.shape[2]):
            window = search[:, row : row + height, column : column + width]
            kernel = tf.reshape(kernels[:, row, column], [-1, outputs, channels])
            flat = tf.reshape(window, [-1, height * width, channels])
            products.append(tf.matmul(flat, kernel, transpose_b=True))
    return tf.reshape(tf.add_n(products), [-1, height, width, outputs])
