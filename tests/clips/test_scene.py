"""The scene plays its script: who covers whom, who leaves, how light changes."""

import numpy as np
import pytest

from tests.clips.events import Event
from tests.clips.scene import make_scene

SIZE = (120, 90)


def scene(*events, seed=3, n_frames=40):
    return make_scene(np.random.default_rng(seed), n_frames, SIZE, tuple(events))


def test_without_events_the_target_is_wholly_visible_and_both_move():
    plain = scene()
    image, share = plain.render(0)
    later, _ = plain.render(20)
    assert image.shape == (90, 120, 3) and share == pytest.approx(1, abs=0.03)
    assert np.abs(plain.target.box_ltwh(0)[:2] - plain.target.box_ltwh(20)[:2]).max() > 3
    assert np.abs(plain.camera(0)[:2] - plain.camera(20)[:2]).max() > 3
    assert np.abs(image - later).mean() > 5


@pytest.mark.parametrize("seed", range(6))
def test_a_wide_bar_hides_the_target_only_during_its_event(seed):
    hidden = scene(Event("occlusion", 10, 30, 1.4), seed=seed)
    shares = np.array([hidden.render(t)[1] for t in range(40)])
    assert shares[20] < 0.01
    assert shares[:11].min() > 0.96 and shares[30:].min() > 0.96


def test_a_narrow_bar_hides_a_part():
    shares = [scene(Event("occlusion", 10, 30, 0.5)).render(t)[1] for t in range(10, 30)]
    assert 0.02 < min(shares) < 0.8


@pytest.mark.parametrize("seed", range(6))
def test_a_leaver_is_wholly_outside_in_the_middle_and_returns(seed):
    leaver = scene(Event("leave", 8, 32), seed=seed)
    assert leaver.render(20)[1] == 0
    left, top, width, height = leaver.target.box_ltwh(20)
    assert left > SIZE[0] or top > SIZE[1] or left + width < 0 or top + height < 0
    assert leaver.render(8)[1] > 0.9 and leaver.render(32)[1] > 0.9


def test_distractors_come_for_their_event_and_never_cover_the_target():
    crowded = scene(Event("distractor", 5, 35))
    (distractor,) = crowded.distractors
    blank = np.zeros((90, 120, 3))
    assert distractor.paint(blank, 0).sum() == 0
    assert distractor.paint(blank, 20).sum() > 100
    assert min(crowded.render(t)[1] for t in range(40)) > 0.96


def test_darkness_takes_the_stated_share_of_light():
    dark, plain = scene(Event("dark", 0, 40, 1.0)), scene()
    ratio = dark.render(20)[0] / np.maximum(plain.render(20)[0], 1)
    np.testing.assert_allclose(np.median(ratio), 0.55, atol=0.01)


def test_a_gradient_leaves_the_middle_and_changes_the_sides():
    image = scene(Event("gradient", 0, 40, 1.0)).render(20)[0]
    gain = image.mean(axis=-1) / scene().render(20)[0].mean(axis=-1)
    assert gain[45, 60] == pytest.approx(1, abs=0.02)
    assert gain.max() > 1.2 and gain.min() < 0.8


@pytest.mark.parametrize("kind", ["motion_blur", "defocus"])
def test_blur_removes_detail_and_keeps_light(kind):
    # Seed 6 has a camera that pans fast at frame 12.
    sharp = scene(seed=6).render(12)[0]
    soft = scene(Event(kind, 0, 40, 1.5), seed=6).render(12)[0]
    detail = [sum(np.abs(np.diff(i, axis=axis)).mean() for axis in (0, 1)) for i in (sharp, soft)]
    assert detail[1] < 0.9 * detail[0]
    assert soft.mean() == pytest.approx(sharp.mean(), rel=0.03)


@pytest.mark.parametrize(("strength", "low", "high"), [(1.0, 1.2, 1.61), (-1.0, 0.59, 0.82)])
def test_zoom_changes_the_size_within_limits(strength, low, high):
    zoomed = scene(Event("zoom", 0, 40, strength)).target.motion.scale(20)
    assert low < zoomed < high


def test_turn_stays_after_its_event():
    turned = scene(Event("turn", 5, 20, 1.0)).target.motion.angle(39)
    assert turned - scene().target.motion.angle(39) == pytest.approx(np.pi / 2)
