"""The tracker: parity of whole tracks, and the closed loop of known shifts and scales."""

import functools

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from src.geometry.region_to_bbox import rect_iou
from src.network.siamese import build_network
from src.tracking.loading import make_tracker
from src.video.crops import crop
from src.video.images import read_image
from tests.support.drawn_backbones import draw_weights
from tests.support.parameter_files import TINY, load_design, load_hyperparams
from tests.support.peak_network import CLOSED_LOOP, PeakNetwork, box_around, spot_frame
from tests.support.places import GOLDEN


def track(tracker, frames, box_ltwh):
    tracker.init(frames[0], box_ltwh)
    return np.array([box_ltwh, *(tracker.update(frame).box_ltwh for frame in frames[1:])])


def test_a_whole_track_agrees_with_siamfc_pytorch():
    stored = np.load(GOLDEN / "siamfc_pytorch" / "tracker.npz")
    frames = [read_image(path) for path in sorted((GOLDEN / "siamfc_tf/inside/frames").iterdir())]
    design = load_design("design_alexnet_v1")
    network = build_network(design, seed=0)
    draw_weights(network.backbone)
    tracker = make_tracker(network, design, load_hyperparams("hyperparams_alexnet_v1"))
    expected = stored["bboxes_1_indexed"] - [1, 1, 0, 0]
    boxes = track(tracker, frames, expected[0])
    assert rect_iou(boxes, expected).mean() >= 0.95


@functools.cache
def peak_tracker():
    """One for all spots, so that its graphs are traced once."""
    design = load_design(pad_with_image_mean=False)
    hp = load_hyperparams(**CLOSED_LOOP)
    return make_tracker(PeakNetwork(design), design, hp), design, hp


def closed_loop(first, size, shift_cells, factor):
    """Tracks a spot that moves by whole score cells of the scale that shall win.

    Between cells the original's bicubic kernel itself is off by up to a sixth of a cell.
    """
    tracker, design, hp = peak_tracker()
    tracker.init(spot_frame(first, size), box_around(first, size))
    crop_pixel = 2 * size * factor / design.exemplar_sz
    moved = np.add(first, np.multiply(shift_cells, design.tot_stride * crop_pixel))
    result = tracker.update(spot_frame(moved, size * factor))
    centre = result.box_ltwh[:2] + result.box_ltwh[2:] / 2
    return centre - moved, crop_pixel * design.tot_stride / hp.response_up, result


@pytest.mark.parametrize("factor", [1 / 1.1, 1.0, 1.1])
@pytest.mark.parametrize("shift_cells", [(0, 0), (5, -3), (-9, 7), (12, 12)])
@pytest.mark.parametrize("size", [24.0, 60.0])
def test_a_known_shift_and_scale_come_back(size, shift_cells, factor):
    # C19, C22: half a response cell, at every scale
    error, response_cell, result = closed_loop((240.0, 180.0), size, shift_cells, factor)
    assert result.box_ltwh[2] == pytest.approx(size * factor, rel=1e-4)
    assert np.abs(error).max() <= response_cell / 2


@pytest.mark.parametrize("first", [(20.0, 20.0), (460.0, 18.0), (22.0, 342.0), (462.0, 340.0)])
@pytest.mark.parametrize("factor", [1 / 1.1, 1.0, 1.1])
def test_a_known_shift_comes_back_at_the_borders(first, factor):
    inwards = np.sign(np.array([240.0, 180.0]) - first)
    error, response_cell, result = closed_loop(first, 36.0, inwards * [4, 3], factor)
    assert result.box_ltwh[2] == pytest.approx(36 * factor, rel=1e-4)
    assert np.abs(error).max() <= response_cell / 2


def test_size_stays_within_its_limits():
    # C20: 200 frames of "always larger", then of "always smaller"
    design = load_design(pad_with_image_mean=False)
    hp = load_hyperparams(**CLOSED_LOOP, scale_min=0.2, scale_max=5)
    for favourite, limit in (([1.0, 2.0, 3.0], 5.0), ([3.0, 2.0, 1.0], 0.2)):
        network = PeakNetwork(design)
        network.compare = lambda template, search, training, favourite=favourite: {
            "score": tf.reshape(favourite, [3, 1, 1, 1]) * tf.ones([3, 33, 33, 1])
        }
        tracker = make_tracker(network, design, hp)
        tracker.init(spot_frame((240, 180), 20), box_around((240, 180), 20))
        for _ in range(200):
            box = tracker.update(spot_frame((240, 180), 20)).box_ltwh
            assert 0.2 * 20 - 1e-3 <= box[2] <= 5 * 20 + 1e-3
        assert box[2] == pytest.approx(limit * 20, rel=1e-4)
        assert box[:2] + box[2:] / 2 == pytest.approx([240, 180], abs=1e-2)


@pytest.fixture(scope="module")
def random_tracker():
    design = load_design(**TINY)
    return make_tracker(build_network(design, seed=2), design, load_hyperparams())


def test_one_trace_for_frames_of_any_size(random_tracker):
    rng = np.random.default_rng(0)
    for height, width in ((60, 80), (61, 75), (240, 320), (33, 400)):
        frame = rng.integers(0, 256, (height, width, 3)).astype(np.uint8)
        random_tracker.init(frame, [10, 10, 12, 9])
        random_tracker.update(frame)
        random_tracker.update(frame)
    assert random_tracker.start.experimental_get_tracing_count() == 1
    assert random_tracker.advance.experimental_get_tracing_count() == 1


