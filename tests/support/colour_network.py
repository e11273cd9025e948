"""A network whose features are mean colours, and whose boxes are all of one size."""

import numpy as np
import tensorflow as tf

from src.network.box_coding import distance_unit
from src.network.cross_correlation import centre_crop
from src.network.heads.fused import FusedHead

STRIDES = {10: 16, 4: 8}


class ColourNetwork:
    """Embeds crops as mean colours around every cell, and finds boxes of one size everywhere."""

    def __init__(self, design, box_sz):
        self.design, self.weights = design, ()
        self.head = FusedHead(design)
        self.loc = np.log(box_sz / 2 / distance_unit(design)).astype(np.float32)

    def embed_search(self, search, training):
        strides = [STRIDES[level] for level in self.design.levels]
        return tuple(
            tf.nn.avg_pool2d(search / 255 - 0.5, stride + 1, stride, "SAME") for stride in strides
        )

    def embed_template(self, exemplar, training):
        levels = self.embed_search(exemplar, training)
        return tuple(centre_crop(level, self.design.template_cells) for level in levels)

    def prepare(self, template):
        return ()

    def compare_prepared(self, prepared, search, cosine):
        batch, cells = tf.shape(search[0])[0], search[0].shape[1]
        width, height = self.loc
        return {
            "cls": tf.zeros([batch, cells, cells, 1]),
            "loc": tf.tile([[[[width, height] * 2]]], [batch, cells, cells, 1]),
        }
