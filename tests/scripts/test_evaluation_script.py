import json
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

import run_tracker_evaluation
from src.base.errors import UserError
from tests.support.helpers import make_clip, write_rows
from tests.support.places import ROOT
from tests.support.trackers import IdentityTracker, OracleTracker

SCRIPT = "run_tracker_evaluation.py"


def options(folder, **changes):
    """Command line for the data set `folder/clips` with its results in `folder/results`."""
    values = {
        "environment.root_dataset": str(folder),
        "environment.root_results": str(folder / "results"),
        "evaluation.dataset": "clips",
        "evaluation.video": "all",
        "run.visualization": "0",
    }
    values |= {key.replace("__", "."): value for key, value in changes.items()}
    return [word for key, value in values.items() for word in ("--set", f"{key}={value}")]


def boxes_file(folder):
    return folder / "clips" / "Basketball" / "groundtruth.txt"


@pytest.fixture
def clips(tmp_path):
    """A data set of one video, Basketball; its true boxes."""
    return make_clip(tmp_path / "clips" / "Basketball", 4)


@pytest.fixture
def evaluate_with(tmp_path, monkeypatch, capsys):
    """Run the script in this process with a given tracker; returns what it printed."""

    def run(tracker, weights="checkpoint 1", **changes):
        loaded = SimpleNamespace(load_tracker=lambda *_: (tracker, weights))
        devices = SimpleNamespace(use_devices=lambda gpus: None)
        monkeypatch.setitem(sys.modules, "src.tracking.loading", loaded)
        monkeypatch.setitem(sys.modules, "src.base.imports", devices)
        run_tracker_evaluation.main(options(tmp_path, **changes))
        return capsys.readouterr().out.splitlines()

    return run


def test_one_video_prints_its_line_and_writes_its_files(tmp_path, clips, evaluate_with):
    lines = evaluate_with(OracleTracker(clips), evaluation__video="Basketball")
    folder = tmp_path / "results" / "SiamFC" / "clips"
    assert lines[0] == "Weights: checkpoint 1"
    assert lines[1].startswith(
        "0 -- Basketball -- Precision: 100.00 -- Precisions AUC: 1.00 -- IOU: 100.00 -- Speed: "
    )
    assert " -- Success AUC: 0.952 -- Speed with reading: " in lines[1]
    assert lines[2:] == [f"Report: {folder / 'performance.json'}"]
    report = json.loads((folder / "performance.json").read_text())
    assert report["tracks"]["Basketball"]["success_auc"] == 20 / 21
    assert report["weights"] == "checkpoint 1"
    assert report["parameters"]["evaluation"]["video"] == "Basketball"
    np.testing.assert_allclose(np.loadtxt(folder / "Basketball.txt", delimiter=","), clips)
    assert len((folder / "Basketball_time.txt").read_text().splitlines()) == 4


def test_all_videos_end_with_two_totals(tmp_path, clips, evaluate_with):
    make_clip(tmp_path / "clips" / "Car", 6, seed=3)
    lines = evaluate_with(IdentityTracker(), evaluation__n_subseq=2)
    names = [line.split(" -- ")[:2] for line in lines[1:5]]
    assert names == [["0", "Basketball_0"], ["1", "Basketball_2"], ["2", "Car_0"], ["3", "Car_2"]]
    assert lines[5].startswith("-- Overall stats (averaged per frame) on 2 videos (16 frames")
    assert lines[7].startswith("-- Overall stats (averaged per video) on 2 videos")


def test_the_same_command_again_tracks_nothing_and_reports_the_same(clips, evaluate_with):
    first = evaluate_with(OracleTracker(clips))
    tracker = IdentityTracker()
    assert evaluate_with(tracker) == first
    assert tracker.inits == 0


def test_other_weights_are_refused_and_nothing_is_overwritten(tmp_path, clips, evaluate_with):
    evaluate_with(OracleTracker(clips))
    folder = tmp_path / "results" / "SiamFC" / "clips"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(UserError, match=r"evaluation\.tracker=NAME"):
        evaluate_with(IdentityTracker(), weights="checkpoint 2")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    evaluate_with(IdentityTracker(), weights="checkpoint 2", evaluation__tracker="Second")
    assert (tmp_path / "results" / "Second" / "clips" / "Basketball.txt").exists()


def test_pictures_come_with_a_page_that_must_not_lose_results(tmp_path, clips, evaluate_with):
    folder = tmp_path / "results" / "SiamFC" / "clips"
    lines = evaluate_with(OracleTracker(clips), run__visualization="1")
    assert lines[-1] == f"Page: {folder / 'report.html'}"
    (folder / "report.html").write_text("somebody's own")
    lines = evaluate_with(IdentityTracker(), run__visualization="1")
    assert lines[-1] == f"Report: {folder / 'performance.json'}"
    assert (folder / "report.html").read_text() == "somebody's own"


def test_a_path_with_blanks_and_other_letters(tmp_path, evaluate_with):
    folder = tmp_path / "mes vidéos" / "ballon rouge"
    truth = make_clip(folder, 3)
    evaluate_with(OracleTracker(truth), evaluation__video=str(folder))
    assert (tmp_path / "results" / "SiamFC" / "mes vidéos" / "ballon rouge.txt").exists()


def test_an_unknown_video_lists_the_nearest(tmp_path, clips, run_script, refusal):
    done = run_script(SCRIPT, *options(tmp_path, evaluation__video="Basketbal"))
    refusal(done, "Basketbal:", "Basketball")


def test_a_missing_data_set_is_named(tmp_path, run_here, refusal):
    refusal(run_here(SCRIPT, *options(tmp_path)), str(tmp_path / "clips"))


