import numpy as np
import pytest
from got10k.datasets import LaSOT

from src.base.errors import UserError
from src.datasets.lasot import SOURCE
from src.datasets.sequences import list_videos, load_video
from src.geometry.region_to_bbox import clip_box_ltwh
from tests.support.helpers import make_clip, touch_frames
from tests.support.labelled_trees import SIZE, draw_frames, read_one, red_box, write_lines

NAN_ROW = [np.nan] * 4
# two videos: the first with an absent stretch, the second with a box that leaves the frame
PLANE = [(10, 8, 20, 12), (12, 9, 20, 12), None, None, None, (18, 12, 20, 12)]
BOAT = [(50, 4, 9, 7), (58, 4, 9, 7)]


def write_video(folder, boxes, rows, hidden=None, out=None, first=1):
    draw_frames(folder / "img", boxes, first=first)
    write_lines(folder / "groundtruth.txt", *rows)
    write_lines(folder / "full_occlusion.txt", hidden or ",".join("0" * len(rows)))
    write_lines(folder / "out_of_view.txt", out or ",".join("0" * len(rows)))
    write_lines(folder / "nlp.txt", "a thing that moves")


def write_tree(top, nested):
    plane, boat = ("airplane/airplane-1", "boat/boat-12") if nested else ("airplane-1", "boat-12")
    # of the hidden frames the labels hold a guess, a box and nothing
    plane_rows = [
        "11,9,20,12",
        "13,10,20,12",
        "14,10,20,12",
        "15,11,20,12",
        "0,0,0,0",
        "19,13,20,12",
    ]
    write_video(top / plane, PLANE, plane_rows, hidden="0,0,1,0,0,0", out="0,0,0,1,1,0")
    write_video(top / boat, BOAT, ["51,5,9,7", "59,5,9,7"])
    return plane, boat


@pytest.mark.parametrize("nested", [True, False])
def test_boxes_and_absent_frames(tmp_path, nested):
    plane_unit, boat_unit = write_tree(tmp_path / "LaSOT", nested)
    assert SOURCE.recognise(tmp_path / "LaSOT")
    assert SOURCE.units(tmp_path / "LaSOT") == [plane_unit, boat_unit]
    plane, boat = (read_one(SOURCE, tmp_path / "LaSOT", unit) for unit in (plane_unit, boat_unit))
    assert (plane.name, boat.name) == ("airplane-1", "boat-12")
    assert (plane.targets[0].label, boat.targets[0].label) == ("airplane", "boat")
    assert plane.targets[0].name == plane.film == "" and plane.size_wh is None
    np.testing.assert_array_equal(
        plane.targets[0].boxes_ltwh,
        [[10, 8, 20, 12], [12, 9, 20, 12], NAN_ROW, NAN_ROW, NAN_ROW, [18, 12, 20, 12]],
    )
    np.testing.assert_array_equal(boat.targets[0].boxes_ltwh, [[50, 4, 9, 7], [58, 4, 9, 7]])
    assert plane.targets[0].rows.tolist() == [0, 1, 2, 3, 4, 5] and not plane.targets[0].flags.any()
    assert [frame.name for frame in boat.frames] == ["00000001.jpg", "00000002.jpg"]


def test_the_first_pixel_is_one(tmp_path):
    units = write_tree(tmp_path, nested=True)
    assert SOURCE.first_index == 1
    for video in (read_one(SOURCE, tmp_path, unit) for unit in units):
        for row, box in zip(video.targets[0].rows, video.targets[0].boxes_ltwh, strict=True):
            if not np.isnan(box).any():
                assert red_box(video.frames[row]) == clip_box_ltwh(box, SIZE).tolist()


def test_the_classes_of_2020_count_from_zero(tmp_path):
    write_video(tmp_path / "frisbee" / "frisbee-3", [(0, 5, 9, 7)], ["0,5,9,7"])
    video = read_one(SOURCE, tmp_path, "frisbee/frisbee-3")
    assert video.targets[0].boxes_ltwh.tolist() == [[0, 5, 9, 7]]
    assert red_box(video.frames[0]) == [0, 5, 9, 7]


