import numpy as np
from PIL import Image

from tests.clips.draw_street import (
    FRAMES,
    SIZE,
    box_ltwh,
    cyclist_pen,
    draw_background,
    draw_foreground,
    draw_frame,
)
from tests.support.places import ROOT


def test_the_cyclist_is_in_its_box_and_the_rest_of_the_street_stands_still():
    background, foreground = draw_background(), draw_foreground()
    first, second = (
        np.asarray(draw_frame(background, foreground, number), dtype=int) for number in (0, 1)
    )
    assert first.shape == (SIZE[1], SIZE[0], 3)
    left, top, width, height = (round(value) for value in box_ltwh(cyclist_pen(None, 0)))
    moved = np.abs(first - second).max(axis=2) > 30
    assert moved[top : top + height, left : left + width].mean() > 0.1
    assert not moved[:80].any() and not moved[top + height + 3 :].any()


def test_the_box_stays_inside_and_shrinks():
    boxes = np.array([box_ltwh(cyclist_pen(None, number)) for number in range(FRAMES)])
    assert (boxes[:, :2] >= 0).all() and (boxes[:, :2] + boxes[:, 2:] <= SIZE).all()
    assert (np.diff(boxes[:, 3]) < 0).all()


def test_the_picture_shows_the_whole_clip_and_is_small():
    path = ROOT / "data" / "pictures" / "street.gif"
    with Image.open(path) as picture:
        assert (picture.n_frames, picture.size) == (FRAMES, SIZE)
    assert path.stat().st_size < 600_000
