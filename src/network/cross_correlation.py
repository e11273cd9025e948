"""Correlations of templates with search areas, and the windows they are taken over."""

from collections.abc import Callable

import tensorflow as tf

Tensors = tuple[tf.Tensor, tf.Tensor]
TINY = 1e-20
ONE_STEP = [1, 1, 1, 1]


def cross_correlation(template: tf.Tensor, search: tf.Tensor, training: bool) -> tf.Tensor:
    """Slides every template over its own search area and sums the products over all channels.

    The batch is folded into the channels, so that one depth-wise convolution serves all examples.

    Args:
        template: [B, h, w, C] embedded exemplars.
        search: [B, H, W, C] embedded search areas, H >= h, W >= w.
        training: Whether a quick gradient is wanted; TensorFlow never frees a graph that has one.

    Returns:
        [B, H - h + 1, W - w + 1, 1]; element (i, j) compares the template with the window whose
        top left cell is (i, j).
    """
    products = _products(template, search, training)
    return tf.transpose(tf.reduce_sum(products, axis=-1, keepdims=True), [2, 0, 1, 3])


def depthwise_correlation(template: tf.Tensor, search: tf.Tensor, training: bool) -> tf.Tensor:
    """Slides every template over its own search area, every channel by itself.

    Args:
        template: [B, h, w, C] embedded exemplars.
        search: [B, H, W, C] embedded search areas, H >= h, W >= w.
        training: As for `cross_correlation`.

    Returns:
        [B, H - h + 1, W - w + 1, C]; their sum over the channels is `cross_correlation`.
    """
    return tf.transpose(_products(template, search, training), [2, 0, 1, 3])


def _products(template: tf.Tensor, search: tf.Tensor, training: bool) -> tf.Tensor:
    """What one depth-wise convolution gives for all examples: [h', w', B, C]."""
    batch, height, width, channels = _sizes(search)
    _, template_height, template_width, _ = _sizes(template)
    folded = batch * channels
    search = tf.reshape(tf.transpose(search, [1, 2, 0, 3]), [1, height, width, folded])
    template = tf.reshape(
        tf.transpose(template, [1, 2, 0, 3]), [template_height, template_width, folded, 1]
    )
    slide = _slide_and_learn if training else _slide
    products = slide(search, template)
    return tf.reshape(
        products, [height - template_height + 1, width - template_width + 1, batch, channels]
    )


def cosine_correlation(template: tf.Tensor, search: tf.Tensor, training: bool) -> tf.Tensor:
    """Cross-correlation divided by the norms of the template and of each window.

    Args:
        template: [B, h, w, C] embedded exemplars.
        search: [B, H, W, C] embedded search areas, H >= h, W >= w.
        training: As for `cross_correlation`.

    Returns:
        [B, H - h + 1, W - w + 1, 1], the cosine of the angle between template and window, -1...1;
        0 where one of them is 0 everywhere.
    """
    window = tf.ones_like(template[..., :1])
    energy = tf.reduce_sum(tf.square(search), axis=-1, keepdims=True)
    window_energy = cross_correlation(window, energy, training)
    template_energy = tf.reduce_sum(tf.square(template), axis=(1, 2, 3), keepdims=True)
    products = cross_correlation(template, search, training)
    return products * _inverse_norm(window_energy) * _inverse_norm(template_energy)


def cosine_with_each(templates: tf.Tensor, search: tf.Tensor) -> tf.Tensor:
    """`cosine_correlation` of several templates with the search area that they share.

    Args:
        templates: [B, T, h, w, C].
        search: [B, H, W, C], H >= h, W >= w.

    Returns:
        [B, H - h + 1, W - w + 1, T].
    """
    window = tf.ones([*templates.shape[2:4], 1, 1])
    energy = tf.reduce_sum(tf.square(search), axis=-1, keepdims=True)
    window_energy = tf.nn.conv2d(energy, window, 1, "VALID")
    template_energy = tf.reduce_sum(tf.square(templates), axis=(2, 3, 4), keepdims=True)
    products = correlate_each(templates * _inverse_norm(template_energy), search)
    return products * _inverse_norm(window_energy)


