import numpy as np
import pytest

from src.base.errors import UserError
from src.labelling.results import read_results, without_start
from tests.support.result_files import write_own_result, write_result

BOXES = [[10.0, 8, 20, 16], [11.5, 8, 20, 16], [13, 8, 20, 16], [14.5, 8, 20, 16]]
NAN = [np.nan] * 4


def boxes_of(text):
    (track,) = read_results([str(text)])
    return track.boxes_ltwh.tolist()


def test_a_track_of_an_evaluation_is_its_boxes(tmp_path):
    path = write_result(tmp_path, "ball", BOXES, dataset=tmp_path / "clips")
    (track,) = read_results([f"football={path}"])
    assert track.label == "football" and track.boxes_ltwh.tolist() == BOXES
    assert track.video == str(tmp_path / "clips" / "ball")
    assert read_results([str(path)])[0].label == "target"


def test_confidence_and_settings_tell_where_it_was_lost(tmp_path):
    """Lost below 0.3, found again above 0.6 only."""
    boxes = np.arange(28.0).reshape(7, 4) + 1
    sure = [1.0, 0.3, 0.29, 0.5, 0.6, 0.61, np.nan]
    path = write_result(tmp_path, "ball", boxes, sure, bounds=(0.3, 0.6))
    (track,) = read_results([str(path)])
    lost = np.isnan(track.boxes_ltwh).all(axis=1)
    assert lost.tolist() == [False, False, True, True, True, False, False]
    # with 0 nothing is ever lost
    path = write_result(tmp_path / "never", "ball", boxes, sure, bounds=(0.0, 0.5))
    assert not np.isnan(read_results([str(path)])[0].boxes_ltwh).any()


def test_all_three_files_of_an_own_video_are_the_same(tmp_path):
    boxes = [*BOXES[:2], NAN, BOXES[3]]
    path = write_own_result(tmp_path, "film_2", tmp_path / "film.mp4", boxes, lost=[3], start=2)
    expected = [NAN, NAN, BOXES[0], NAN, NAN, BOXES[3]]
    for suffix in (".txt", ".csv", ".json"):
        np.testing.assert_array_equal(boxes_of(path.with_suffix(suffix)), expected)
    (track,) = read_results([str(path)])
    assert track.own["size"] == [64, 48] and track.video == str(tmp_path / "film.mp4")
    path.with_suffix(".json").unlink()
    np.testing.assert_array_equal(boxes_of(path.with_suffix(".csv")), expected)


def test_several_files_are_targets_of_one_video(tmp_path):
    video = tmp_path / "film.mp4"
    one = write_own_result(tmp_path / "a", "film", video, BOXES)
    # a track that was broken off
    two = write_own_result(tmp_path / "b", "film", video, BOXES[:2])
    tracks = read_results([f"car={one}", f"person={two}"])
    assert [(track.label, len(track.boxes_ltwh)) for track in tracks] == [("car", 4), ("person", 2)]
    other = write_own_result(tmp_path / "c", "film", tmp_path / "other.mp4", BOXES)
    with pytest.raises(
        UserError, match=r"c/film\.txt: is a track of .*other\.mp4, but .*film\.mp4"
    ):
        read_results([str(one), str(other)])
    short = write_result(tmp_path / "d", "ball", BOXES[:3])
    with pytest.raises(UserError, match=r"ball\.txt: 3 frames, but 4 in .*results of one video"):
        read_results([str(one), str(short)])


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("none.txt", None, r"none\.txt: is no result file; .* \.txt, \.csv or \.json"),
        ("film.mp4", "", r"film\.mp4: is no result file"),
        ("a.txt", "1,2,3\n", r"a\.txt, row 1: 3 numbers"),
        ("b.txt", "nan,nan,nan,nan\n", r"b\.txt: holds no box in any frame"),
        ("c.csv", "frame,x\n0,1\n", r"c\.csv: is not the CSV file of a track \('y'\)"),
        ("d.json", '{"per_frame": 1}', r"d\.json: is not the JSON file of a track \('track'\)"),
        ("e.json", "{", r"e\.json: is not the JSON object that was written here"),
    ],
)
def test_what_is_no_track_is_told(tmp_path, name, text, told):
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(UserError, match=told):
        read_results([str(tmp_path / name)])


def test_confidences_must_fit_the_boxes(tmp_path):
    path = write_result(tmp_path, "ball", BOXES, [1.0] * 4, bounds=(0.3, 0.6))
    (tmp_path / "ball_confidence.txt").write_text("1.0\n0.5\n")
    with pytest.raises(UserError, match=r"ball_confidence\.txt: 2 rows, but ball\.txt has 4"):
        read_results([str(path)])
    (tmp_path / "ball_confidence.txt").write_text("much\n" * 4)
    with pytest.raises(UserError, match=r"ball_confidence\.txt: .*'much'"):
        read_results([str(path)])


def test_results_must_be_named():
    with pytest.raises(UserError, match="no results are named"):
        read_results([])


def test_the_start_frame_is_no_part_of_a_videos_name():
    assert (without_start("street_12"), without_start("street")) == ("street", "street")
