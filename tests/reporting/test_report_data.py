"""Scores, overlaps and speeds of trackers side by side, against slow loops."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.base.errors import UserError
from src.evaluating.metrics import average_per_video, score
from src.evaluating.results import Track
from src.geometry.region_to_bbox import rect_iou
from src.reporting.comparison import SCORE_COLUMNS, overlap_over_time, speed_of
from tests.support.helpers import make_clip
from tests.support.report_folders import (
    compared,
    make_data_set,
    make_track,
    shifted,
    write_foreign,
    write_own,
)


@pytest.fixture
def truth(tmp_path):
    return make_data_set(tmp_path)


def test_scores_are_those_of_the_metrics(tmp_path, truth):
    moved = {name: shifted(boxes, 3, 9, 25) for name, boxes in truth.items()}
    own = write_own(tmp_path, "own", {name: make_track(boxes) for name, boxes in truth.items()})
    other = write_foreign(tmp_path / "other", moved)
    result = compared(tmp_path, own=own, other=other)
    assert [row.name for row in result.rows] == ["a", "b"] and result.common == result.rows
    expected = [score(moved[name], truth[name], 20.0) for name in "ab"]
    assert [row.entries[1].scores for row in result.rows] == expected
    assert result.means[1] == average_per_video(expected, ["a", "b"])
    assert result.means[0].success_auc == pytest.approx(20 / 21)
    assert [column.field for column in SCORE_COLUMNS][:2] == ["success_auc", "precision_20px"]


def test_means_are_over_what_all_trackers_have(tmp_path, truth):
    poor = {"a": shifted(truth["a"], 5), "b": shifted(truth["b"], 60)}
    one = write_foreign(tmp_path / "one", poor)
    two = write_foreign(tmp_path / "two", {"a": truth["a"]})
    result = compared(tmp_path, one=one, two=two)
    assert [row.name for row in result.rows] == ["a", "b"]
    assert [row.name for row in result.common] == ["a"]
    assert result.rows[1].entries[1] is None
    assert result.means[0].success_auc == score(poor["a"], truth["a"], 20.0).success_auc


def test_starts_are_apart_and_weigh_as_one_video(tmp_path, truth):
    tracks = {f"a_{start}": make_track(shifted(truth["a"], 9), start) for start in (0, 4)}
    tracks["b_0"] = make_track(truth["b"])
    for start in (0, 4):
        tracks[f"a_{start}"].boxes_ltwh[start] = truth["a"][start]
    result = compared(tmp_path, own=write_own(tmp_path, "own", tracks))
    assert [row.name for row in result.rows] == ["a from frame 0", "a from frame 4", "b"]
    aucs = [row.entries[0].scores.success_auc for row in result.rows]
    assert result.means[0].success_auc == pytest.approx((sum(aucs[:2]) / 2 + aucs[2]) / 2)


def test_no_common_track_is_told(tmp_path, truth):
    one = write_foreign(tmp_path / "one", {"a": truth["a"]})
    two = write_foreign(tmp_path / "two", {"b": truth["b"]})
    with pytest.raises(UserError, match="one, two: these trackers have no track in common"):
        compared(tmp_path, one=one, two=two)


def test_videos_without_ground_truth_have_no_scores(tmp_path):
    boxes = make_clip(tmp_path / "clips" / "film", 4, layout="plain")
    result = compared(tmp_path, x=write_foreign(tmp_path / "x", {"film": boxes}))
    assert result.means == (None,) and result.rows[0].entries[0].scores is None
    assert np.isnan(result.rows[0].entries[0].iou).all()


def test_overlap_has_gaps_where_the_target_is_absent():
    truth = np.tile([10.0, 10, 20, 20], (7, 1))
    truth[4] = np.nan
    track = make_track(truth, start=2)
    track.boxes_ltwh[3] = (20, 10, 20, 20)
    track.boxes_ltwh[4] = (10, 10, 20, 20)
    track.boxes_ltwh[6] = np.nan
    iou = overlap_over_time(track, truth, 2)
    np.testing.assert_allclose(iou, [np.nan, np.nan, 1, 1 / 3, np.nan, 1, 0])


@given(seed=st.integers(0, 10**6), start=st.integers(0, 3))
def test_the_overlaps_are_those_that_are_scored(seed, start):
    rng = np.random.default_rng(seed)
    truth = np.concatenate([rng.uniform(0, 40, (9, 2)), rng.uniform(5, 40, (9, 2))], axis=1)
    track = Track.empty(9)
    track.boxes_ltwh[start:] = truth[start:] + rng.normal(0, 4, (9 - start, 4)).clip(-4, 4)
    truth[start + 1 :][rng.random(8 - start) < 0.3] = np.nan
    track.boxes_ltwh[start + 1 :][rng.random(8 - start) < 0.3] = np.nan
    iou = overlap_over_time(track, truth, start)
    slow = []
    for index in range(start, 9):
        if not np.isnan(truth[index]).any():
            box = truth[index] if index == start else track.boxes_ltwh[index]
            slow.append(0.0 if np.isnan(box).any() else float(rect_iou(box, truth[index])))
    assert iou[np.isfinite(iou)].tolist() == slow
    scores = score(track.boxes_ltwh[start:], truth[start:], 20.0)
    assert np.nanmean(iou) * 100 == pytest.approx(scores.mean_iou)


def test_speed_is_updates_by_their_seconds():
    # 19 fast updates and a slow one: the mean of 1 / t would be far higher
    times = [np.array([0.01] * 10), np.array([0.01] * 9 + [0.81, np.nan])]
    speed = speed_of(times)
    assert speed.fps == pytest.approx(20 / 1.0)
    assert speed.p50_ms == pytest.approx(10)
    # the 19.05th of 20 ordered values, by linear interpolation
    assert speed.p95_ms == pytest.approx(10 + 0.05 * 800)
    assert all(map(math.isnan, vars(speed_of([np.full(3, np.nan)])).values()))


def test_the_start_frame_has_no_part_in_the_speed(tmp_path, truth):
    own = write_own(tmp_path, "own", {"a": make_track(truth["a"], ms=25)})
    other = write_foreign(tmp_path / "other", {"a": truth["a"]})
    result = compared(tmp_path, own=own, other=other)
    assert result.speeds[0].fps == pytest.approx(40)
    assert result.speeds[0].p95_ms == pytest.approx(25)
    assert math.isnan(result.speeds[1].fps)
