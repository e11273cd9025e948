import itertools
import json
from pathlib import Path

import numpy as np

from src.evaluating.following import NextFrame, add_step, follow, follow_segment, track_video
from src.evaluating.results import Track, track_settings
from tests.support.helpers import moving_boxes
from tests.support.parameter_files import load_design, load_evaluation, load_hyperparams
from tests.support.trackers import (
    FRAME,
    Clock,
    IdentityTracker,
    OracleTracker,
    blank,
    make_segment,
)

TRUTH = moving_boxes(8, (10, 10, 20, 20), (4, 3))


def test_a_tracker_starts_where_frames_say_so_and_passes_over_what_it_does_not_see():
    tracker = OracleTracker(TRUTH)
    frames = [
        NextFrame(0, FRAME, TRUTH[0], 0.0),
        NextFrame(1, FRAME, moment=0.1),
        NextFrame(2, None, moment=0.2),
        NextFrame(5, FRAME, TRUTH[5], 0.5),
        NextFrame(6, FRAME, moment=0.6),
    ]
    steps = list(follow(tracker, frames, Clock(itertools.cycle([9, 0.5, 9, 2]))))
    assert (tracker.inits, tracker.updates) == (2, 2)
    assert [(step.index, step.moment) for step in steps] == [
        (frame.index, frame.moment) for frame in frames
    ]
    assert [step.result is None for step in steps] == [True, False, True, True, False]
    assert np.isnan(steps[2].seconds) and steps[2].frame is None
    for step in (steps[0], steps[1]):
        assert (step.seconds, step.read_seconds) == (2, 0.5)
        np.testing.assert_array_equal(step.box_ltwh, TRUTH[step.index])


def test_the_next_frame_is_asked_for_when_the_step_before_it_is_dealt_with():
    done = []

    def frames():
        for index in range(3):
            assert done == list(range(index))
            yield NextFrame(index, FRAME, None if index else TRUTH[0])

    for step in follow(IdentityTracker(), frames()):
        done.append(step.index)
    assert done == [0, 1, 2]


def test_a_track_holds_the_steps_of_its_segment():
    track, segment = Track.empty(8), make_segment(TRUTH, start=6)
    with follow_segment(OracleTracker(TRUTH), segment, read=blank) as steps:
        for step in steps:
            add_step(track, step)
    np.testing.assert_array_equal(track.boxes_ltwh[6:], TRUTH[6:])
    assert np.isfinite(track.seconds[6:]).all() and np.isfinite(track.read_seconds[6:]).all()
    np.testing.assert_array_equal(track.confidence[6:], [1, np.nan])


def test_every_frame_from_the_start_on_has_a_row():
    tracker = OracleTracker(TRUTH)
    track = track_video(tracker, make_segment(TRUTH, start=2), read=blank)
    assert np.isnan(track.boxes_ltwh[:2]).all() and np.isnan(track.seconds[:2]).all()
    np.testing.assert_array_equal(track.boxes_ltwh[2:], TRUTH[2:])
    assert np.isfinite(track.seconds[2:]).all() and np.isfinite(track.read_seconds[2:]).all()
    assert (tracker.inits, tracker.updates) == (1, 5)


def test_only_init_and_update_are_timed_and_reading_apart():
    # C15: reading and drawing were timed, the first frame was not
    # per frame the clock is read before and after reading, then before and after the tracker; in
    # the end there is nothing to read
    idle, reading, init, update = 7.0, 0.5, 3.0, 0.25
    steps = [idle, reading, idle, init] + 7 * [idle, reading, idle, update] + [idle, reading]
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
        {"design": {"batch_size": 3, "saver_folder": "elsewhere", "hyperparams": "other.json"}},
        {"evaluation": {"dist_threshold": 5, "tracker": "other", "protocol": "ope"}},
        {"evaluation": {"eao_frames": [3, 5]}},
    ):
        assert settings(**same) == reference
    for other in (
        {"hp": {"window_influence": 0.25}},
        {"design": {"windowing": "uniform"}},
        {"evaluation": {"stop_on_failure": 1}},
        {"evaluation": {"region": [1, 2, 3, 4]}},
        {"evaluation": {"first_index": 1}},
        {"evaluation": {"n_subseq": 3}},
        {"evaluation": {"protocol": "vot"}},
        {"weights": "v"},
        {"dataset": "otb"},
    ):
        assert settings(**other) != reference