def correlate_each(templates: tf.Tensor, search: tf.Tensor) -> tf.Tensor:
    """Slides several templates over the search area that they share, as `cross_correlation`.

    One matrix product holds every cell of the templates against every cell of the area; what
    belongs to one window is then summed. Convolutions with filters that are no constants are slow:
    this takes TFLite a seventh of their time.

    Args:
        templates: [B, T, h, w, C]; all sizes but B are known.
        search: [B, H, W, C], H >= h, W >= w.

    Returns:
        [B, H - h + 1, W - w + 1, T].
    """
    count, height, width, channels = templates.shape[1:]
    rows, columns = search.shape[1:3]
    cells = tf.reshape(templates, [-1, count * height * width, channels])
    area = tf.reshape(search, [-1, rows * columns, channels])
    products = tf.matmul(cells, area, transpose_b=True)
    products = _sum_shifted(tf.reshape(products, [-1, width, rows * columns]), 1)
    products = _sum_shifted(tf.reshape(products, [-1, height, rows * columns]), columns)
    products = tf.reshape(products, [-1, count, rows, columns])
    return tf.transpose(products[:, :, : rows - height + 1, : columns - width + 1], [0, 2, 3, 1])


def _sum_shifted(values: tf.Tensor, step: int) -> tf.Tensor:
    """Sums [B, k, n] over k, the i-th row shifted i steps to the left: [B, n].

    Read on with `step` numbers more in each row, the rows lie shifted; the last elements are not
    to be used.
    """
    count, length = values.shape[1:]
    flat = tf.pad(tf.reshape(values, [-1, count * length]), [[0, 0], [0, count * step]])
    shifted = tf.reshape(flat, [-1, count, length + step])
    return tf.reduce_sum(shifted, axis=1)[:, :length]


def cosine_with_all(template: tf.Tensor, search: tf.Tensor) -> tf.Tensor:
    """`cosine_correlation` of every template with every search area.

    The templates are the filters of one convolution, whose gradient is quick.

    Args:
        template: [B, h, w, C].
        search: [A, H, W, C], H >= h, W >= w.

    Returns:
        [B, A, H - h + 1, W - w + 1].
    """
    filters = tf.transpose(template, [1, 2, 3, 0])
    products = tf.nn.conv2d(search, filters, 1, "VALID")
    window = tf.ones_like(filters[:, :, :1, :1])
    energy = tf.reduce_sum(tf.square(search), axis=-1, keepdims=True)
    window_energy = tf.nn.conv2d(energy, window, 1, "VALID")
    template_energy = tf.reduce_sum(filters**2, axis=(0, 1, 2))
    cosine = products * _inverse_norm(window_energy) * _inverse_norm(template_energy)
    return tf.transpose(cosine, [3, 0, 1, 2])


def _slide(search: tf.Tensor, template: tf.Tensor) -> tf.Tensor:
    """Slides [h, w, F, 1] over [1, H, W, F], channel by channel."""
    return tf.nn.depthwise_conv2d(search, template, ONE_STEP, "VALID")


@tf.custom_gradient
def _slide_and_learn(
    search: tf.Tensor, template: tf.Tensor
) -> tuple[tf.Tensor, Callable[..., Tensors]]:
    """The same with another gradient.

    What TensorFlow would take for the template's is 15 to 50 times slower on the CPU than sliding
    the gradient of the products over the search areas, which is the same sum. But TensorFlow keeps
    a gradient that it is given, and with it the graph, as long as the process lasts.
    """

    def gradient(of_products: tf.Tensor) -> Tensors:
        of_search = tf.nn.depthwise_conv2d_backprop_input(
            tf.shape(search), template, of_products, ONE_STEP, "VALID"
        )
        filters = tf.transpose(of_products, [1, 2, 3, 0])
        of_template = _slide(search, filters)
        return of_search, tf.transpose(of_template, [1, 2, 3, 0])

    return _slide(search, template), gradient


def _inverse_norm(energy: tf.Tensor) -> tf.Tensor:
    """1 / sqrt, of what is almost 0 a large number: a root of exactly 0 has no gradient."""
    return tf.math.rsqrt(tf.maximum(energy, TINY))


def _sizes(tensor: tf.Tensor) -> list[int | tf.Tensor]:
    """The sizes of all dimensions: numbers where the graph knows them, else scalar tensors."""
    dynamic = tf.unstack(tf.shape(tensor))
    static = tuple(tensor.shape)
    return [size if known is None else known for known, size in zip(static, dynamic, strict=True)]


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


def centre_crop(features: tf.Tensor, cells: int | None) -> tf.Tensor:
    """The middle cells of a map.

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


def window_around(features: tf.Tensor, disp_cells: tf.Tensor, size: int) -> tf.Tensor:
    """A square window of each map, by bilinear interpolation.

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


def pad_for(template: tf.Tensor, search: tf.Tensor) -> tf.Tensor:
    """Search features with zeros around them: every cell is then the middle of a window."""
    rows, columns = ((size - 1) // 2 for size in template.shape[1:3])
    return tf.pad(search, [[0, 0], [rows, rows], [columns, columns], [0, 0]])
