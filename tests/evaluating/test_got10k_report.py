import zipfile

import numpy as np
import pytest

from src.datasets.sequences import load_video
from src.evaluating.protocols.got10k import got10k_columns, judge_got10k, write_got10k
from tests.support.cases import make_outcome
from tests.support.helpers import make_clip, moving_boxes
from tests.support.parameter_files import load_evaluation

TRUTH = moving_boxes(6, (10, 10, 20, 20), (4, 0))


def judge(outcomes):
    return judge_got10k(outcomes, load_evaluation(), "GOT-10k/val")


@pytest.fixture
def two(tmp_path):
    """A track of 6 frames that never moves, and a perfect one of 3."""
    still = np.tile(TRUTH[0], (6, 1))
    return [
        make_outcome(tmp_path / "a", "a", still, TRUTH),
        make_outcome(tmp_path / "b", "b", TRUTH[:3], TRUTH[:3]),
    ]


def test_frames_are_pooled_and_sequences_averaged_beside_it(two):
    lines, scores = judge(two)
    overlaps = [(20 - 4 * k) / (20 + 4 * k) for k in range(1, 5)] + [0.0]
    assert scores["pooled"]["ao"] == pytest.approx((sum(overlaps) + 2) / 7, abs=1e-12)
    assert scores["pooled"]["sr50"] == pytest.approx(3 / 7)
    assert scores["mean_of_sequences"]["ao"] == pytest.approx((sum(overlaps) / 5 + 1) / 2)
    assert (scores["mean_of_sequences"]["sr50"], scores["frames"]) == (pytest.approx(0.6), 7)
    assert list(scores["videos"]) == ["a", "b"]
    assert lines[0] == "-- GOT-10k on GOT-10k/val (2 of 2 videos scored, 7 frames pooled) --"
    assert lines[1].startswith(" -- AO: 0.494 -- SR.50: 0.429 -- SR.75: 0.286 -- Speed: 10.00 --")
    assert lines[2].startswith("-- mean of sequences -- AO: 0.646 -- SR.50: 0.600 -- ")


def test_the_oracle_scores_the_best(tmp_path):
    outcome = make_outcome(tmp_path, "a", TRUTH, TRUTH)
    pooled = judge([outcome]).scores["pooled"]
    assert (pooled["ao"], pooled["sr50"], pooled["sr75"]) == (1, 1, 1)
    assert got10k_columns(outcome) == ["AO: 1.000", "SR.50: 1.000", "SR.75: 1.000"]


def test_the_speed_of_the_toolkit_is_the_mean_of_inverse_times(tmp_path):
    seconds = np.array([0.5, 0.1, 0.1, 0.1, 0.1, 0.25])
    outcome = make_outcome(tmp_path, "a", TRUTH, TRUTH, seconds=seconds)
    assert judge([outcome]).scores["fps_of_toolkit"] == pytest.approx((2 + 40 + 4) / 6)


def test_videos_without_ground_truth_have_no_scores_and_are_told(tmp_path, two):
    film = make_outcome(tmp_path / "c", "c", TRUTH, None, first_box_ltwh=TRUTH[0])
    lines, scores = judge([film])
    assert lines[0].startswith("-- GOT-10k on GOT-10k/val: no ground truth, no scores -- Speed")
    assert scores["pooled"] is None and len(lines) == 1
    assert got10k_columns(film) == ["no scores"]
    lines, scores = judge([*two, film])
    assert "(2 of 3 videos scored, 7 frames" in lines[0] and list(scores["videos"]) == ["a", "b"]


def test_the_archive_holds_boxes_and_times_and_nothing_else(tmp_path, two):
    assert write_got10k(tmp_path / "r", two, whole=True) == [tmp_path / "r" / "got10k.zip"]
    written = (tmp_path / "r" / "got10k.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "r" / "got10k.zip") as archive:
        names = archive.namelist()
        assert names == [f"{name}/{name}_{part}.txt" for name in "ab" for part in ("001", "time")]
        for name in names:
            assert archive.read(name) == (tmp_path / "r" / "got10k" / name).read_bytes()
    assert (tmp_path / "r/got10k/b/b_001.txt").read_text().splitlines()[1] == (
        "14.000,10.000,20.000,20.000"
    )
    assert (tmp_path / "r/got10k/b/b_time.txt").read_text() == 3 * "0.10000000\n"
    write_got10k(tmp_path / "r", two, whole=True)
    assert (tmp_path / "r" / "got10k.zip").read_bytes() == written


def test_a_part_of_the_data_set_leaves_the_archive_alone(tmp_path, two):
    write_got10k(tmp_path, two, whole=True)
    written = (tmp_path / "got10k.zip").read_bytes()
    assert write_got10k(tmp_path, two[:1], whole=False) == [tmp_path / "got10k"]
    assert (tmp_path / "got10k.zip").read_bytes() == written


def test_boxes_count_from_what_the_ground_truth_counts_from(tmp_path):
    truth = make_clip(tmp_path / "v", 3, layout="otb")
    sequence = load_video(tmp_path, "v")
    assert sequence.first_index == 1
    outcome = make_outcome(tmp_path / "c", "v", truth, truth, first_index=sequence.first_index)
    write_got10k(tmp_path, [outcome], whole=False)
    written = np.loadtxt(tmp_path / "got10k" / "v" / "v_001.txt", delimiter=",")
    stored = np.loadtxt(tmp_path / "v" / "groundtruth_rect.txt")
    np.testing.assert_allclose(written, stored, atol=1e-9)


def test_the_toolkit_scores_the_files_alike(tmp_path, two):
    toolkit = pytest.importorskip("got10k.experiments")
    root = tmp_path / "data" / "val"
    for outcome in two:
        folder, truth = root / outcome.name, outcome.segment.sequence.boxes_ltwh
        make_clip(folder, len(truth), layout="got10k")
        np.savetxt(folder / "groundtruth.txt", truth, delimiter=",")
        (folder / "cut_by_image.label").write_text("0\n" * len(truth))
        (folder / "meta_info.ini").write_text("[METAINFO]\nresolution: (120, 90)")
    (root / "list.txt").write_text("a\nb\n")
    write_got10k(tmp_path, two, whole=False)
    (tmp_path / "results" / "GOT-10k").mkdir(parents=True)
    (tmp_path / "got10k").rename(tmp_path / "results" / "GOT-10k" / "mine")
    experiment = toolkit.ExperimentGOT10k(
        tmp_path / "data", "val", str(tmp_path / "results"), str(tmp_path / "reports")
    )
    experiment.plot_curves = lambda *_: None
    theirs = experiment.report(["mine"])["mine"]
    scores = judge(two).scores
    assert theirs["overall"]["ao"] == pytest.approx(scores["pooled"]["ao"], abs=1e-9)
    assert theirs["overall"]["sr"] == pytest.approx(scores["pooled"]["sr50"], abs=1e-9)
    assert theirs["overall"]["speed_fps"] == pytest.approx(scores["fps_of_toolkit"])
    for name, one in theirs["seq_wise"].items():
        assert one["ao"] == pytest.approx(scores["videos"][name]["ao"], abs=1e-9)
