import numpy as np
import pytest

from src.evaluating.protocols.vot import eao_frames, judge_vot, vot_columns, write_vot
from tests.support.cases import make_outcome
from tests.support.helpers import moving_boxes
from tests.support.parameter_files import load_evaluation

TRUTH = moving_boxes(20, (10, 10, 20, 20), (2, 0))
NOTHING = [np.nan] * 4


def reset_run():
    """12 frames on the target, a failure, 4 frames skipped, a start, 2 frames half a box off."""
    boxes = TRUTH.copy()
    boxes[12], boxes[13:17] = [90, 70, 5, 5], NOTHING
    boxes[18:, 1] += 10
    return boxes


def judge(outcomes, dataset="clips", **changes):
    return judge_vot(outcomes, load_evaluation(**changes), dataset)


def test_the_oracle_scores_the_best(tmp_path):
    outcome = make_outcome(tmp_path, "a", TRUTH, TRUTH)
    lines, scores = judge([outcome])
    assert (scores["accuracy"], scores["failures"], scores["eao"]) == (1, 0, 1)
    assert lines[0] == "-- VOT-like reset run on clips (1 videos, 20 frames) --"
    assert lines[1].startswith(
        " -- VOT-like accuracy: 1.000 -- Failures: 0 (0.000 a video, weighted by length; 0.000 "
        "per 100 frames) -- Speed: 10.00"
    )
    assert lines[2] == (
        "-- VOT-like EAO 1.000: mean of frames 19 to 19 (the middle half of the lengths) of a "
        "curve of 20 --"
    )


def test_a_run_with_a_failure(tmp_path):
    outcomes = [
        make_outcome(tmp_path / "a", "a", reset_run(), TRUTH),
        make_outcome(tmp_path / "b", "b", np.tile(TRUTH, (2, 1)), np.tile(TRUTH, (2, 1))),
    ]
    lines, scores = judge(outcomes, eao_frames=[1, 30])
    # behind the burn-in: frames 10 and 11 of a, 30 frames of b
    assert scores["videos"]["a"]["accuracy"] == 1
    assert scores["failures"] == 1 and scores["fragments"] == 3
    assert scores["robustness"] == pytest.approx(20 / 60)
    assert scores["failures_per_100_frames"] == pytest.approx(100 / 60)
    third = 200 / 600
    assert scores["eao_curve"][1] == pytest.approx((1 + third + 1) / 3)
    # the failed fragment goes on with zeros, that of two frames is cut off
    assert scores["eao_curve"][22] == pytest.approx((11 / 22 + 1) / 2)
    assert scores["eao"] == pytest.approx(np.mean(scores["eao_curve"][1:31]))
    assert "mean of frames 1 to 30 (evaluation.eao_frames) of a curve of 40" in lines[2]
    assert vot_columns(outcomes[0]) == ["VOT-like accuracy: 1.000", "Failures: 1 in 20 frames"]


def test_accuracy_is_weighted_by_length_and_short_videos_have_none(tmp_path):
    half = TRUTH + np.array([0, 10, 0, 0])
    half[0] = TRUTH[0]
    outcomes = [
        make_outcome(tmp_path / "a", "a", half, TRUTH),
        make_outcome(tmp_path / "b", "b", np.tile(TRUTH, (2, 1)), np.tile(TRUTH, (2, 1))),
        make_outcome(tmp_path / "c", "c", TRUTH[:5], TRUTH[:5]),
    ]
    scores = judge(outcomes).scores
    assert scores["accuracy"] == pytest.approx((20 / 3 + 40) / 60)
    assert scores["videos"]["c"]["accuracy"] is None
    assert judge(outcomes[2:]).scores["accuracy"] is None
    assert "accuracy: unknown" in judge(outcomes[2:]).lines[1]


def test_an_eao_beyond_the_curve_is_unknown(tmp_path):
    lines, scores = judge([make_outcome(tmp_path, "a", TRUTH, TRUTH)], "vot2018")
    assert scores["eao"] is None and "EAO unknown: mean of frames 100 to 356 (as in" in lines[2]


@pytest.mark.parametrize(
    ("dataset", "given", "expected"),
    [
        ("vot2016", None, (108, 371)),
        ("data/VOT2018", None, (100, 356)),
        ("vot2019/sequences", None, (46, 291)),
        ("vot2018", [3, 9], (3, 9)),
        ("myvot2016", None, (19, 59)),
    ],
)
def test_frames_of_the_eao(dataset, given, expected):
    lengths = np.array([10, 20, 40, 60, 101])
    assert eao_frames(load_evaluation(eao_frames=given), dataset, lengths)[0] == expected


def test_runs_are_written_as_vot_does(tmp_path):
    boxes, truth = reset_run(), TRUTH.copy()
    boxes[0], truth[0] = NOTHING, NOTHING
    outcome = make_outcome(tmp_path / "a", "a", boxes, truth, start=1, first_index=1)
    (folder,) = write_vot(tmp_path, [outcome], True)
    assert folder == tmp_path / "vot" / "baseline"
    lines = (folder / "a" / "a_001.txt").read_text().splitlines()
    assert lines[:3] == ["0", "1", "15.0000,11.0000,20.0000,20.0000"]
    assert lines[12:18] == ["2", "0", "0", "0", "0", "1"]
    assert lines[18] == "47.0000,21.0000,20.0000,20.0000" and len(lines) == 20
    times = (folder / "a" / "a_time.txt").read_text().splitlines()
    assert times[0] == "nan" == times[13] and times[1] == "0.100000"
