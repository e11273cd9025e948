"""What is no result of a data set is told with what is right for it."""

import re

import pytest
from PIL import Image

from src.base.errors import UserError
from src.reporting.wrong_inputs import no_folder, no_track, no_video, refuse_own_videos

NAME = "NAME=FOLDER is right"


@pytest.fixture
def results(tmp_path):
    """The files of the track of `film.mp4` from frame 5 on, and a label file of something else."""
    folder = tmp_path / "results"
    folder.mkdir()
    ends = (".txt", "_time.txt", "_read_time.txt", "_confidence.txt", ".csv", ".json")
    for end in (*ends, "_annotated.mp4"):
        (folder / f"film_5{end}").write_text("0")
    (folder / "zebra.txt").write_text("0")
    return folder


def of_film(path):
    return (
        f"{path}: is the track of a video file, camera or stream, and a report is about a data "
        "set, a folder of frames for each video; film_5_annotated.mp4 beside it shows its boxes, "
        "film_5.csv and film_5.json hold its numbers"
    )


@pytest.mark.parametrize("end", [".txt", "_time.txt", "_annotated.mp4", ".csv", ".json"])
def test_every_file_of_an_own_track_is_known(results, end):
    path = results / f"film_5{end}"
    assert str(no_folder(str(path))) == of_film(path)


def test_an_own_track_has_no_video_in_a_data_set(tmp_path, results):
    assert str(no_video(results, "film_5", tmp_path)) == of_film(results / "film_5.txt")
    told = str(no_video(results, "zebra", tmp_path))
    assert told == f"{results / 'zebra.txt'}: there is no such video in {tmp_path}"


def test_an_annotated_video_that_is_not_there_is_not_promised(tmp_path, results):
    (results / "film_5_annotated.mp4").unlink()
    told = str(no_video(results, "film_5", tmp_path))
    assert told.endswith("for each video; film_5.csv and film_5.json hold its numbers")


def test_own_tracks_are_refused_where_there_is_no_data_set(results):
    with pytest.raises(UserError, match=re.escape(of_film(results / "film_5.txt"))):
        refuse_own_videos(results)
    (results / "film_5.json").unlink()
    refuse_own_videos(results)


def test_a_video_is_to_be_tracked_first(tmp_path):
    film = tmp_path / "film.MP4"
    assert str(no_folder(str(film))) == f"{film}: there is no such folder; FOLDER or {NAME}"
    film.write_bytes(b"0")
    assert str(no_folder(str(film))) == (
        f"{film}: is a video, and a report is about folders of results; run_tracker_evaluation.py "
        f"--set evaluation.video={film} tracks it and draws its boxes"
    )


def test_other_files_and_nothing_are_told(tmp_path):
    page = tmp_path / "page.html"
    page.write_text("0")
    assert str(no_folder(str(page))) == f"{page}: is a file; FOLDER or {NAME}"
    assert str(no_folder("")) == f": there is no such folder; FOLDER or {NAME}"


def test_frames_are_no_results(tmp_path):
    folder = tmp_path / "frames"
    folder.mkdir()
    told = str(no_track(folder, tmp_path))
    assert told.startswith(f"{folder}: holds no track of the videos in {tmp_path}; <video>.txt")
    Image.new("RGB", (9, 9)).save(folder / "00000001.jpg")
    assert str(no_track(folder, tmp_path)).startswith(
        f"{folder}: holds the frames of a video, and a report is about folders of results; "
        f"run_tracker_evaluation.py --set evaluation.video={folder} tracks it"
    )
