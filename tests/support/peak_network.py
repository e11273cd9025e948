"""A network whose score peaks where a spot is, for trackers by correlation."""

import numpy as np
import tensorflow as tf


class PeakNetwork:
    """A network whose score peaks where the crop has its bright spot: geometry without learning."""

    def __init__(self, design):
        self.design, self.stride, self.cells = design, design.tot_stride, design.score_sz

    def embed_template(self, exemplar, training):
        return (tf.reshape(self._size(exemplar), [-1, 1, 1, 1]),)

    def embed_search(self, search, training):
        # the crop around each score cell's centre, and the size of the spot in the crop
        margin = (self.design.search_sz - 1 - (self.cells - 1) * self.stride) // 2
        grey = tf.reduce_mean(search, axis=-1, keepdims=True)
        # an average over neighbours, as of any network, so that grey levels do not round the place
        grey = tf.nn.avg_pool2d(grey, 9, 1, "SAME")[..., 0]
        extent = self.cells * self.stride + search.shape[1] - self.design.search_sz
        cells = grey[:, margin : margin + extent : self.stride]
        cells = cells[:, :, margin : margin + extent : self.stride]
        return (cells[..., None], tf.reshape(self._size(search), [-1, 1, 1, 1]))

    def compare(self, template, search, training):
        likeness = tf.exp(-(tf.math.log(search[1] / template[0]) ** 2) / 0.001)
        return {"score": search[0] / 255 * likeness}

    @staticmethod
    def _size(image):
        """Area of the spot, in pixels of its crop."""
        return tf.reduce_sum(tf.reduce_mean(image, axis=-1), axis=(1, 2))


def spot_frame(centre, size, frame_sz=(480, 360)):
    """A Gaussian spot on black: float centre (x, y), edge convention."""
    y, x = np.mgrid[: frame_sz[1], : frame_sz[0]] + 0.5
    sigma = size / 16
    spot = np.exp(-((x - centre[0]) ** 2 + (y - centre[1]) ** 2) / (2 * sigma**2))
    return np.repeat((255 * spot).round()[..., None], 3, axis=2).astype(np.uint8)


def box_around(centre, size):
    return np.array([centre[0] - size / 2, centre[1] - size / 2, size, size])


CLOSED_LOOP = {"window_influence": 0.0, "z_lr": 0.0, "scale_lr": 1.0, "scale_step": 1.1}
