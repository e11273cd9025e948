import json
from pathlib import Path

import got10k.datasets
import numpy as np
import pytest
from got10k.datasets import UAV123

from src.base.errors import UserError
from src.datasets.uav123 import SOURCE
from src.geometry.region_to_bbox import clip_box_ltwh
from tests.support.helpers import make_clip, touch_frames
from tests.support.labelled_trees import SIZE, draw_frames, read_one, red_box, write_lines

NAN_ROW = [np.nan] * 4
FACTS = json.loads((Path(got10k.datasets.__file__).parent / "uav123.json").read_text())


def write_labels(top, part, video, n_rows, **rows):
    """Labels of `n_rows` frames, at (10, 9) from 1; `row7` is another row 7, counted from 1."""
    lines = [rows.get(f"row{k}", "10,9,6,5") for k in range(1, n_rows + 1)]
    write_lines(top / "anno" / part / f"{video}.txt", *lines)


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """uav6 and the second video of the folder person8, of which most frames are empty files."""
    top = tmp_path_factory.mktemp("UAV123")
    frames = top / "data_seq" / "UAV123"
    touch_frames(frames / "uav6", range(1, 110), digits=6)
    touch_frames(frames / "person8", range(1073, 1526), digits=6)
    draw_frames(frames / "person8", [(20, 10, 8, 6), (60, 10, 8, 6)], first=1075, digits=6)
    draw_frames(frames / "person8", [(24, 11, 8, 6)], first=1525, digits=6)
    absent = {f"row{k}": "NaN,NaN,NaN,NaN" for k in range(3, 8)}
    seen = {"row1": "21,11,8,6", "row2": "61,11,8,6", "row451": "25,12,8,6"}
    write_labels(top, "UAV123", "person8_2", 451, **seen, **absent)
    write_labels(top, "UAV123", "uav6", 109)
    write_labels(top, "UAV20L", "uav1", 3469)
    write_lines(top / "anno" / "UAV123" / "att" / "uav6.txt", "0,0,1,0,0,0,0,0,0,0,0,0")
    for name in ("configSeqs.m", "ReadMe.txt"):
        (top / name).write_text("")
    return top


def test_a_part_of_a_folder(tree):
    assert SOURCE.recognise(tree) and SOURCE.first_index == 1
    assert SOURCE.units(tree) == ["person8_2", "uav6"]
    video = read_one(SOURCE, tree, "person8_2")
    assert (video.name, video.film, video.targets[0].label) == ("person8_2", "person8", "person")
    numbers = [int(frame.stem) for frame in video.frames]
    assert numbers == list(range(1075, 1526)) and video.frames[0].parent.name == "person8"
    boxes = video.targets[0].boxes_ltwh
    np.testing.assert_array_equal(boxes[:3], [[20, 10, 8, 6], [60, 10, 8, 6], NAN_ROW])
    np.testing.assert_array_equal(boxes[6:8], [NAN_ROW, [9, 8, 6, 5]])
    assert boxes[-1].tolist() == [24, 11, 8, 6]
    for row in (0, 1, 450):
        assert red_box(video.frames[row]) == clip_box_ltwh(boxes[row], SIZE).tolist()
    assert video.targets[0].rows.tolist() == list(range(451)) and not video.targets[0].flags.any()


def test_a_folder_that_is_one_video(tree):
    video = read_one(SOURCE, tree, "uav6")
    assert len(video.frames) == 109 and video.film == "uav6" and video.targets[0].label == "uav"


def test_the_long_videos_have_a_path_of_their_own(tree):
    long = tree / "anno" / "UAV20L"
    assert SOURCE.recognise(long) and SOURCE.units(long) == ["uav1"]
    assert SOURCE.units(tree / "anno" / "UAV123") == SOURCE.units(tree)


