import itertools

import numpy as np

from src.evaluating.protocols.vot import track_with_resets
from src.evaluating.protocols.vot_scores import frame_codes, frame_overlaps
from src.evaluating.results import ResultFolder
from src.pictures.visualization import VideoRecorder
from tests.support.helpers import make_clip, moving_boxes
from tests.support.trackers import (
    FRAME,
    Clock,
    IdentityTracker,
    OracleTracker,
    blank,
    found,
    make_segment,
)

SIZE = (FRAME.shape[1], FRAME.shape[0])
# the identity tracker has no overlap from the fifth frame after its start on
TRUTH = moving_boxes(20, (5, 10, 20, 20), (4, 0))


def codes(track, truth):
    boxes = track.boxes_ltwh
    return "".join(map(str, frame_codes(boxes, frame_overlaps(boxes, truth, SIZE))))


def test_a_failed_track_starts_anew_after_five_frames():
    tracker = IdentityTracker()
    track = track_with_resets(tracker, make_segment(TRUTH), read=blank)
    assert codes(track, TRUTH) == "13333200001333320000"
    assert tracker.inits == 2
    np.testing.assert_array_equal(track.boxes_ltwh[[0, 10]], TRUTH[[0, 10]])
    np.testing.assert_array_equal(track.boxes_ltwh[5], TRUTH[0])
    np.testing.assert_array_equal(track.confidence[[0, 10]], 1)
    assert np.isnan(track.seconds[6:10]).all() and np.isnan(track.read_seconds[6:10]).all()


def test_the_oracle_never_fails():
    tracker = OracleTracker(TRUTH)
    track = track_with_resets(tracker, make_segment(TRUTH), read=blank)
    assert codes(track, TRUTH) == "1" + 19 * "3"
    np.testing.assert_array_equal(track.boxes_ltwh, TRUTH)


def test_frames_without_target_are_no_failures_and_start_nothing():
    truth = TRUTH.copy()
    truth[5:8] = np.nan
    truth[13:15] = [500, 10, 20, 20]
    track = track_with_resets(IdentityTracker(), make_segment(truth), read=blank)
    # frames 5 to 7 tell nothing, 8 fails, 13 and 14 are outside the frame
    assert codes(track, truth) == "13333333200000013333"
    assert np.isnan(track.read_seconds[13:15]).all()


def test_the_run_begins_at_its_start_frame():
    track = track_with_resets(IdentityTracker(), make_segment(TRUTH, start=3), read=blank)
    assert codes(track, TRUTH) == "00013333200001333320"


def test_a_failure_in_the_last_frame_and_a_box_of_nan_count():
    class Lost(IdentityTracker):
        def update(self, frame):
            return found([np.nan] * 4)

    short = track_with_resets(IdentityTracker(), make_segment(TRUTH[:6]), read=blank)
    assert codes(short, TRUTH[:6]) == "133332"
    track = track_with_resets(Lost(), make_segment(TRUTH[:8]), read=blank)
    assert codes(track, TRUTH[:8]) == "12000012"


def test_files_tell_the_same_codes_where_boxes_barely_touch(tmp_path):
    # 1e-5 px of overlap are gone in a file of four decimals
    class Near(IdentityTracker):
        def update(self, frame):
            return found([5 + 20 - 1e-5, 10, 20, 20])

    truth = np.tile([5.0, 10, 20, 20], (3, 1))
    track = track_with_resets(Near(), make_segment(truth), read=blank)
    results = ResultFolder.create(str(tmp_path), "t", "d")
    results.write("ball", track)
    assert codes(results.read("ball", 3), truth) == "120"


def test_only_updates_count_as_updates():
    # reading, then the tracker; no clock runs in between
    clock = Clock(itertools.cycle([0.0, 0.5, 0.0, 0.25]))
    track = track_with_resets(IdentityTracker(), make_segment(TRUTH), read=blank, clock=clock)
    assert track.update_times() == (10, 2.5, 5.0)


def test_pictures_are_made_of_a_run_with_resets(tmp_path):
    truth = make_clip(tmp_path / "v", 14, step=(8, 0), box=(5, 40, 20, 20))
    segment = make_segment(truth)
    frames = tuple(sorted((tmp_path / "v").glob("*.jpg")))
    sequence = type(segment.sequence)("v", frames, truth)
    recorder = VideoRecorder(tmp_path, "v", sequence)
    segment = type(segment)(sequence, 0, truth[0], "v")
    track_with_resets(IdentityTracker(), segment, observer=recorder.observe)
    assert [path.name for path in recorder.finish()] == ["v.gif", "v_strip.png"]
