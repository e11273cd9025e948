import json

import numpy as np
import pytest

from src.base.errors import UserError
from src.evaluating.results import ResultFolder, Track

SETTINGS = {"weights": "checkpoint a", "hyperparams": {"scale_num": 3, "z_lr": 0.01}}


def make_track(n_frames=5, start=0, seed=0):
    rng = np.random.default_rng(seed)
    track = Track.empty(n_frames)
    track.boxes_ltwh[start:] = rng.uniform(-10, 900, (n_frames - start, 4))
    track.seconds[start:] = rng.uniform(0.01, 0.2, n_frames - start)
    track.read_seconds[start:] = rng.uniform(0.01, 0.2, n_frames - start)
    return track


@pytest.fixture
def results(tmp_path):
    return ResultFolder.create(str(tmp_path / "results"), "SiamFC", "clips/test")


def test_the_folder_is_tracker_then_data_set(tmp_path, results):
    assert results.path == tmp_path / "results" / "SiamFC" / "clips" / "test"
    assert results.path.is_dir()


@pytest.mark.parametrize("start", [0, 2])
def test_a_track_survives_writing_and_reading(results, start):
    track = make_track(start=start)
    results.write("ball", track)
    read = results.read("ball", 5)
    np.testing.assert_allclose(read.boxes_ltwh, track.boxes_ltwh, rtol=0, atol=5e-5)
    np.testing.assert_allclose(read.seconds, track.seconds, rtol=0, atol=5e-7)
    np.testing.assert_allclose(read.read_seconds, track.read_seconds, rtol=0, atol=5e-7)
    assert read.start == start


def test_files_hold_a_line_a_frame_with_four_decimals(results):
    track = make_track(3, start=1)
    track.boxes_ltwh[1:] = [[1, 2.5, 30, 40.00004], [-1.25, 0, 30, 40]]
    track.seconds[1:] = [0.5, 0.25]
    results.write("ball", track)
    lines = (results.path / "ball.txt").read_text().splitlines()
    assert lines == [
        "nan,nan,nan,nan",
        "1.0000,2.5000,30.0000,40.0000",
        "-1.2500,0.0000,30.0000,40.0000",
    ]
    times = (results.path / "ball_time.txt").read_text().splitlines()
    assert times == ["nan", "0.500000", "0.250000"]
    assert sorted(path.name for path in results.path.iterdir()) == [
        "ball.txt",
        "ball_confidence.txt",
        "ball_read_time.txt",
        "ball_time.txt",
    ]


def test_got10k_style_readers_understand_the_boxes(results):
    track = make_track()
    results.write("ball", track)
    boxes = np.loadtxt(results.path / "ball.txt", delimiter=",")
    np.testing.assert_allclose(boxes, track.boxes_ltwh, rtol=0, atol=5e-5)


@pytest.mark.parametrize(
    "name", ["ball.txt", "ball_time.txt", "ball_read_time.txt", "ball_confidence.txt"]
)
@pytest.mark.parametrize("damage", ["missing", "short", "letters", "empty", "binary", "columns"])
def test_a_track_that_is_not_whole_does_not_count(results, name, damage):
    results.write("ball", make_track())
    path = results.path / name
    lines = path.read_text().splitlines(keepends=True)
    path.unlink()
    if damage != "missing":
        path.write_bytes(
            {
                "short": "".join(lines[:-1]).encode(),
                "letters": "".join([*lines[:-1], "x\n"]).encode(),
                "empty": b"",
                "binary": b"\xff\xfe\x00",
                "columns": "".join(f"{line.strip()},1\n" for line in lines).encode(),
            }[damage]
        )
    assert results.read("ball", 5) is None


def test_a_track_of_another_length_or_without_boxes_does_not_count(results):
    results.write("ball", make_track())
    assert results.read("ball", 6) is None
    results.write("ball", Track.empty(5))
    assert results.read("ball", 5) is None


