"""A new method is a look and a row of `LOOKS`: one that follows a colour tracks like any other."""

import numpy as np
import pytest
import tensorflow as tf

from src.geometry.search_geometry import cell_displacements
from src.tracking.areas import shown_side
from src.tracking.loading import LOOKS, make_tracker
from src.tracking.look import Sighting
from src.tracking.response import sidelobe_ratio
from src.tracking.state import Template
from tests.support.parameter_files import load_design, load_hyperparams

TARGET, OTHER, GROUND = (230, 40, 30), (30, 40, 230), (120, 120, 120)
BOX = np.array([100.0, 80.0, 40.0, 40.0])


class ColourLook:
    """Goes where the colour is most like that of the exemplar's middle; the size stays."""

    cuts_out = False

    def __init__(self, network, design, hp):
        self.design = design
        self.exemplar_scales = self.search_scales = tf.constant([1.0])

    def embed(self, exemplar):
        return Template((), exemplar)

    def compare(self, template, search, plan):
        far = tf.norm(search[0] - template.rolling[0], axis=3)
        cells = plan.upsampling.shape[1]
        stride = self.design.tot_stride
        first = (far.shape[1] - (cells - 1) * stride) // 2
        target_sz = self.design.exemplar_sz // 2  # without its context
        alike = -tf.nn.avg_pool2d(far[..., None], target_sz, 1, "SAME")[..., 0]
        return alike[:, first::stride, first::stride][:, :cells, :cells]

    def choose(self, maps, state, frame_wh, plan):
        cells = maps.shape[1]
        best = tf.argmax(tf.reshape(maps, [-1, cells**2]), axis=1, output_type=tf.int32)
        axis = tf.constant(cell_displacements(cells, self.design.tot_stride), tf.float32)
        disp_crop = tf.gather(axis, tf.stack([best % cells, best // cells], axis=1))
        side = shown_side(state.target_sz, self.design, plan.crop_sz)
        return Sighting(
            tf.ones_like(disp_crop),
            disp_crop * side[:, None] / plan.crop_sz,
            tf.reduce_max(maps, axis=(1, 2)),
            sidelobe_ratio(maps, self.design),
            maps,
            side,
        )


class Pixels:
    """Stands for a network: a crop is its own embedding, its middle a template."""

    weights = ()

    def embed_template(self, exemplar, training):
        middle = exemplar.shape[1] // 2
        return (exemplar[:, middle : middle + 1, middle : middle + 1],)

    def embed_search(self, search, training):
        return (search,)


@pytest.fixture
def parts(monkeypatch):
    monkeypatch.setitem(LOOKS, "colour", ColourLook)
    # parameter files may name the methods of `Design.method` only
    design = load_design(pad_with_image_mean=False).model_copy(update={"method": "colour"})
    return Pixels(), design, load_hyperparams(z_lr=0.1)


def frame(target_xy, other_xy=(20, 20)):
    """Two squares of 40 pixels on grey."""
    pixels = np.full((200, 260, 3), GROUND, np.uint8)
    for (left, top), colour in ((other_xy, OTHER), (target_xy, TARGET)):
        pixels[top : top + 40, left : left + 40] = colour
    return pixels


def test_it_follows_one_target(parts):
    tracker = make_tracker(*parts)
    tracker.init(frame((100, 80)), BOX)
    for place in ((110, 70), (125, 75), (110, 90)):
        result = tracker.update(frame(place))
        np.testing.assert_allclose(result.box_ltwh, (*place, 40, 40), atol=4)


def test_it_follows_several_targets(parts):
    tracker = make_tracker(*parts, targets=None)
    tracker.init(frame((100, 80), (30, 30)), np.array([BOX, [30, 30, 40, 40]]))
    found = tracker.update(frame((90, 85), (40, 25)))
    boxes = [result.box_ltwh for result in found]
    np.testing.assert_allclose(boxes, [(90, 85, 40, 40), (40, 25, 40, 40)], atol=4)


def test_it_waits_for_a_lost_target_where_the_search_grows(parts):
    network, design, hp = parts
    judged = {"confidence": (2.0, 0.1, 0.0), "lost_below": 0.3, "found_above": 0.6}
    hp = hp.model_copy(update={**judged, "lost_search_growth": 1.5})
    tracker = make_tracker(network, design, hp)
    tracker.init(frame((100, 80)), BOX)
    gone = np.full((200, 260, 3), GROUND, np.uint8)
    lost = [tracker.update(gone) for _ in range(3)][-1]
    assert lost.lost
    found = [tracker.update(frame((110, 70))) for _ in range(4)][-1]
    assert not found.lost
    np.testing.assert_allclose(found.box_ltwh, (110, 70, 40, 40), atol=4)
