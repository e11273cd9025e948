import itertools
import json
from pathlib import Path

import numpy as np
import pytest

from src.errors import UserError
from src.evaluation import evaluate, track_settings, track_video
from src.results import ResultFolder
from src.segments import Segment, plan_segments
from src.sequences import VideoSequence
from src.tracker import TrackResult
from tests.helpers import make_clip, moving_boxes
from tests.parameter_files import (
    load_design,
    load_environment,
    load_evaluation,
    load_hyperparams,
)

FRAME = np.zeros((90, 120, 3), np.uint8)


def found(box):
    return TrackResult(np.array(box, np.float64), 1.0, np.zeros((3, 3), np.float32), np.array(box))


class IdentityTracker:
    """Never moves from the start box."""

    def __init__(self):
        self.inits, self.updates = 0, 0

    def init(self, frame, box_ltwh):
        self.inits += 1
        self.box = box_ltwh

    def update(self, frame):
        self.updates += 1
        return found(self.box)


class OracleTracker(IdentityTracker):
    """Knows the ground truth, float [N, 4]; finds its row by the start box."""

    def __init__(self, truth):
        super().__init__()
        self.truth = truth

    def init(self, frame, box_ltwh):
        super().init(frame, box_ltwh)
        self.row = int(np.flatnonzero((self.truth == box_ltwh).all(axis=1))[0])

    def update(self, frame):
        self.row += 1
        self.box = self.truth[self.row]
        return super().update(frame)


class Clock:
    """Each call moves the time on by the next of the steps."""

    def __init__(self, steps):
        self.now, self.steps = 0.0, iter(steps)

    def __call__(self):
        self.now += next(self.steps)
        return self.now


def make_segment(truth, start=0, n_frames=None):
    frames = tuple(Path(f"{k}.jpg") for k in range(len(truth) if truth is not None else n_frames))
    box = np.array([5.0, 5, 20, 20]) if truth is None else truth[start]
    return Segment(VideoSequence("ball", frames, truth), start, box, "ball")


def blank(path):
    return FRAME


TRUTH = moving_boxes(8, (10, 10, 20, 20), (4, 3))


def test_every_frame_from_the_start_on_has_a_row():
    tracker = OracleTracker(TRUTH)
    track = track_video(tracker, make_segment(TRUTH, start=2), read=blank)
    assert np.isnan(track.boxes_ltwh[:2]).all() and np.isnan(track.seconds[:2]).all()
    np.testing.assert_array_equal(track.boxes_ltwh[2:], TRUTH[2:])
    assert np.isfinite(track.seconds[2:]).all() and np.isfinite(track.read_seconds[2:]).all()
    assert (tracker.inits, tracker.updates) == (1, 5)


def test_only_init_and_update_are_timed_and_reading_apart():
    # C15: reading and drawing were timed, the first frame was not
    # per frame the clock is read before and after reading, then before and after the tracker
    idle, reading, init, update = 7.0, 0.5, 3.0, 0.25
    steps = [idle, reading, idle, init] + 7 * [idle, reading, idle, update]
    track = track_video(IdentityTracker(), make_segment(TRUTH), clock=Clock(steps), read=blank)
    assert track.seconds.tolist() == [init] + 7 * [update]
    assert track.read_seconds.tolist() == 8 * [reading]
    updates, seconds, read_seconds = track.update_times()
    assert updates / seconds == 7 / (7 * update)
    assert updates / (seconds + read_seconds) == 7 / (7 * (update + reading))


def test_the_observer_sees_every_frame_and_is_not_timed():
    clock, seen = Clock(itertools.repeat(0.25)), []

    def observe(index, frame, result):
        clock.now += 1000
        seen.append((index, frame.shape, result and result.box_ltwh.tolist()))

    segment = make_segment(TRUTH, start=5)
    track = track_video(OracleTracker(TRUTH), segment, clock=clock, read=blank, observer=observe)
    assert seen[0] == (5, FRAME.shape, None)
    assert seen[1:] == [(k, FRAME.shape, TRUTH[k].tolist()) for k in (6, 7)]
    assert np.nanmax(track.seconds) == 0.25 == np.nanmax(track.read_seconds)