def test_as_got10k_reads_it(tmp_path):
    """0.1.3 cannot be made: `__init__` hands `_check_integrity` an argument too many.

    Its reading of one video works: sorted frames, numbers as they stand (from 1), flags apart.
    """
    units = write_tree(tmp_path, nested=True)
    with pytest.raises(TypeError, match="positional arguments"):
        LaSOT(str(tmp_path))
    reader = LaSOT.__new__(LaSOT)
    reader.return_meta = True
    reader.seq_dirs = [str(tmp_path / unit / "img") for unit in units]
    reader.anno_files = [str(tmp_path / unit / "groundtruth.txt") for unit in units]
    for index, unit in enumerate(units):
        frames, rows, flags = reader[index]
        video = read_one(SOURCE, tmp_path, unit)
        assert frames == [str(frame) for frame in video.frames]
        expected = rows - [1, 1, 0, 0]
        expected[(flags["full_occlusion"] + flags["out_of_view"]) > 0] = np.nan
        np.testing.assert_array_equal(video.targets[0].boxes_ltwh, expected)


def test_frames_after_the_last_row_have_no_label(tmp_path):
    write_video(tmp_path / "monkey-17", [(1, 1, 5, 5)] * 4, ["2,2,5,5", "2,2,5,5"])
    video = read_one(SOURCE, tmp_path, "monkey-17")
    assert len(video.frames) == 4 and video.targets[0].rows.tolist() == [0, 1]
    (told,) = video.left_out
    assert told.endswith("groundtruth.txt: the 2 frames after row 2 have no label")


def test_empty_lines_at_the_end_are_no_rows(tmp_path):
    write_video(
        tmp_path / "cup-1", [(1, 1, 5, 5)] * 2, ["2,2,5,5", "3,2,5,5", "", ""], "0,0", "0,0"
    )
    assert read_one(SOURCE, tmp_path, "cup-1").targets[0].boxes_ltwh[:, 0].tolist() == [1, 2]


def test_a_size_of_zero_is_absent(tmp_path):
    write_video(tmp_path / "cup-1", [(1, 1, 5, 5)] * 2, ["2,2,5,5", "3,2,0,5"])
    assert np.isnan(read_one(SOURCE, tmp_path, "cup-1").targets[0].boxes_ltwh[1]).all()


def test_a_target_that_is_never_visible_is_left_out(tmp_path):
    write_video(tmp_path / "cup-1", [None, None], ["2,2,5,5", "2,2,5,5"], hidden="1,1")
    video = read_one(SOURCE, tmp_path, "cup-1")
    assert video.targets == () and len(video.frames) == 2
    assert "groundtruth.txt: the target cup-1 is visible in no frame" in video.left_out[0]


def test_wrong_videos_are_listed_and_tell_why_when_they_are_read(tmp_path):
    write_video(tmp_path / "cup-1", [(1, 1, 5, 5)] * 2, ["2,2,5,5"] * 2)
    write_video(tmp_path / "cup-2", [None, None], ["2,2,5,5"] * 2, hidden="1,1")
    write_video(tmp_path / "cup-10", [(1, 1, 5, 5)] * 2, ["2,2,5,5"] * 2, out="0")
    assert list_videos(tmp_path, "lasot") == ["cup-1", "cup-2", "cup-10"]
    assert load_video(tmp_path, "cup-1", layout="lasot").boxes_ltwh[0].tolist() == [1, 1, 5, 5]
    with pytest.raises(UserError, match="the target cup-2 is visible in no frame"):
        load_video(tmp_path, "cup-2", layout="lasot")
    with pytest.raises(UserError, match=r"cup-10/out_of_view\.txt: 1 numbers for 2 rows"):
        load_video(tmp_path, "cup-10", layout="lasot")


