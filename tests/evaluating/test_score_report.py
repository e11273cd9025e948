import json
from pathlib import Path

import numpy as np
import pytest

from src.datasets.segments import Segment
from src.datasets.video_sequence import VideoSequence
from src.evaluating.metrics import score
from src.evaluating.results import Track
from src.evaluating.score_lines import Outcome, performance, result_line, speeds, total_lines


def make_outcome(name, n_frames, seconds, off=0.0, read_seconds=0.0, truth=True):
    """A track that is `off` pixels to the right of its ground truth after the start frame."""
    track = Track.empty(n_frames)
    boxes = np.tile([10.0, 10, 40, 40], (n_frames, 1))
    track.boxes_ltwh[:] = boxes + off * np.array([1, 0, 0, 0])
    track.seconds[:] = seconds
    track.seconds[0] = 50
    track.read_seconds[:] = read_seconds
    frames = tuple(Path(f"{k}.jpg") for k in range(n_frames))
    sequence = VideoSequence(name.split("_")[0], frames, boxes if truth else None)
    segment = Segment(sequence, 0, track.boxes_ltwh[0], name)
    return Outcome(segment, track, score(track.boxes_ltwh, boxes, 20) if truth else None)


def test_speed_is_all_updates_by_all_seconds():
    # C15: speeds of videos were averaged by their lengths
    # 100 updates at 100 a second and 100 at 10: 18.2 a second, not 55
    outcomes = [make_outcome("a", 101, 0.01), make_outcome("b", 101, 0.1)]
    speed, with_reading = speeds([outcome.track for outcome in outcomes])
    assert speed == pytest.approx(200 / 11) == with_reading


def test_reading_is_counted_apart():
    speed, with_reading = speeds([make_outcome("a", 5, 0.01, read_seconds=0.03).track])
    assert (speed, with_reading) == (pytest.approx(100), pytest.approx(25))


def test_a_line_in_the_form_of_the_original():
    outcome = make_outcome("vot2016_ball1", 5, 0.025, off=10, read_seconds=0.025)
    assert result_line(0, outcome) == (
        "0 -- vot2016_ball1 -- Precision: 100.00 -- Precisions AUC: 0.68 -- IOU: 68.00 "
        "-- Speed: 40.00 -- Success AUC: 0.648 -- Speed with reading: 20.00 "
        "-- Norm. precision at 0.2: 0.200, area: 0.608 --"
    )


def test_a_line_without_ground_truth_has_the_speeds_alone():
    outcome = make_outcome("film", 5, 0.025, truth=False)
    assert result_line(3, outcome) == "3 -- film -- Speed: 40.00 -- Speed with reading: 40.00 --"


def test_totals_per_frame_and_per_video():
    outcomes = [make_outcome("a", 11, 0.1), make_outcome("b", 31, 0.1, off=100)]
    lines = total_lines(outcomes, 20)
    frame, video = 100 * 12 / 42, (100 + 100 / 31) / 2
    assert lines[0] == (
        "-- Overall stats (averaged per frame) on 2 videos (42 frames, 0 absent) --"
    )
    assert f"Precision (20 px): {frame:.2f}" in lines[1] and "Speed: 10.00" in lines[1]
    assert "(averaged per video) on 2 videos" in lines[2]
    assert f"Precision (20 px): {video:.2f}" in lines[3] and "Speed" not in lines[3]


def test_several_starts_are_one_video():
    outcomes = [make_outcome("a_0", 11, 0.1), make_outcome("a_5", 6, 0.1)]
    assert "on 1 videos" in total_lines(outcomes, 20)[0]


def test_totals_without_any_ground_truth_are_the_speed():
    outcomes = [make_outcome("a", 5, 0.1, truth=False), make_outcome("b", 5, 0.1, truth=False)]
    assert total_lines(outcomes, 20) == [
        "-- Overall -- Speed: 10.00 -- Speed with reading: 10.00 --"
    ]
    assert performance(outcomes)["per_frame"] is None


def test_performance_holds_scores_counts_and_parameters():
    outcomes = [make_outcome("a", 11, 0.1), make_outcome("film", 5, 0.1, truth=False)]
    report = json.loads(json.dumps(performance(outcomes, parameters={"run": {"seed": 1}})))
    assert report["parameters"] == {"run": {"seed": 1}}
    assert report["per_frame"]["frames"] == 11
    assert report["per_video"]["success_auc"] == pytest.approx(20 / 21)
    assert (report["updates"], report["speed"]) == (14, pytest.approx(10))
    track = report["tracks"]["a"]
    assert (track["video"], track["start_frame"], track["precision"]) == ("a", 0, 100.0)
    assert len(track["success_curve"]) == 21 and len(track["precision_curve"]) == 51
    assert "precision" not in report["tracks"]["film"]


def test_one_frame_has_no_speed():
    report = performance([make_outcome("a", 1, 0.1)])
    assert report["speed"] is None and report["updates"] == 0
    json.dumps(report, allow_nan=False)
