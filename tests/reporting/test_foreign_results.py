"""Tracks of other programs: layouts, separators, and what is refused."""

import numpy as np
import pytest

from src.base.errors import UserError
from src.reporting.foreign_results import has_track, read_foreign_track
from tests.support.helpers import moving_boxes, write_rows

BOXES = moving_boxes(4, (10, 20, 30, 40), (2, 1))


def read(folder, n_frames=4, start=0, first_index=0):
    return read_foreign_track(folder, "ball", n_frames, start, first_index)


@pytest.mark.parametrize(
    ("boxes", "times"),
    [
        ("ball.txt", "times/ball_time.txt"),
        ("ball/ball_001.txt", "ball/ball_time.txt"),
        ("ball/ball.txt", "ball_time.txt"),
    ],
)
def test_layouts(tmp_path, boxes, times):
    assert not has_track(tmp_path, "ball")
    write_rows(tmp_path / boxes, BOXES)
    # the toolkit's columns are repetitions; the first counts, as its boxes do
    write_rows(tmp_path / times, [[0.5, 9], [0.1, 9], [0.2, 9], [0.3, 9]])
    assert has_track(tmp_path, "ball") and not has_track(tmp_path, "bal")
    track = read(tmp_path)
    np.testing.assert_array_equal(track.boxes_ltwh, BOXES)
    assert track.seconds.tolist() == [0.5, 0.1, 0.2, 0.3]
    assert np.isnan(track.confidence).all() and np.isnan(track.read_seconds).all()


@pytest.mark.parametrize("separator", [",", "\t", " ", ";", ", "])
def test_separators_line_ends_and_marks(tmp_path, separator):
    lines = [separator.join(f"{value:g}" for value in row) for row in BOXES]
    (tmp_path / "ball.txt").write_bytes(b"\xef\xbb\xbf" + "\r\n".join([*lines, "", ""]).encode())
    track = read(tmp_path)
    np.testing.assert_array_equal(track.boxes_ltwh, BOXES)
    assert np.isnan(track.seconds).all()


def test_boxes_from_one_lie_one_pixel_up_and_left(tmp_path):
    write_rows(tmp_path / "ball.txt", BOXES)
    np.testing.assert_array_equal(
        read(tmp_path, first_index=1).boxes_ltwh, BOXES - np.array([1, 1, 0, 0])
    )


def test_polygons_become_boxes(tmp_path):
    left, top, width, height = BOXES.T
    right, bottom = left + width, top + height
    corners = [left, top, right, top, right, bottom, left, bottom]
    write_rows(tmp_path / "ball.txt", np.stack(corners, axis=1))
    np.testing.assert_allclose(read(tmp_path).boxes_ltwh, BOXES)


def test_a_lost_target_may_have_no_extent_or_be_nan(tmp_path):
    rows = BOXES.copy()
    rows[2], rows[3] = (0, 0, 0, 0), np.nan
    write_rows(tmp_path / "ball.txt", rows)
    np.testing.assert_array_equal(read(tmp_path).boxes_ltwh, rows)


def test_rows_before_the_start_frame_are_left_out(tmp_path):
    write_rows(tmp_path / "ball.txt", BOXES)
    write_rows(tmp_path / "ball_time.txt", [[0.1]] * 4)
    track = read(tmp_path, start=2)
    assert np.isnan(track.boxes_ltwh[:2]).all() and np.isnan(track.seconds[:2]).all()
    assert track.start == 2
    np.testing.assert_array_equal(track.boxes_ltwh[2:], BOXES[2:])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1,2,3,4\n" * 3, "3 rows for 4 frames"),
        ("1,2,3,4\n" * 5, "5 rows for 4 frames"),
        ("", "0 rows for 4 frames"),
        ("1,2,3,4\n1,2,x,4\n" * 2, "row 2: '1,2,x,4' are not numbers"),
        ("1,2,3,4\n1,2,3\n" * 2, "row 2: 3 numbers, but 4 in row 1"),
        ("1,2,3\n" * 4, "3 numbers a row; 4"),
    ],
)
def test_what_is_no_track_is_told(tmp_path, text, told):
    (tmp_path / "ball.txt").write_text(text)
    with pytest.raises(UserError) as caught:
        read(tmp_path)
    assert str(caught.value).startswith(str(tmp_path / "ball.txt")) and told in str(caught.value)


def test_damaged_times_and_files_that_are_no_text_are_told(tmp_path):
    write_rows(tmp_path / "ball.txt", BOXES)
    write_rows(tmp_path / "ball_time.txt", [[0.1]] * 3)
    with pytest.raises(UserError, match=r"ball_time\.txt: 3 rows for 4 frames"):
        read(tmp_path)
    (tmp_path / "ball.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match="is not a text file"):
        read(tmp_path)