def test_the_tracker_may_change_its_start_box():
    class Spoiler(IdentityTracker):
        def init(self, frame, box_ltwh):
            box_ltwh[:] = 0
            super().init(frame, box_ltwh)

    track_video(Spoiler(), make_segment(TRUTH), read=blank)
    assert TRUTH[0].tolist() == [10, 10, 20, 20]


def test_stop_on_failure_stops_at_the_first_frame_without_overlap():
    # the identity tracker loses the target, which moves 4 px a frame, at frame 5
    track = track_video(IdentityTracker(), make_segment(TRUTH), stop_on_failure=True, read=blank)
    assert np.isfinite(track.boxes_ltwh[:6]).all() and np.isnan(track.boxes_ltwh[6:]).all()
    assert np.isnan(track.seconds[6:]).all()
    on = track_video(IdentityTracker(), make_segment(TRUTH), stop_on_failure=False, read=blank)
    assert np.isfinite(on.boxes_ltwh).all()


def test_absent_frames_and_missing_ground_truth_are_no_failure():
    absent = TRUTH.copy()
    absent[5:] = np.nan
    for truth in (absent, None):
        segment = make_segment(truth, n_frames=8)
        track = track_video(IdentityTracker(), segment, stop_on_failure=True, read=blank)
        assert np.isfinite(track.boxes_ltwh).all()


@pytest.fixture
def data_set(tmp_path):
    """Two clips, `run(tracker)` to evaluate them, and their true boxes."""
    truth = make_clip(tmp_path / "clips" / "a", 6)
    make_clip(tmp_path / "clips" / "b", 6, seed=1)
    results = ResultFolder.create(str(tmp_path / "results"), "Test", "clips")

    def run(tracker, make_recorder=None, **changes):
        env = load_environment(root_dataset=str(tmp_path))
        evaluation = load_evaluation(**({"dataset": "clips", "video": "all"} | changes))
        segments = plan_segments(env, evaluation)
        return list(evaluate(tracker, segments, results, evaluation, make_recorder))

    return run, truth, results


def test_the_oracle_scores_exactly_the_best(data_set):
    run, truth, _ = data_set
    for outcome in run(OracleTracker(truth), n_subseq=3):
        assert outcome.scores.success_auc == 20 / 21
        assert outcome.scores.precision_20px == 1.0 == outcome.scores.precision_auc
        assert outcome.scores.precision == 100.0 == outcome.scores.mean_iou


def test_outcomes_come_from_the_files(data_set):
    run, truth, results = data_set
    first = run(OracleTracker(truth), video="a")[0]
    path = results.path / "a.txt"
    lines = path.read_text().splitlines()
    lines[3] = "0,0,1,1"
    path.write_text("\n".join(lines) + "\n")
    second = run(OracleTracker(truth), video="a")[0]
    assert first.scores.mean_iou == 100.0
    assert second.scores.mean_iou == pytest.approx(500 / 6)


def test_scores_begin_at_the_start_frame(data_set):
    run, truth, _ = data_set
    outcome = run(OracleTracker(truth), video="a", start_frame=4)[0]
    assert (outcome.name, outcome.track.start, outcome.scores.frames) == ("a_4", 4, 2)


def test_frames_after_a_failure_count_as_failures(tmp_path):
    make_clip(tmp_path / "clips" / "a", 8, box=(20, 20, 20, 20), step=(6, 0))
    env = load_environment(root_dataset=str(tmp_path))
    evaluation = load_evaluation(dataset="clips", video="a", stop_on_failure=1)
    results = ResultFolder.create(str(tmp_path / "results"), "Test", "clips")
    segments = plan_segments(env, evaluation)
    scores = next(evaluate(IdentityTracker(), segments, results, evaluation)).scores
    # 6, 12, 18 px overlap, 24 px does not; four frames are never tracked
    assert (scores.frames, scores.failed_frames) == (8, 3)
    assert scores.success_curve[0] == 4 / 8
    assert scores.precision_curve[-1] == 5 / 8


