import pytest

from src.base.errors import UserError
from src.datasets.segments import plan_segments
from src.evaluating.evaluation import evaluate
from src.evaluating.results import ResultFolder
from tests.support.helpers import make_clip
from tests.support.parameter_files import load_environment, load_evaluation
from tests.support.trackers import IdentityTracker, OracleTracker


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


def test_a_result_file_is_read_once(data_set, monkeypatch):
    run, _, _ = data_set
    run(IdentityTracker())
    names, read = [], ResultFolder.read

    def noting(self, name, n_frames):
        names.append(name)
        return read(self, name, n_frames)

    monkeypatch.setattr(ResultFolder, "read", noting)
    run(IdentityTracker())
    assert names == ["a", "b"]


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
