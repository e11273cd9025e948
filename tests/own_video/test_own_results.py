import csv
import json

import numpy as np
import pytest

from src.base.errors import UserError
from src.evaluating.results import ResultFolder
from src.own_video.results import FrameRows, known_result, write_own_track

BOX = [10.0, 8.0, 20.0, 16.0]
ABOUT = {"source": "/v/film.avi", "bytes": 9, "start_frame": 2, "region": BOX}


@pytest.fixture
def rows():
    """Start on frame 2, a broken frame 3, updates on 4 and 5."""
    rows = FrameRows()
    assert not rows
    rows.add(2, 0.2, BOX, np.nan, 1.0, 0, 0.5, 0.25)
    rows.add(3, 0.3)
    rows.add(4, 0.4, [11.5, 8, 20, 16], 2.5, 0.75, False, 0.25, 0.25)
    rows.add(5, 0.5, [12, 8.123456, 20, 16], -1.0, np.nan, True, 0.75, 0.75)
    return rows


@pytest.fixture
def results(tmp_path):
    return ResultFolder.create(str(tmp_path), "SiamFC", "mine")


def test_counts_leave_out_the_start_and_broken_frames(rows):
    assert rows.counts() == {
        "frames": 4,
        "broken_frames": 1,
        "blank_frames": 0,
        "updates": 2,
        "speed": 2 / 1.0,
        "speed_with_reading": 2 / 2.0,
    }


def test_without_updates_there_is_no_speed():
    rows = FrameRows()
    rows.add(0, 0.0, BOX, np.nan, 1.0, 0, 0.5, 0.25)
    assert rows.counts()["speed"] is None and rows.counts()["updates"] == 0


def test_boxes_are_written_as_all_others_with_a_row_for_each_frame(rows, results):
    files = write_own_track(results, "film_2", ABOUT, rows)
    assert files == [results.path / f"film_2{end}" for end in (".txt", ".csv", ".json")]
    lines = files[0].read_text().splitlines()
    assert lines[:4] == ["nan,nan,nan,nan"] * 2 + [
        "10.0000,8.0000,20.0000,16.0000",
        "nan,nan,nan,nan",
    ]
    assert lines[5] == "12.0000,8.1235,20.0000,16.0000" and len(lines) == 6
    track = results.read("film_2", 6)
    assert track.start == 2 and track.confidence[4] == 0.75 and track.read_seconds[5] == 0.75


def test_the_table_has_a_row_from_the_start_on_and_leaves_out_what_is_unknown(rows, results):
    write_own_track(results, "film", ABOUT, rows)
    with (results.path / "film.csv").open(newline="") as file:
        table = list(csv.DictReader(file))
    assert [row["frame"] for row in table] == ["2", "3", "4", "5"]
    assert table[0]["score"] == "" and table[0]["confidence"] == "1.0000"
    assert table[1] == dict.fromkeys(table[0], "") | {"frame": "3", "seconds": "0.300000"}
    assert [float(table[2][key]) for key in ("x", "y", "w", "h")] == [11.5, 8, 20, 16]
    assert (table[3]["lost"], table[3]["confidence"], table[3]["score"]) == ("1", "", "-1.0000")


def test_the_object_holds_the_facts_and_the_frames(rows, results):
    write_own_track(results, "film", ABOUT | {"ended": "end"}, rows)
    report = json.loads((results.path / "film.json").read_text(), parse_constant=pytest.fail)
    track = report.pop("track")
    assert report == ABOUT | {"ended": "end"}
    assert track[0] == {
        "frame": 2,
        "seconds": 0.2,
        "box": BOX,
        "score": None,
        "confidence": 1.0,
        "lost": False,
    }
    empty = dict.fromkeys(("box", "score", "confidence", "lost"))
    assert track[1] == {"frame": 3, "seconds": 0.3, **empty}
    assert track[3]["lost"] is True and track[3]["box"][1] == 8.1235 and len(track) == 4


def test_nothing_is_known_of_an_empty_folder(results):
    assert known_result(results, "film", ABOUT) is None


@pytest.mark.parametrize("ended", ["end", "early"])
@pytest.mark.parametrize("region", [BOX, None])
def test_a_whole_track_of_the_same_start_is_known(rows, results, ended, region):
    write_own_track(results, "film", ABOUT | {"ended": ended}, rows)
    assert known_result(results, "film", ABOUT | {"region": region}) == results.path / "film.json"
    assert known_result(results, "other", ABOUT) is None


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ({"source": "/v/film.mp4"}, r'source "/v/film\.mp4", now "/v/film\.avi"'),
        ({"bytes": 10}, "bytes 10, now 9"),
        ({"region": [1.0, 2.0, 3.0, 4.0]}, "region"),
        ({"ended": "interrupted"}, 'ended with "interrupted"'),
        ({"ended": "closed"}, 'ended with "closed"'),
    ],
)
def test_other_or_broken_off_tracks_are_refused(rows, results, written, told):
    write_own_track(results, "film", ABOUT | {"ended": "end"} | written, rows)
    with pytest.raises(UserError, match=rf"{told}.*evaluation\.tracker=NAME"):
        known_result(results, "film", ABOUT)


@pytest.mark.parametrize("name", ["film.txt", "film.csv", "film.json", "film_annotated.mp4"])
def test_files_of_unknown_origin_are_refused(results, name):
    (results.path / name).write_text("[1]")
    with pytest.raises(UserError, match=r"there already \(without film\.json\)"):
        known_result(results, "film", ABOUT)
    assert (results.path / name).read_text() == "[1]"
