"""The synthetic target: shapes, tight boxes, area, painting; smooth paths."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.clips.target import ANGLES, SHAPES, Motion, Target, random_radius, smooth_path


def make_target(radius, centre=(60.0, 50.0), angle=0.0, scale=1.0, aspect=1.0, shear=0.0):
    texture = np.full((80, 80, 3), (200.0, 40.0, 30.0))
    wobble = np.array([0.05, -0.04, 0.03])
    motion = Motion(
        lambda t: np.array(centre) + np.array([2.0, 1.0]) * t,
        lambda t: angle,
        lambda t: scale,
        lambda t: shear,
        lambda t: wobble * np.sin(t),
    )
    return Target(radius, aspect, texture, np.array([0.3, 1.0, 2.0]), motion)


def mask_box(cover):
    rows, columns = np.nonzero(cover.max(axis=1) >= 0.5)[0], np.nonzero(cover.max(axis=0) >= 0.5)[0]
    return np.array([columns[0], rows[0], np.ptp(columns) + 1, np.ptp(rows) + 1])


@pytest.mark.parametrize("kind", SHAPES)
def test_shapes_are_star_shaped_of_mean_radius_1(kind):
    for seed in range(20):
        radius = random_radius(np.random.default_rng(seed), kind)
        assert radius.shape == ANGLES.shape
        assert radius.mean() == pytest.approx(1)
        assert radius.min() > 0.3 and radius.max() < 2.5
        assert np.abs(np.diff(np.append(radius, radius[0]))).max() < 0.05


@pytest.mark.parametrize("corners_kind", ["polygon"])
def test_a_polygon_has_corners(corners_kind):
    spread = [np.ptp(random_radius(np.random.default_rng(s), corners_kind)) for s in range(20)]
    assert min(spread) > 0.1


@given(
    seed=st.integers(0, 10**6),
    angle=st.floats(-3.2, 3.2),
    scale=st.floats(0.6, 1.6),
    aspect=st.floats(0.5, 2.0),
    shear=st.floats(-0.2, 0.2),
)
def test_the_box_is_tight_within_a_pixel(seed, angle, scale, aspect, shear):
    rng = np.random.default_rng(seed)
    target = make_target(
        14 * random_radius(rng, str(rng.choice(SHAPES))),
        rng.uniform(55, 65, 2),
        angle,
        scale,
        aspect,
        shear,
    )
    box = target.box_ltwh(1.5)
    found = mask_box(target.paint(np.zeros((130, 140, 3)), 1.5))
    ends = np.concatenate([box[:2], box[:2] + box[2:]])
    found_ends = np.concatenate([found[:2], found[:2] + found[2:]])
    assert np.abs(ends - found_ends).max() <= 1.0


def test_a_circle_has_its_own_box_and_area():
    target = make_target(np.full(len(ANGLES), 20.0))
    np.testing.assert_allclose(target.box_ltwh(0), [40, 30, 40, 40], atol=1e-9)
    assert target.area(0) == pytest.approx(np.pi * 400, rel=1e-4)


def test_cover_adds_up_to_the_area():
    target = make_target(15 * random_radius(np.random.default_rng(3), "blob"), scale=1.3)
    cover = target.paint(np.zeros((120, 140, 3)), 2.0)
    assert cover.sum() == pytest.approx(target.area(2.0), rel=0.02)


def test_paint_changes_only_what_it_covers_and_keeps_red_red():
    image = np.zeros((100, 120, 3))
    cover = make_target(np.full(len(ANGLES), 20.0)).paint(image, 0)
    assert not image[cover == 0].any()
    red, green, blue = image[50, 60]
    assert red > 150 and green < 60 and blue < 60


def test_a_target_beyond_the_edge_covers_nothing():
    target = make_target(np.full(len(ANGLES), 10.0), centre=(-40.0, 20.0))
    assert target.paint(np.zeros((60, 60, 3)), 0).sum() == 0


def test_smooth_paths_are_smooth_bounded_and_reproducible():
    low, high = np.array([10.0, 50.0]), np.array([40.0, 90.0])
    path, again = (smooth_path(np.random.default_rng(5), 60, 15, low, high) for _ in range(2))
    points = np.array([path(t) for t in range(-2, 62)])
    np.testing.assert_array_equal(points, np.array([again(t) for t in range(-2, 62)]))
    margin = 0.5 * (high - low)
    assert (points > low - margin).all() and (points < high + margin).all()
    assert np.abs(np.diff(points, 2, axis=0)).max() < 4