def test_finished_videos_are_not_run_again(data_set):
    run, _, results = data_set
    run(IdentityTracker())
    (results.path / "b_time.txt").unlink()
    tracker = IdentityTracker()
    outcomes = run(tracker)
    assert (tracker.inits, tracker.updates) == (1, 5)
    assert [outcome.name for outcome in outcomes] == ["a", "b"]
    assert all(outcome.scores.frames == 6 for outcome in outcomes)


def test_a_track_from_another_start_box_is_run_again(data_set, tmp_path):
    run, _, _ = data_set
    run(IdentityTracker())
    make_clip(tmp_path / "clips" / "b", 6, box=(40, 30, 32, 24))
    tracker = IdentityTracker()
    run(tracker)
    assert tracker.inits == 1


def test_an_unreadable_frame_is_named_and_finished_videos_are_kept(data_set, tmp_path):
    run, _, results = data_set
    frame = tmp_path / "clips" / "b" / "00000004.jpg"
    frame.write_bytes(frame.read_bytes()[:400])
    with pytest.raises(UserError, match=r"00000004\.jpg"):
        run(IdentityTracker())
    names = sorted(path.name for path in results.path.iterdir())
    assert names == ["a.txt", "a_confidence.txt", "a_read_time.txt", "a_time.txt"]


def test_a_video_of_one_frame(tmp_path, data_set):
    run, _, _ = data_set
    make_clip(tmp_path / "clips" / "still", 1)
    tracker = IdentityTracker()
    outcome = run(tracker, video="still")[0]
    assert (tracker.inits, tracker.updates) == (1, 0)
    assert outcome.scores.precision == 100.0 and outcome.track.update_times() == (0, 0, 0)


def test_a_video_without_ground_truth_has_boxes_and_no_scores(tmp_path, data_set):
    run, _, results = data_set
    make_clip(tmp_path / "clips" / "film", 3, layout="plain")
    outcome = run(IdentityTracker(), video="film", region=[50, 40, 30, 20])[0]
    assert outcome.scores is None
    assert (results.path / "film.txt").read_text() == 3 * "50.0000,40.0000,30.0000,20.0000\n"


def test_pictures_are_made_of_what_is_tracked_before_the_boxes_are_written(data_set):
    run, _, results = data_set
    made = []

    class Recorder:
        def __init__(self, folder, name, sequence):
            assert folder == results.path and sequence.name == name
            self.name, self.indices = name, []

        def observe(self, frame_index, frame, result):
            self.indices.append(frame_index)

        def finish(self):
            assert not (results.path / f"{self.name}.txt").exists()
            made.append((self.name, self.indices))
            return [results.path / f"{self.name}.gif"]

    outcomes = run(IdentityTracker(), make_recorder=Recorder)
    assert made == [("a", [0, 1, 2, 3, 4, 5]), ("b", [0, 1, 2, 3, 4, 5])]
    assert outcomes[0].pictures == (results.path / "a.gif",)
    assert run(IdentityTracker(), make_recorder=Recorder)[0].pictures == ()


def test_settings_hold_what_boxes_depend_on_and_nothing_else():
    def settings(hp=None, evaluation=None, design=None, weights="w", dataset="clips"):
        return json.dumps(
            track_settings(
                load_hyperparams(**(hp or {})),
                load_evaluation(**(evaluation or {})),
                load_design(**(design or {})),
                weights,
                Path(dataset),
            )
        )

    reference = settings()
    for same in (
        {"hp": {"lr": 0.02, "pairs_per_video": 7}},
        {"design": {"batch_size": 3, "saver_folder": "elsewhere"}},
        {"evaluation": {"dist_threshold": 5, "tracker": "other"}},
    ):
        assert settings(**same) == reference
    for other in (
        {"hp": {"window_influence": 0.25}},
        {"design": {"windowing": "uniform"}},
        {"evaluation": {"stop_on_failure": 1}},
        {"evaluation": {"region": [1, 2, 3, 4]}},
        {"evaluation": {"first_index": 1}},
        {"evaluation": {"n_subseq": 3}},
        {"weights": "v"},
        {"dataset": "otb"},
    ):
        assert settings(**other) != reference
