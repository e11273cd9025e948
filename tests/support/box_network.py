"""A network that gives a wanted box, for trackers by region proposals."""

import functools

import numpy as np
import tensorflow as tf

from src.network.box_coding import anchors_by_cell, encode
from src.tracking.loading import make_tracker
from tests.support.parameter_files import load_design, load_hyperparams

FRAME_WH = (480, 360)
# not of one colour, which would be no picture
GONE = np.zeros((FRAME_WH[1], FRAME_WH[0], 3), np.uint8)
GONE[0, 0] = 9
# all of what is found is believed
OPEN = {"window_influence": 0.0, "penalty_k": 0.0, "scale_lr": 1.0}
DESIGN = {"pad_with_image_mean": False, "crop_alignment": "exact", "search_sz": 271, "score_sz": 19}


class BoxNetwork:
    """Finds the white box in a crop, whichever anchor is asked."""

    def __init__(self, design):
        self.design = design

    def embed_template(self, exemplar, training):
        return (tf.zeros([tf.shape(exemplar)[0], 1, 1, 1]),)

    def embed_search(self, search, training):
        return (search,)

    def compare(self, template, search, training):
        design, crop_sz = self.design, search[0].shape[1]
        cells = design.score_sz + (crop_sz - design.search_sz) // design.tot_stride
        anchors = anchors_by_cell(
            cells, design.tot_stride, design.anchor_scales, design.anchor_ratios
        )
        centre, size, seen = white_box(search[0])
        shift, growth = encode(centre[:, None], size[:, None], tf.constant(anchors), tf.math.log)
        loc = tf.concat([shift, growth], axis=-1) * seen[:, None, None]
        far = tf.norm(centre[:, None] - anchors[:, :2], axis=-1)
        logit = tf.where(seen[:, None] > 0, 6 - far / 20, -6.0)
        kinds = len(anchors) // cells**2
        loc = tf.transpose(tf.reshape(loc, [-1, cells, cells, kinds, 4]), [0, 1, 2, 4, 3])
        logit = tf.reshape(logit, [-1, cells, cells, kinds])
        return {
            "cls": tf.concat([-logit / 2, logit / 2], axis=-1),
            "loc": tf.reshape(loc, [-1, cells, cells, 4 * kinds]),
        }


def white_box(crops):
    """Centre from the middle, size, and whether there is any: [N, 2], [N, 2], [N]."""
    white = tf.reduce_mean(crops, axis=-1) / 255
    mass = tf.reduce_sum(white, axis=(1, 2))
    axis = tf.range(crops.shape[1], dtype=tf.float32) + 0.5 - crops.shape[1] / 2
    sides = [tf.reduce_sum(white, axis=which) / (mass[:, None] + 1e-6) for which in (1, 2)]
    centre = tf.stack([tf.reduce_sum(side * axis, axis=1) for side in sides], axis=1)
    spread = tf.stack([tf.reduce_sum(side * axis**2, axis=1) for side in sides], axis=1)
    size = tf.sqrt(tf.maximum(12 * (spread - centre**2), 1.0))
    return centre, size, tf.cast(mass > 5, tf.float32)


def box_frame(box_ltwh):
    """A white box of whole pixels on black."""
    left, top, width, height = (int(number) for number in box_ltwh)
    frame = GONE.copy()
    frame[max(top, 0) : top + height, max(left, 0) : left + width] = 255
    return frame


@functools.cache
def tracker_with(design_changes=(), **changes):
    design = load_design("design_siamrpn_dw", **DESIGN | dict(design_changes))
    hp = load_hyperparams("hyperparams_siamrpn_dw", **OPEN | changes)
    return make_tracker(BoxNetwork(design), design, hp)


def follow(tracker, first, frames):
    tracker.init(box_frame(first), np.array(first, float))
    return [tracker.update(frame) for frame in frames]