def test_a_track_repeats_itself(random_tracker):
    rng = np.random.default_rng(1)
    frames = rng.integers(0, 256, (5, 90, 120, 3)).astype(np.uint8)
    box = np.array([40.0, 30.0, 30.0, 20.0])
    np.testing.assert_array_equal(
        track(random_tracker, frames, box), track(random_tracker, frames, box)
    )


@pytest.mark.parametrize("box", [(100, 70, 4, 4), (-50, -40, 300, 250), (118.2, 88.1, 5.0, 7.0)])
def test_extreme_targets_give_finite_boxes(random_tracker, box):
    frame = np.random.default_rng(3).integers(0, 256, (90, 120, 3)).astype(np.uint8)
    random_tracker.init(frame, np.array(box, float))
    for _ in range(3):
        result = random_tracker.update(frame)
        assert np.isfinite(result.box_ltwh).all()
        assert (result.box_ltwh[2:] > 0).all()
        assert np.isfinite(result.response).all()


def test_the_template_rolls_only_when_asked():
    design = load_design(**TINY)
    network = build_network(design, seed=2)
    frames = np.random.default_rng(4).integers(0, 256, (2, 90, 120, 3)).astype(np.uint8)
    for z_lr in (0.0, 0.25, 1.0):
        tracker = make_tracker(network, design, load_hyperparams(z_lr=z_lr))
        tracker.init(frames[0], [40, 30, 30, 20])
        first = tracker.state.template.rolling[0].numpy()
        tracker.update(frames[1])
        rolled = tracker.state.template.rolling[0].numpy()
        state = tracker.state
        tracker.init(
            frames[1],
            np.concatenate([state.centre_frame - state.target_sz / 2, state.target_sz], axis=1)[0],
        )
        newest = tracker.state.template.rolling[0].numpy()
        np.testing.assert_allclose(rolled, (1 - z_lr) * first + z_lr * newest, atol=1e-4)


def test_the_search_box_is_the_area_of_the_winning_crop(random_tracker):
    frame = np.array(Image.new("RGB", (120, 90), (10, 20, 30)))
    random_tracker.init(frame, [40, 30, 30, 20])
    # a frame of one colour is no picture
    frame[89, 119] = 200
    result = random_tracker.update(frame)
    centre = result.search_box_ltwh[:2] + result.search_box_ltwh[2:] / 2
    assert centre == pytest.approx([55, 40], abs=1e-4)
    side = np.sqrt(55 * 45) * 255 / 127
    assert result.search_box_ltwh[2] / side == pytest.approx(1.0, rel=0.05)
    whole = crop(
        frame,
        tf.constant([[55.0, 40.0]]),
        tf.constant([[side, side]], tf.float32),
        (255, 255),
        tf.constant([10.0, 20.0, 30.0]),
    )
    np.testing.assert_allclose(whole[0, 0, 0], [10, 20, 30])


SMALL = {"filter_num": [3, 4, 4, 4, 4]}


SURROUNDED = SMALL | {"exemplar_margin": 8, "template_cells": 17}


@pytest.mark.parametrize("z_lr", [0.0, 0.25])
def test_surroundings_of_the_exemplar_do_not_move_the_template(z_lr):
    # without padding the middle cells see the same pixels of the frame, so the track is the same
    frames = np.random.default_rng(5).integers(0, 256, (4, 90, 120, 3)).astype(np.uint8)
    templates, tracks = [], []
    for changes in (SMALL, SURROUNDED):
        design = load_design(**changes)
        tracker = make_tracker(build_network(design, 2), design, load_hyperparams(z_lr=z_lr))
        tracks.append(track(tracker, frames, np.array([40.0, 30.0, 30.0, 20.0])))
        templates.append(tracker.state.template.rolling[0].numpy())
    assert templates[1].shape == (1, 17, 17, 4)
    np.testing.assert_allclose(tracks[1], tracks[0], atol=1e-3)
    largest = np.abs(templates[0]).max()
    np.testing.assert_allclose(templates[1], templates[0], atol=1e-3 * largest)


@pytest.mark.parametrize("changes", [{}, {"template_cells": 9, "score_sz": 41}])
def test_a_target_that_stays_gives_its_peak_in_the_middle(changes):
    design = load_design(
        **SURROUNDED | {"join_method": "cosine", "score_scaling": "gain_bias"} | changes
    )
    hp = load_hyperparams(window_influence=0.0, z_lr=0.0)
    tracker = make_tracker(build_network(design, 2), design, hp)
    frame = np.random.default_rng(6).integers(0, 256, (180, 240, 3)).astype(np.uint8)
    box = np.array([90.0, 70.0, 40.0, 30.0])
    tracker.init(frame, box)
    cells = design.template_cells
    assert tracker.state.template.rolling[0].shape == (1, cells, cells, 4)
    result = tracker.update(frame)
    assert result.score == pytest.approx(1, abs=1e-4)  # the template is a part of the search area
    np.testing.assert_allclose(result.box_ltwh, box, atol=1e-3)
    size = len(result.response)
    assert np.argmax(result.response) == (size // 2) * size + size // 2


@pytest.mark.parametrize(("windowing", "middle"), [("cosine", 1), ("cosine_sum", 4 / 256**2)])
def test_the_window_of_the_design_is_taken(windowing, middle):
    design = load_design(**SMALL, windowing=windowing)
    tracker = make_tracker(build_network(design, 2), design, load_hyperparams(window_influence=1.0))
    frame = np.random.default_rng(7).integers(0, 256, (90, 120, 3)).astype(np.uint8)
    tracker.init(frame, np.array([40.0, 30.0, 30.0, 20.0]))
    response = tracker.update(frame).response.numpy()
    assert response.shape == (257, 257)
    assert response[128, 128] == response.max() == pytest.approx(middle, rel=1e-4)