def test_the_top_means_the_training_part(tmp_path):
    for name in ("airplane/airplane-1", "airplane/airplane-2", "boat/boat-10", "boat/boat-9"):
        write_video(tmp_path / name, [(1, 1, 5, 5)], ["2,2,5,5"])
    everything = ["airplane/airplane-1", "airplane/airplane-2", "boat/boat-9", "boat/boat-10"]
    assert SOURCE.units(tmp_path) == everything
    write_lines(tmp_path / "testing_set.txt", "boat-9", "airplane-1")
    assert SOURCE.units(tmp_path) == ["airplane/airplane-2", "boat/boat-10"]
    test_list = tmp_path / "testing_set.txt"
    assert SOURCE.recognise(test_list)
    assert SOURCE.units(test_list) == ["boat/boat-9", "airplane/airplane-1"]
    assert read_one(SOURCE, test_list, "boat/boat-9").name == "boat-9"
    assert SOURCE.units(tmp_path / "boat") == ["boat-9", "boat-10"]


def test_what_it_is_read_from(tmp_path):
    write_tree(tmp_path, nested=True)
    folder = tmp_path / "boat" / "boat-12"
    assert SOURCE.evidence(tmp_path, "boat/boat-12") == [folder, folder / "img"]


def test_other_layouts_are_not_taken_for_it(tmp_path):
    for layout in ("vot4", "otb", "got10k", "plain"):
        make_clip(tmp_path / layout / "clip", n_frames=1, layout=layout)
        assert not SOURCE.recognise(tmp_path / layout)
    assert not SOURCE.recognise(tmp_path / "none") and not SOURCE.recognise(tmp_path)


def damaged(tmp_path, name, *lines):
    write_video(tmp_path / "cup-1", [(1, 1, 5, 5)] * 3, ["2,2,5,5"] * 3)
    if name:
        write_lines(tmp_path / "cup-1" / name, *lines)


@pytest.mark.parametrize(
    ("name", "lines", "words"),
    [
        ("groundtruth.txt", ["2,2,5,5"] * 4, r"groundtruth\.txt, row 4: labels frame 4, which is"),
        (
            "groundtruth.txt",
            ["2,2,5,5", "2,2,x,5"],
            r"groundtruth\.txt, row 2: 'x' is not a number",
        ),
        ("out_of_view.txt", ["0,0"], r"out_of_view\.txt: 2 numbers for 3 rows of groundtruth"),
        (
            "full_occlusion.txt",
            ["0,?,0"],
            r"full_occlusion\.txt, row 1: '\?' is not a whole number",
        ),
    ],
)
def test_wrong_files(tmp_path, name, lines, words):
    damaged(tmp_path, name, *lines)
    with pytest.raises(UserError, match=words):
        read_one(SOURCE, tmp_path, "cup-1")


def test_a_frame_that_is_not_there(tmp_path):
    damaged(tmp_path, None)
    (tmp_path / "cup-1" / "img" / "00000002.jpg").unlink()
    with pytest.raises(UserError, match=r"row 2: labels frame 2, .* should hold frames 1 to 3"):
        read_one(SOURCE, tmp_path, "cup-1")


def test_trees_without_videos(tmp_path):
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(UserError, match="no video of LaSOT to learn from"):
            SOURCE.units(path)
    damaged(tmp_path, None)
    write_lines(tmp_path / "testing_set.txt", "cup-1", "cup-2")
    with pytest.raises(UserError, match="no video of LaSOT to learn from"):
        SOURCE.units(tmp_path)
    with pytest.raises(
        UserError, match=r"testing_set\.txt: names the video cup-2, which is not in"
    ):
        SOURCE.units(tmp_path / "testing_set.txt")
    with pytest.raises(UserError, match=r"training_set\.txt: is not a list of videos"):
        SOURCE.units(tmp_path / "training_set.txt")


def test_two_videos_of_one_name(tmp_path):
    damaged(tmp_path, None)
    write_video(tmp_path / "cup" / "cup-1", [(1, 1, 5, 5)], ["2,2,5,5"])
    with pytest.raises(UserError, match="cup-1 and cup/cup-1 have one name"):
        SOURCE.units(tmp_path)


def test_a_video_without_frames(tmp_path):
    write_lines(tmp_path / "cup-1" / "groundtruth.txt", "2,2,5,5")
    with pytest.raises(UserError, match=r"img: there is no such folder of frames"):
        read_one(SOURCE, tmp_path, "cup-1")
    touch_frames(tmp_path / "cup-1" / "img", [])
    with pytest.raises(UserError, match=r"img: the video has no frames"):
        read_one(SOURCE, tmp_path, "cup-1")