def test_frames_without_ground_truth_need_a_region(tmp_path, run_here, refusal):
    make_clip(tmp_path / "clips" / "film", 3, layout="plain")
    refusal(run_here(SCRIPT, *options(tmp_path)), "film", "evaluation.region")


def test_a_region_beside_ground_truth_is_told_to_be_unused(clips, evaluate_with):
    lines = evaluate_with(OracleTracker(clips), evaluation__region="[1,2,30,40]")
    assert lines[0].startswith("Note: evaluation.region (--region) is not used")


def test_results_that_cannot_be_written_are_told(tmp_path, clips, run_here, refusal):
    (tmp_path / "results").write_text("a file is in the way")
    refusal(run_here(SCRIPT, *options(tmp_path)), "environment.root_results")
    assert (tmp_path / "results").read_text() == "a file is in the way"


def test_start_frame_out_of_range_tells_the_range(tmp_path, clips, run_here, refusal):
    changes = {"evaluation__video": "Basketball", "evaluation__start_frame": 4}
    refusal(run_here(SCRIPT, *options(tmp_path, **changes)), "start_frame", "0 to 3")


@pytest.mark.parametrize(
    ("row", "text", "told"),
    [
        (3, None, "3 rows for 4 frames"),
        (1, "1,2,three,4", "row 2"),
        (2, "1,2,3,4,5", "row 3"),
        (0, "900,40,30,20", "row 1"),
    ],
    ids=["too few rows", "letters", "five numbers", "outside the frame"],
)
def test_wrong_ground_truth_is_told(tmp_path, clips, run_here, refusal, row, text, told):
    lines = boxes_file(tmp_path).read_text().splitlines()
    lines[row : row + 1] = [text] if text else []
    boxes_file(tmp_path).write_text("\n".join(lines) + "\n")
    refusal(run_here(SCRIPT, *options(tmp_path)), "Basketball", told)
    assert not list(tmp_path.glob("results/**/*.txt"))


def test_nan_rows_are_absent_and_leave_the_scores_alone(tmp_path, clips, evaluate_with):
    truth = clips.copy()
    truth[2] = np.nan
    write_rows(boxes_file(tmp_path), truth)
    evaluate_with(OracleTracker(clips))
    report = json.loads((tmp_path / "results/SiamFC/clips/performance.json").read_text())
    scores = report["tracks"]["Basketball"]
    assert (scores["frames"], scores["absent_frames"]) == (3, 1)
    assert scores["success_auc"] == 20 / 21


def test_wrong_input_is_told_before_tensorflow_is_imported(tmp_path, clips):
    program = (
        "import sys, run_tracker_evaluation as script\n"
        "from src.base.errors import UserError\n"
        "try:\n"
        "    script.main(sys.argv[1:])\n"
        "except UserError:\n"
        "    sys.exit(7 if 'tensorflow' not in sys.modules else 8)\n"
    )
    command = [sys.executable, "-c", program, *options(tmp_path, evaluation__video="Nobody")]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 7


@pytest.mark.parametrize("protocol", ["tre", "got10k", "vot"])
def test_the_script_runs_every_protocol(tmp_path, clips, evaluate_with, protocol):
    lines = evaluate_with(OracleTracker(clips), evaluation__protocol=protocol)
    report = json.loads((tmp_path / "results/SiamFC/clips/performance.json").read_text())
    assert report["protocol"]["name"] == report["parameters"]["evaluation"]["protocol"] == protocol
    assert lines[-1].startswith("Report: ")


def test_another_protocol_is_another_setting(tmp_path, clips, evaluate_with):
    evaluate_with(OracleTracker(clips), evaluation__protocol="got10k")
    folder = tmp_path / "results" / "SiamFC" / "clips"
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    for protocol in ("vot", "ope"):
        with pytest.raises(UserError, match=r'evaluation\.protocol "got10k", now'):
            evaluate_with(OracleTracker(clips), evaluation__protocol=protocol)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_results_of_another_data_set_of_that_name_are_refused(tmp_path, clips, evaluate_with):
    evaluate_with(OracleTracker(clips))
    make_clip(tmp_path / "more" / "clips" / "Car", 4)
    with pytest.raises(UserError, match=r'other settings \(dataset ".*", now ".*more/clips"\)'):
        evaluate_with(OracleTracker(clips), environment__root_dataset=str(tmp_path / "more"))


def test_an_unknown_protocol_is_told(tmp_path, clips, run_script, refusal):
    done = run_script(SCRIPT, *options(tmp_path, evaluation__protocol="otb"))
    refusal(done, "evaluation.protocol", '"otb"', "'ope', 'tre', 'got10k' or 'vot'")


def test_vot_without_ground_truth_is_told(tmp_path, run_script, refusal):
    make_clip(tmp_path / "clips" / "film", 3, layout="plain")
    changes = {"evaluation__protocol": "vot", "evaluation__region": "[50, 40, 32, 24]"}
    refusal(run_script(SCRIPT, *options(tmp_path, **changes)), "film", "protocol vot")


def test_worker_processes_load_their_own_tracker(tmp_path, clips, run_here):
    make_clip(tmp_path / "clips" / "Car", 3, seed=3)
    changes = {"run__workers": 2, "evaluation__weights": "released"}
    done = run_here(SCRIPT, *options(tmp_path, **changes))
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line.split(" -- ")[:2] for line in lines[1:3]] == [["0", "Basketball"], ["1", "Car"]]
    assert "speeds of 2 processes at once" in lines[1] and "Precision (20 px)" in done.stdout
