import os

import numpy as np
import pytest
from got10k.datasets import ImageNetVID

from src.base.errors import UserError
from src.datasets.labels import INTERPOLATED, OCCLUDED
from src.datasets.vid import SOURCE
from src.geometry.region_to_bbox import clip_box_ltwh
from tests.support.labelled_trees import SIZE, draw_frames, read_one, red_box
from tests.support.vid_tree import make_vid_tree, vid_object, vid_xml

NAN_ROW = [np.nan] * 4
SNIPPET = "train/ILSVRC2015_VID_train_0000/ILSVRC2015_train_00010001"
LATER = "train/ILSVRC2015_VID_train_0001/ILSVRC2015_train_00011000"
VALIDATION = "val/ILSVRC2015_val_00000000"
CAR = "n02958343"


def write_video(top, unit, *frames, size=SIZE, boxes=None):
    """XML files of these objects, and frames with red boxes."""
    labels = top / "Annotations/VID" / unit
    labels.mkdir(parents=True)
    for number, objects in enumerate(frames):
        text = vid_xml(unit.removeprefix("train/"), number, size, objects)
        (labels / f"{number:06d}.xml").write_text(text)
    images = top / "Data/VID" / unit
    draw_frames(images, boxes or [None] * len(frames), first=0, digits=6)
    for frame in images.iterdir():
        frame.rename(frame.with_suffix(".JPEG"))
    return labels


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A snippet with a car that leaves the frame and comes back, and a dog that does not."""
    top = tmp_path_factory.mktemp("download") / "ILSVRC2015"
    dog = vid_object(1, 0, 0, 5, 7, occluded=1)
    write_video(
        top,
        SNIPPET,
        [vid_object(0, 10, 5, 29, 16, CAR), dog],
        [vid_object(0, 40, 5, 70, 16, CAR, generated=1), dog],
        [],
        [dog],
        [vid_object(0, 50, 30, 59, 47, CAR, generated=1, occluded=1)],
        boxes=[(10, 5, 20, 12), (40, 5, 31, 12), None, None, (50, 30, 10, 18)],
    )
    write_video(top, LATER, [dog], [dog])
    write_video(top, VALIDATION, [dog])
    (top / "ImageSets/VID").mkdir(parents=True)
    return top


def test_two_targets(tree):
    video = read_one(SOURCE, tree, SNIPPET)
    assert (video.name, video.film) == ("ILSVRC2015_train_00010001", "ILSVRC2015_train_00010")
    assert video.size_wh == SIZE and not video.left_out
    assert [frame.name for frame in video.frames] == [f"{k:06d}.JPEG" for k in range(5)]
    car, dog = video.targets
    assert (car.name, car.label, dog.name, dog.label) == ("0", CAR, "1", "n02084071")
    np.testing.assert_array_equal(
        car.boxes_ltwh, [[10, 5, 20, 12], [40, 5, 31, 12], NAN_ROW, NAN_ROW, [50, 30, 10, 18]]
    )
    assert car.flags.tolist() == [0, INTERPOLATED, 0, 0, OCCLUDED | INTERPOLATED]
    np.testing.assert_array_equal(
        dog.boxes_ltwh, [[0, 0, 6, 8], [0, 0, 6, 8], NAN_ROW, [0, 0, 6, 8], NAN_ROW]
    )
    for target in video.targets:
        assert target.rows.tolist() == [0, 1, 2, 3, 4] and target.rows.dtype == np.int32
        assert target.flags.dtype == np.uint8


def test_corners_are_inclusive_and_count_from_zero(tree):
    video = read_one(SOURCE, tree, SNIPPET)
    boxes = video.targets[0].boxes_ltwh
    for row in (0, 1, 4):
        assert red_box(video.frames[row]) == clip_box_ltwh(boxes[row], SIZE).tolist()


def test_got10k_has_the_same_boxes(tree, tmp_path):
    # 0.1.3 has no rows where the target is absent, and names a frame by the place of its XML file
    # in the folder instead of by its number: the same as long as no file is missing
    other = ImageNetVID(tree, ("train", "val"), str(tmp_path / "cache"))
    assert other.seq_names == [
        "ILSVRC2015_train_00010001.0",
        "ILSVRC2015_train_00010001.1",
        "ILSVRC2015_train_00011000.1",
    ]
    video = read_one(SOURCE, tree, SNIPPET)
    for name, target in zip(other.seq_names, video.targets, strict=False):
        frames, boxes = other[name]
        seen = ~np.isnan(target.boxes_ltwh[:, 0])
        np.testing.assert_array_equal(boxes, target.boxes_ltwh[seen])
        rows = target.rows[seen].tolist()
        assert frames == [str(video.frames[row]) for row in rows]


@pytest.mark.parametrize(
    ("part", "units"),
    [
        ("", [SNIPPET, LATER]),
        ("Data/VID", [SNIPPET, LATER]),
        ("Data/VID/train/ILSVRC2015_VID_train_0001", [LATER]),
        (f"Data/VID/{SNIPPET}", [SNIPPET]),
        ("Data/VID/val", [VALIDATION]),
    ],
)
def test_the_path_of_a_part_means_that_part(tree, part, units):
    path = tree / part
    assert SOURCE.recognise(path) and SOURCE.units(path) == units
    video = read_one(SOURCE, path, units[0])
    assert video.name == units[0].rpartition("/")[2]
    folders = [tree / f"Data/VID/{units[0]}", tree / f"Annotations/VID/{units[0]}"]
    assert list(SOURCE.evidence(path, units[0])) == folders


def test_other_trees_are_not_recognised(tree):
    assert not SOURCE.photographs and SOURCE.first_index == 0
    for other in (tree.parent, tree / "Data", tree / "Annotations/VID/train"):
        assert not SOURCE.recognise(other)


def test_links_of_other_programs_do_not_double_the_videos(tree):
    link = tree / "Annotations/VID/train/a"
    link.symlink_to(tree / "Annotations/VID/train/ILSVRC2015_VID_train_0000")
    try:
        assert SOURCE.units(tree) == [SNIPPET, LATER]
    finally:
        link.unlink()


def test_frames_without_a_file_are_not_labelled(tmp_path):
    labels = write_video(tmp_path, SNIPPET, *[[vid_object(0, 1, 2, 3, 4)]] * 4)
    (labels / "000002.xml").unlink()
    (target,) = read_one(SOURCE, tmp_path, SNIPPET).targets
    assert target.rows.tolist() == [0, 1, 3]


def test_a_video_without_objects_has_no_targets(tmp_path):
    write_video(tmp_path, SNIPPET, [], [])
    video = read_one(SOURCE, tmp_path, SNIPPET)
    assert len(video.frames) == 2 and not video.targets and not video.left_out


def test_boxes_that_end_before_they_begin_are_left_out(tmp_path):
    wrong, fine = vid_object(3, 9, 2, 7, 4), vid_object(3, 1, 2, 3, 4)
    never = vid_object(4, 1, 9, 2, 7)
    labels = write_video(tmp_path, SNIPPET, [fine], [wrong, never], [])
    video = read_one(SOURCE, tmp_path, SNIPPET)
    (target,) = video.targets
    assert target.name == "3" and target.rows.tolist() == [0, 2]
    np.testing.assert_array_equal(target.boxes_ltwh, [[1, 2, 3, 3], NAN_ROW])
    assert video.left_out == [
        f"{labels}/000001.xml, track 3: its box ends before it begins",
        f"{labels}/000001.xml, track 4: its box ends before it begins",
        f"{labels}: track 4 has no other box",
    ]


def test_a_label_of_a_frame_that_is_not_there_is_told(tmp_path):
    labels = write_video(tmp_path, SNIPPET, [], [])
    (tmp_path / "Data/VID" / SNIPPET / "000001.JPEG").unlink()
    with pytest.raises(UserError, match=rf"{labels}/000001\.xml: its frame 000001\.JPEG is not"):
        read_one(SOURCE, tmp_path, SNIPPET)


def test_a_frame_of_another_size_is_told(tmp_path):
    labels = write_video(tmp_path, SNIPPET, [], [], [])
    (labels / "000002.xml").write_text(vid_xml("x", 2, (65, 48), []))
    told = rf"{labels}/000002\.xml: its size is 65 x 48, while 000000\.xml has 64 x 48; frames of"
    with pytest.raises(UserError, match=told):
        read_one(SOURCE, tmp_path, SNIPPET)


def test_a_track_twice_in_a_frame_is_told(tmp_path):
    labels = write_video(tmp_path, SNIPPET, [], [vid_object(5, 1, 2, 3, 4)] * 2)
    with pytest.raises(UserError, match=rf"{labels}/000001\.xml: holds track 5 twice; one object"):
        read_one(SOURCE, tmp_path, SNIPPET)


def test_labels_that_are_no_xml_are_told(tmp_path):
    labels = write_video(tmp_path, SNIPPET, [], [])
    (labels / "000001.xml").write_text("<annotation>")
    with pytest.raises(UserError, match=rf"{labels}/000001\.xml, line 1: is not well-formed XML"):
        read_one(SOURCE, tmp_path, SNIPPET)


def test_parts_that_are_missing_are_told(tree, tmp_path):
    with pytest.raises(UserError, match=r"is no ILSVRC VID; a folder with Data/VID and Annot"):
        SOURCE.units(tmp_path)
    with pytest.raises(UserError, match=r"Annotations/VID/test: there is no such folder of lab"):
        SOURCE.units(tree / "Data/VID/test")
    (tmp_path / "Data/VID/train").mkdir(parents=True)
    (tmp_path / "Annotations/VID/train/package").mkdir(parents=True)
    with pytest.raises(UserError, match=r"holds no labels; a folder of XML files for each video"):
        SOURCE.units(tmp_path)
    labels = write_video(tmp_path, LATER, [])
    with pytest.raises(UserError, match=r"there is no such folder of images"):
        (tmp_path / "Data/VID" / LATER).rename(tmp_path / "elsewhere")
        read_one(SOURCE, tmp_path, LATER)
    (tmp_path / "elsewhere").rename(tmp_path / "Data/VID" / LATER)
    (labels / "000000.xml").unlink()
    with pytest.raises(UserError, match=r"holds no labels; an XML file for each frame is right"):
        read_one(SOURCE, tmp_path, LATER)


def test_made_trees_are_read(tmp_path):
    top = tmp_path / "ILSVRC2015"
    make_vid_tree(top, videos=3, frames=6)
    units = SOURCE.units(top)
    assert [unit.rpartition("/")[2][-8:] for unit in units] == ["00000000", "00001000", "00002000"]
    videos = [read_one(SOURCE, top, unit) for unit in units]
    assert [len(video.targets) for video in videos] == [1, 2, 1]
    assert len({video.film for video in videos}) == 3
    second = videos[1].targets[1]
    assert np.isnan(second.boxes_ltwh[:, 0]).tolist() == [True, False, False, False, True, False]
    assert os.stat(videos[0].frames[0]).st_nlink == 6
