import json
import shutil

import numpy as np
import pytest

from src.base.errors import UserError
from src.evaluating.protocols import PROTOCOLS, plan_protocol
from src.evaluating.running import print_report, print_tracks
from tests.support.cases import load_identity, load_nothing
from tests.support.evaluations import files, make_job
from tests.support.helpers import make_clip, write_ground_truth
from tests.support.trackers import IdentityTracker, OracleTracker


@pytest.fixture
def evaluate(tmp_path, capsys):
    """Evaluates `tmp_path/clips`; what it printed, and the report."""

    def run(tracker, load=load_nothing, **changes):
        capsys.readouterr()
        job = make_job(tmp_path, **changes)
        segments = plan_protocol(job.parameters.env, job.evaluation)
        print_report(job, print_tracks(job, tracker, segments, load), "clips", {"run": {}})
        report = json.loads((job.results.path / "performance.json").read_text())
        return capsys.readouterr().out.splitlines(), report

    return run


@pytest.fixture
def clips(tmp_path):
    """Two clips; the truth of both."""
    truth = make_clip(tmp_path / "clips" / "a", 24, step=(3, 2))
    make_clip(tmp_path / "clips" / "b", 24, step=(3, 2), seed=1)
    return truth


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_the_oracle_scores_the_best_in_every_protocol(clips, evaluate, protocol):
    lines, report = evaluate(OracleTracker(clips), protocol=protocol)
    block = report["protocol"]
    assert (block["name"], block["dataset"], block["workers"]) == (protocol, "clips", 0)
    assert list(report)[:3] == ["weights", "parameters", "protocol"]
    if protocol == "vot":
        assert report["per_frame"] is None and "success_auc" not in report["tracks"]["a"]
        assert (block["accuracy"], block["failures"], block["eao"]) == (1, 0, 1)
        assert lines[0].startswith("0 -- a -- VOT-like accuracy: 1.000 -- Failures: 0 in 24 frames")
    else:
        mean = report["per_video"]
        assert mean["success_auc"] == pytest.approx(20 / 21)
        assert mean["precision_20px"] == mean["norm_precision"] == mean["norm_precision_area"] == 1
    if protocol == "got10k":
        assert [block["pooled"][key] for key in ("ao", "sr50", "sr75")] == [1, 1, 1]
    if protocol == "tre":
        assert len(report["tracks"]) == 10
        assert block["scores"]["success_auc"] == pytest.approx(20 / 21)
    assert not any("processes" in line for line in lines)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_killed_evaluation_goes_on(tmp_path, clips, evaluate, protocol):
    class Killed(IdentityTracker):
        def update(self, frame):
            if self.updates == 30:
                raise KeyboardInterrupt
            return super().update(frame)

    with pytest.raises(KeyboardInterrupt):
        evaluate(Killed(), protocol=protocol)
    rest, nothing, everything = IdentityTracker(), IdentityTracker(), IdentityTracker()
    again, _ = evaluate(rest, protocol=protocol)
    assert evaluate(nothing, protocol=protocol)[0] == again and nothing.inits == 0
    expected = files(tmp_path / "results")
    shutil.rmtree(tmp_path / "results")
    evaluate(everything, protocol=protocol)
    assert files(tmp_path / "results") == expected
    assert 0 < rest.inits < everything.inits


def test_workers_write_what_one_process_writes(tmp_path, clips, evaluate):
    folder = tmp_path / "results" / "Test" / "clips"
    one, first = evaluate(IdentityTracker(), protocol="vot")
    expected = files(folder)
    assert "vot/baseline/a/a_001.txt" in expected
    shutil.rmtree(folder)
    two, second = evaluate(None, load_identity, protocol="vot", workers=2)
    assert files(folder) == expected
    assert second["protocol"]["eao_curve"] == first["protocol"]["eao_curve"]
    busy = " -- speeds of 2 processes at once, one thread each --"
    assert [line.split(" -- Speed")[0] for line in two] == [
        line.split(" -- Speed")[0] for line in one
    ]
    speeds = [line for line in two if "Speed" in line]
    assert len(speeds) == 3 and all(line.endswith(busy) for line in speeds)
    assert evaluate(None, load_nothing, protocol="vot", workers=2) == (two, second)


def test_an_error_of_a_worker_names_the_file_and_keeps_finished_tracks(tmp_path, clips, evaluate):
    frame = tmp_path / "clips" / "b" / "00000004.jpg"
    frame.write_bytes(frame.read_bytes()[:300])
    with pytest.raises(UserError, match=r"00000004\.jpg"):
        evaluate(None, load_identity, workers=2)
    names = [path.name for path in (tmp_path / "results/Test/clips").glob("*")]
    assert "a.txt" in names and "b.txt" not in names


def test_first_boxes_alone_are_tracked_and_told(tmp_path, clips, evaluate):
    write_ground_truth(tmp_path / "clips" / "b", clips[:1], "vot4")
    lines, report = evaluate(IdentityTracker(), protocol="got10k")
    assert lines[1].startswith("1 -- b -- no scores -- Speed")
    assert lines[2] == "-- 1 videos with the first box alone as ground truth: no scores --"
    assert "GOT-10k on clips (1 of 2 videos scored, 23 frames pooled)" in lines[3]
    folder = tmp_path / "results" / "Test" / "clips"
    assert f"Results: {folder / 'got10k.zip'}" in lines
    boxes = np.loadtxt(folder / "got10k" / "b" / "b_001.txt", delimiter=",")
    np.testing.assert_array_equal(boxes, np.tile(clips[0], (24, 1)))
    assert "success_auc" not in report["tracks"]["b"]


def test_one_video_is_not_packed(clips, evaluate, tmp_path):
    lines, _ = evaluate(IdentityTracker(), protocol="got10k", video="a")
    assert lines[-2] == f"Results: {tmp_path / 'results/Test/clips/got10k'}"