@pytest.mark.parametrize("part", ["UAV123", "UAV20L"])
def test_the_table_holds_the_facts_that_got10k_passes_on(tmp_path, part):
    videos = FACTS[part]
    assert len(videos) == {"UAV123": 123, "UAV20L": 20}[part]
    for folder in {facts["folder_name"] for facts in videos.values()}:
        ends = [facts["end_frame"] for facts in videos.values() if facts["folder_name"] == folder]
        (tmp_path / "data_seq" / "UAV123" / folder).mkdir(parents=True)
        touch_frames(tmp_path / "data_seq" / "UAV123" / folder, [max(ends)], digits=6)
    for name, facts in videos.items():
        n_frames = facts["end_frame"] - facts["start_frame"] + 1
        write_labels(tmp_path, part, name, n_frames)
        # of the frames only the last is there, so the sentence tells which ones are wanted
        first, last = facts["start_frame"], facts["end_frame"]
        wanted = f"/{facts['folder_name']}; it should hold frames {first} to {last}$"
        with pytest.raises(UserError, match=wanted):
            read_one(SOURCE, tmp_path / "anno" / part, name)


def test_as_got10k_reads_it(tree):
    """0.1.3 gives the same frames; its boxes are the numbers as they stand, from 1.

    It wants more than three things in the folder, and warns of every folder that is not there.
    """
    reader = UAV123(str(tree))
    for name in ("person8_2", "uav6"):
        frames, rows = reader[name]
        video = read_one(SOURCE, tree, name)
        assert frames == [str(frame) for frame in video.frames]
        np.testing.assert_array_equal(video.targets[0].boxes_ltwh, rows - [1, 1, 0, 0])


def test_what_it_is_read_from(tmp_path):
    labels, frames = tmp_path / "anno" / "UAV123", tmp_path / "data_seq" / "UAV123"
    assert SOURCE.evidence(tmp_path, "bird1_2") == [labels / "bird1_2.txt", frames / "bird1"]
    assert SOURCE.evidence(tmp_path, "mine") == [labels / "mine.txt", frames / "mine"]


def test_other_layouts_are_not_taken_for_it(tmp_path):
    for layout in ("vot4", "otb", "got10k"):
        make_clip(tmp_path / layout / "clip", n_frames=1, layout=layout)
        assert not SOURCE.recognise(tmp_path / layout)
    assert not SOURCE.recognise(tmp_path / "none")


def test_a_target_that_is_never_visible_is_left_out(tmp_path):
    touch_frames(tmp_path / "data_seq" / "UAV123" / "uav6", range(1, 110), digits=6)
    write_lines(tmp_path / "anno" / "UAV123" / "uav6.txt", *["NaN,NaN,NaN,NaN"] * 109)
    video = read_one(SOURCE, tmp_path, "uav6")
    assert video.targets == ()
    assert "uav6.txt: the target uav6 is visible in no frame" in video.left_out[0]


@pytest.mark.parametrize("n_rows", [108, 110])
def test_a_row_a_frame(tmp_path, n_rows):
    write_labels(tmp_path, "UAV123", "uav6", n_rows)
    with pytest.raises(UserError, match=rf"uav6\.txt: {n_rows} rows for 109 frames"):
        read_one(SOURCE, tmp_path, "uav6")


def test_a_frame_that_is_not_there(tmp_path):
    touch_frames(tmp_path / "data_seq" / "UAV123" / "bird1", [775, 776, 778], digits=6)
    write_labels(tmp_path, "UAV123", "bird1_2", 703)
    with pytest.raises(UserError, match=r"bird1_2\.txt, row 3: labels frame 777, which is not in"):
        read_one(SOURCE, tmp_path, "bird1_2")


def test_a_wrong_row(tmp_path):
    write_labels(tmp_path, "UAV123", "uav6", 109, row5="1,2,3")
    with pytest.raises(UserError, match=r"uav6\.txt, row 5: 3 numbers"):
        read_one(SOURCE, tmp_path, "uav6")


def test_a_video_that_uav123_does_not_know(tmp_path):
    write_labels(tmp_path, "UAV123", "mine", 3)
    with pytest.raises(UserError, match=r"mine\.txt: UAV123 has no video of this name"):
        read_one(SOURCE, tmp_path, "mine")


def test_trees_without_labels(tmp_path):
    with pytest.raises(UserError, match=r"anno/UAV123: there is no such folder of labels"):
        SOURCE.units(tmp_path)
    (tmp_path / "anno" / "UAV123").mkdir(parents=True)
    with pytest.raises(UserError, match=r"anno/UAV123: holds no labels"):
        SOURCE.units(tmp_path)
