import numpy as np
import pytest

from src.pairs.rules import REASONS, USABLE, count_left_out, judge_boxes
from tests.support.parameter_files import load_hyperparams

FRAME = (200, 100)
LIMITS = {"min_target_sz": 4.0, "max_target_share": 0.75, "max_aspect": 8.0, "min_visible": 0.5}


@pytest.mark.parametrize(
    ("box_ltwh", "reason"),
    [
        ([50, 20, 30, 40], USABLE),
        ([np.nan] * 4, "absent"),
        ([50, 20, 4, 4], USABLE),
        ([50, 20, 3.9, 30], "too small"),
        ([50, 20, 30, 3.9], "too small"),
        ([0, 0, 200, 75], USABLE),
        ([0, 0, 200, 76], "too large"),
        ([50, 20, 80, 10], USABLE),
        ([50, 20, 81, 10], "too elongated"),
        ([50, 5, 10, 81], "too elongated"),
        ([-15, 20, 30, 40], USABLE),
        ([-16, 20, 30, 40], "outside the frame"),
        ([500, 20, 30, 40], "outside the frame"),
        ([-300, -300, 900, 900], "outside the frame"),
    ],
)
def test_limits(box_ltwh, reason):
    judged = judge_boxes([box_ltwh], FRAME, load_hyperparams(**LIMITS))
    assert [REASONS[k] for k in judged] == [reason]


def test_each_frame_may_have_its_own_size():
    hp = load_hyperparams(**LIMITS)
    found = judge_boxes([[0, 0, 10, 10]] * 2, [[20, 20], [11, 11]], hp)
    assert [REASONS[k] for k in found] == [USABLE, "too large"]


def test_limits_come_from_the_parameters():
    hp = load_hyperparams(
        min_target_sz=0.5, max_target_share=1.0, max_aspect=100.0, min_visible=0.0
    )
    boxes = [[50, 20, 1, 30], [0, 0, 200, 100], [500, 20, 30, 40]]
    assert judge_boxes(boxes, FRAME, hp).tolist() == [0, 0, 0]


def test_no_boxes():
    assert judge_boxes(np.empty((0, 4)), np.empty((0, 2)), load_hyperparams()).shape == (0,)


def test_counts_leave_out_the_usable():
    counts = count_left_out(np.array([0, REASONS.index("absent"), REASONS.index("too small"), 1]))
    assert counts == {"absent": 2, "too small": 1}