def test_boxes_are_written_last(results, monkeypatch):
    written = []
    monkeypatch.setattr(
        "src.evaluating.results.atomic_write_text", lambda path, text: written.append(path)
    )
    results.write("ball", make_track())
    assert written[-1].name == "ball.txt" and len(written) == 4


def test_update_times_leave_the_start_frame_out():
    track = Track.empty(6)
    track.boxes_ltwh[2:5] = [1, 2, 3, 4]
    track.seconds[2:5] = [100, 0.5, 0.25]
    track.read_seconds[2:5] = [100, 0.125, 0.125]
    assert track.update_times() == (2, 0.75, 0.25)


def test_begins_with_compares_start_and_box():
    track = make_track(start=2)
    box = track.boxes_ltwh[2]
    assert track.begins_with(2, box) and track.begins_with(2, np.round(box, 4))
    assert not track.begins_with(1, box)
    assert not track.begins_with(2, box + np.array([0, 0, 0, 0.5]))


def test_the_same_settings_go_on(results):
    results.claim(SETTINGS)
    results.write("ball", make_track())
    results.claim(json.loads(json.dumps(SETTINGS)))
    assert json.loads((results.path / "settings.json").read_text()) == SETTINGS


def test_other_settings_are_refused_and_nothing_is_changed(results):
    results.claim(SETTINGS)
    results.write("ball", make_track())
    before = {path.name: path.read_bytes() for path in results.path.iterdir()}
    other = {"weights": "checkpoint b", "hyperparams": {"scale_num": 5, "z_lr": 0.01}}
    with pytest.raises(UserError) as refused:
        results.claim(other)
    message = str(refused.value)
    assert 'weights "checkpoint a", now "checkpoint b"' in message
    assert "hyperparams.scale_num 3, now 5" in message
    assert "z_lr" not in message
    assert "evaluation.tracker=NAME" in message
    assert {path.name: path.read_bytes() for path in results.path.iterdir()} == before


def test_other_settings_may_take_a_folder_that_has_no_tracks(results):
    results.claim(SETTINGS)
    results.claim(SETTINGS | {"weights": "checkpoint b"})
    assert json.loads((results.path / "settings.json").read_text())["weights"] == "checkpoint b"


def test_results_of_unknown_settings_are_refused(results):
    results.write("ball", make_track())
    with pytest.raises(UserError, match=r"without settings\.json"):
        results.claim(SETTINGS)


@pytest.mark.parametrize("text", ["{", "[1]", ""])
def test_damaged_settings_are_named(results, text):
    (results.path / "settings.json").write_text(text)
    results.write("ball", make_track())
    with pytest.raises(UserError, match=r"settings\.json"):
        results.claim(SETTINGS)


def test_a_file_in_the_way_is_named(tmp_path):
    (tmp_path / "results").write_text("")
    with pytest.raises(UserError, match="root_results"):
        ResultFolder.create(str(tmp_path / "results"), "SiamFC", "clips")


def test_performance_is_strict_json(results):
    path = results.write_performance({"speed": None, "success_auc": 0.5})
    assert path.name == "performance.json"
    assert json.loads(path.read_text()) == {"speed": None, "success_auc": 0.5}
    with pytest.raises(ValueError, match="JSON"):
        results.write_performance({"speed": float("nan")})
    assert json.loads(path.read_text())["success_auc"] == 0.5


def test_a_packed_archive_alone_claims_the_folder(results):
    results.claim(SETTINGS)
    (results.path / "got10k.zip").write_bytes(b"PK")
    results.claim(SETTINGS)
    with pytest.raises(UserError, match="weights"):
        results.claim(SETTINGS | {"weights": "checkpoint b"})
    assert (results.path / "got10k.zip").read_bytes() == b"PK"


def test_frames_behind_a_gap_are_those_of_init():
    track = Track.empty(7)
    for column in (track.seconds, track.read_seconds):
        column[[0, 1, 2, 5, 6]] = [100, 0.5, 0.5, 100, 0.25]
    assert track.update_times() == (3, 1.25, 1.25)
