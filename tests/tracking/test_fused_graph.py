"""The closed loop on smooth noise: features are mean colours, boxes are all of the usual size."""

import functools

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from src.tracking.loading import make_tracker
from tests.support.colour_network import ColourNetwork
from tests.support.parameter_files import load_design, load_hyperparams

FRAME_SZ, MIDDLE = 420, 210
BOX = np.array([MIDDLE - 32.0, MIDDLE - 32.0, 64.0, 64.0])
STEP = 2.0  # of the response, crop pixels; a crop pixel is about one of the frame
OPEN = {"window_influence": 0.0, "penalty_k": 0.0, "box_lr": 0.0, "first_look": 0.0}
OPEN |= {"scale_lr": 1.0, "z_lr": 0.0, "scale_step": 1.1}


def noise(seed=0):
    """Smooth colours that differ everywhere."""
    small = np.random.default_rng(seed).integers(0, 256, (30, 30, 3)).astype(np.uint8)
    return np.asarray(Image.fromarray(small).resize((FRAME_SZ, FRAME_SZ), Image.BICUBIC))


def shifted(frame, x, y):
    return np.roll(frame, (y, x), axis=(0, 1))


def grown(frame, factor):
    """The frame larger, about its middle."""
    offset = MIDDLE - MIDDLE / factor
    from_there = (1 / factor, 0, offset, 0, 1 / factor, offset)
    image = Image.fromarray(frame)
    return np.asarray(image.transform(image.size, Image.AFFINE, from_there, Image.BICUBIC))


@functools.cache
def parts(levels=(10, 4), box_sz=(64.0, 64.0), **changes):
    design = load_design("design_siamrpn_lite0", levels=list(levels))
    hp = load_hyperparams("hyperparams_siamrpn_lite0", **OPEN | changes)
    return ColourNetwork(design, np.array(box_sz)), design, hp


@functools.cache
def tracker_with(**changes):
    return make_tracker(*parts(**changes))


def follow(tracker, frames, box=BOX):
    tracker.init(noise(), box)
    return [tracker.update(frame) for frame in frames]


def centre(result):
    return result.box_ltwh[:2] + result.box_ltwh[2:] / 2


@pytest.mark.parametrize(("x", "y"), [(0, 0), (13, -6), (-30, 22), (40, 40)])
def test_a_shift_is_found_between_cells(x, y):
    (result,) = follow(tracker_with(), [shifted(noise(), x, y)])
    np.testing.assert_allclose(centre(result), (MIDDLE + x, MIDDLE + y), atol=STEP)
    np.testing.assert_allclose(result.box_ltwh[2:], 64, rtol=1e-3)


def test_the_finer_level_is_not_needed():
    (result,) = follow(tracker_with(levels=(10,)), [shifted(noise(), 13, -6)])
    np.testing.assert_allclose(centre(result), (MIDDLE + 13, MIDDLE - 6), atol=2 * STEP)


@pytest.mark.parametrize("factor", [1 / 1.1, 1.1])
@pytest.mark.parametrize("scale_lr", [1.0, 0.3])
def test_one_look_tells_how_the_size_changes(factor, scale_lr):
    (result,) = follow(tracker_with(scale_lr=scale_lr), [grown(noise(), factor)])
    np.testing.assert_allclose(result.box_ltwh[2:], 64 * factor**scale_lr, rtol=1e-3)


def test_the_scale_penalty_keeps_the_size():
    (result,) = follow(tracker_with(scale_penalty=0.5), [grown(noise(), 1.1)])
    np.testing.assert_allclose(result.box_ltwh[2:], 64, rtol=1e-3)


def test_the_size_follows_the_box_by_the_share_that_is_told():
    tracker = tracker_with(box_sz=(80.0, 40.0), box_lr=0.5)
    (result,) = follow(tracker, [noise()])
    pixel = np.sqrt(128 * 128) / 127
    # likeness is 1 where the cosines peak, and the logit of every box is 0
    trust = 0.7 * 1 + 0.3 * 0.5
    expected = 64 * (np.array([80.0, 40.0]) * pixel / 64) ** (0.5 * trust)
    np.testing.assert_allclose(result.box_ltwh[2:], expected, rtol=0.01)


def test_a_peak_far_from_the_best_box_is_not_believed():
    """The window holds the best box in the middle, and the target is 60 pixels away."""
    tracker = tracker_with(window_influence=1.0)
    (result,) = follow(tracker, [shifted(noise(), 60, 0)])
    assert np.abs(centre(result) - MIDDLE).max() < 30


def test_the_rolling_template_is_cut_out_where_the_target_is():
    tracker = tracker_with(z_lr=0.25)
    tracker.init(noise(), BOX)
    first = tracker.state.template
    tracker.update(shifted(noise(1), 0, 0))
    later = tracker.state.template
    for old, new in zip(first.rolling, later.rolling, strict=True):
        part = (new - 0.75 * old) / 0.25
        # the cut-out part is as long as the old template
        np.testing.assert_allclose(tf.norm(part), tf.norm(old), rtol=1e-3)
        assert float(tf.reduce_sum(part * old) / tf.norm(old) ** 2) < 0.8
    for old, new in zip(tf.nest.flatten(first.scaled), tf.nest.flatten(later.scaled), strict=True):
        np.testing.assert_array_equal(old, new)


def test_of_an_unchanged_target_the_rolling_template_stays():
    tracker = tracker_with(z_lr=0.25)
    tracker.init(noise(), BOX)
    first = tracker.state.template.rolling
    tracker.update(shifted(noise(), 16, -16))
    for old, new in zip(first, tracker.state.template.rolling, strict=True):
        cosine = tf.reduce_sum(old * new) / (tf.norm(old) * tf.norm(new))
        assert float(cosine) > 0.98


def test_without_a_rate_it_is_never_touched():
    tracker = tracker_with()
    tracker.init(noise(), BOX)
    first = tracker.state.template.rolling
    tracker.update(noise(1))
    for old, new in zip(first, tracker.state.template.rolling, strict=True):
        np.testing.assert_array_equal(old, new)


def test_several_targets_are_tracked_as_each_alone():
    boxes = np.stack([BOX, BOX + np.array([20, -30, 10, -8])])
    frames = [grown(shifted(noise(), 9, 5), 1.05), shifted(noise(), 20, 0)]
    together = make_tracker(*parts(z_lr=0.25), targets=None)
    together.init(noise(), boxes)
    found = [together.update(frame) for frame in frames]
    for n, box in enumerate(boxes):
        alone = follow(tracker_with(z_lr=0.25), frames, box)
        for both, one in zip(found, alone, strict=True):
            np.testing.assert_allclose(both[n].box_ltwh, one.box_ltwh, atol=1e-2)


def test_a_lost_target_is_looked_for_in_a_wider_area():
    """Its cells are as far apart as ever, those of the finer level too."""
    tracker = tracker_with(lost_search_growth=1.5, lost_below=0.5, found_above=0.9)
    tracker.init(noise(), BOX)
    tracker.state = tracker.state._replace(lost=tf.constant([True]))
    result = tracker.update(shifted(noise(), 13, -6))
    assert result.search_box_ltwh[2] == pytest.approx(385 * 128 / 127, rel=0.01)
