import numpy as np
import pytest
from got10k.datasets import TColor128

from src.base.errors import UserError
from src.datasets.tc128 import SOURCE
from src.geometry.region_to_bbox import clip_box_ltwh
from tests.support.helpers import make_clip, touch_frames
from tests.support.labelled_trees import SIZE, draw_frames, read_one, red_box, write_lines

NAN_ROW = [np.nan] * 4


def write_video(top, folder, boxes, rows, span, first=1, name=None):
    name = name or folder
    draw_frames(top / folder / "img", boxes, first=first, digits=4)
    write_lines(top / folder / f"{name}_gt.txt", *rows)
    write_lines(top / folder / f"{name}_frames.txt", span)
    write_lines(top / folder / f"{name}_att.txt", "SV", "OCC")


def write_tree(top):
    # frames before and after the span, which does not begin at 1
    boxes = [None, (10, 8, 20, 12), (12, 8, 20, 12), None, (-6, 9, 20, 12), None]
    rows = ["11,9,20,12", "13,9,20,12", "0,0,0,0", "-5,10,20,12"]
    write_video(top, "David", boxes, rows, "300,303", first=299)
    write_video(top, "Yo-yos_ce10", [(3, 4, 5, 6)], ["4\t5\t5\t6"], "1,1")
    write_video(top, "Yo-yos_ce2", [(3, 4, 5, 6)], ["4,5,5,6"], "1,1", name="yo-yos_ce2")


def test_only_the_frames_that_count_and_boxes_from_one(tmp_path):
    write_tree(tmp_path)
    assert SOURCE.recognise(tmp_path) and SOURCE.first_index == 1
    assert SOURCE.units(tmp_path) == ["David", "Yo-yos_ce2", "Yo-yos_ce10"]
    video = read_one(SOURCE, tmp_path, "David")
    assert [frame.name for frame in video.frames] == [f"{k:04d}.jpg" for k in (300, 301, 302, 303)]
    (target,) = video.targets
    expected = [[10, 8, 20, 12], [12, 8, 20, 12], NAN_ROW, [-6, 9, 20, 12]]
    np.testing.assert_array_equal(target.boxes_ltwh, expected)
    assert target.rows.tolist() == [0, 1, 2, 3] and not target.flags.any()
    for row in (0, 1, 3):
        box = clip_box_ltwh(target.boxes_ltwh[row], SIZE)
        assert red_box(video.frames[row]) == box.tolist()
    assert (video.name, video.film, target.name, target.label) == ("David", "", "", "")


def test_tabs_and_other_names_of_the_files(tmp_path):
    write_tree(tmp_path)
    for unit in ("Yo-yos_ce2", "Yo-yos_ce10"):
        video = read_one(SOURCE, tmp_path, unit)
        assert video.name == unit and video.targets[0].boxes_ltwh.tolist() == [[3, 4, 5, 6]]


def test_two_people_of_one_film(tmp_path):
    for name in ("Jogging1", "Jogging2"):
        write_video(tmp_path, name, [(3, 4, 5, 6)], ["4,5,5,6"], "1,1")
        assert read_one(SOURCE, tmp_path, name).film == "Jogging"


def test_as_got10k_reads_it(tmp_path):
    """0.1.3 gives the same frames; its boxes are the numbers as they stand, from 1, with zeros.

    A video of one frame it does not read: `np.loadtxt` gives it one row without a second axis.
    """
    write_tree(tmp_path)
    reader = TColor128(str(tmp_path), download=False)
    frames, rows = reader["David"]
    video = read_one(SOURCE, tmp_path, "David")
    assert frames == [str(frame) for frame in video.frames]
    expected = rows - [1, 1, 0, 0]
    expected[2] = np.nan
    np.testing.assert_array_equal(video.targets[0].boxes_ltwh, expected)
    with pytest.raises(AssertionError):
        reader["Yo-yos_ce2"]


def test_what_it_is_read_from(tmp_path):
    assert SOURCE.evidence(tmp_path, "Cup") == [tmp_path / "Cup", tmp_path / "Cup" / "img"]


def test_other_layouts_are_not_taken_for_it(tmp_path):
    for layout in ("vot4", "otb", "got10k"):
        make_clip(tmp_path / layout / "clip", n_frames=1, layout=layout)
        assert not SOURCE.recognise(tmp_path / layout)
    assert not SOURCE.recognise(tmp_path / "none")


@pytest.mark.parametrize(
    ("file", "lines", "words"),
    [
        ("Cup_gt.txt", ["1,2,3,4"] * 3, r"Cup_gt\.txt: 3 rows for 2 frames; one row a frame"),
        ("Cup_frames.txt", ["2,3"], r"Cup_gt\.txt, row 2: labels frame 3, which is not in"),
        ("Cup_frames.txt", ["3,2"], r"Cup_frames\.txt: \[3, 2\]; two numbers are right"),
        ("Cup_frames.txt", ["2"], r"Cup_frames\.txt: \[2\]; two numbers are right"),
        ("Cup_frames.txt", ["one,2"], r"Cup_frames\.txt, row 1: 'one' is not a whole number"),
        ("cup_gt.txt", ["1,2,3,4"] * 2, r"Cup: 2 files named <video>_gt\.txt; one is right"),
    ],
)
def test_wrong_files(tmp_path, file, lines, words):
    write_video(tmp_path, "Cup", [(0, 1, 3, 4)] * 2, ["1,2,3,4"] * 2, "1,2")
    write_lines(tmp_path / "Cup" / file, *lines)
    with pytest.raises(UserError, match=words):
        read_one(SOURCE, tmp_path, "Cup")


def test_trees_without_videos(tmp_path):
    with pytest.raises(UserError, match="no such folder of Temple-Color videos"):
        SOURCE.units(tmp_path / "none")
    touch_frames(tmp_path / "Cup" / "img", [1])
    with pytest.raises(UserError, match=r"no video of Temple-Color; folders with <video>_gt\.txt"):
        SOURCE.units(tmp_path)
