import re

import numpy as np
import pytest

from src.base.errors import UserError
from src.datasets.labels import OCCLUDED
from src.datasets.mot import HIDDEN_BELOW, SOURCE
from src.datasets.mot_rows import read_mot_rows
from tests.support.mask_files import save_frames

NAN_ROW = [np.nan] * 4
NUMBERS = ("000001", "000002", "000003", "000004", "000005", "000006")
INFO = """[Sequence]
name=MOT17-02-DPM
imDir=img1
frameRate=30
seqLength=6
imWidth=20
imHeight=12
imExt=.jpg
"""
# frame, id, left, top, width, height, flag, class, visibility
# py-motmetrics 1.4.0 (`io.loadtxt(..., fmt="mot16", min_confidence=1)`, run in an environment of
# its own) reads the boxes of tracks 2 and 7 as expected here; it also keeps the hidden box in frame
# 5 and track 11, a distractor, and has nothing where a target is absent
ROWS = """1,2,1,1,4,6,1,1,1
2,2,2,1,4,6,1,1,0.49
4,2,-3,1,8,6,1,1,0.5
5,2,4,1,4,6,1,1,0
6,2,5,1,4,6,1,1,1
2,7,10,3,5.5,4,1,3,0.9
3,7,11,3,5.5,4,0,3,0.9
4,7,12,3,5.5,4,1,3,0.9
1,9,1,1,3,3,0,7,1
1,11,1,1,3,3,1,8,1
"""


def write_video(folder, rows=ROWS, info=INFO, stems=NUMBERS, labels=None, suffix=".jpg"):
    save_frames(folder / "img1", [stem + suffix for stem in stems])
    (folder / "gt").mkdir()
    (folder / "gt" / "gt.txt").write_text(rows)
    if info:
        (folder / "seqinfo.ini").write_text(info)
    if labels is not None:
        (folder / "gt" / "labels.txt").write_text(labels)
    return folder


def read(path, unit="."):
    (video,) = SOURCE.read(path, unit)
    return video


def by_name(video):
    return {target.name: target for target in video.targets}


@pytest.fixture
def mot17(tmp_path):
    """Three folders a film, as MOT17 is downloaded."""
    for film in ("02", "10"):
        for detector in ("DPM", "FRCNN", "SDP"):
            write_video(tmp_path / "MOT17" / "train" / f"MOT17-{film}-{detector}")
            (tmp_path / "MOT17" / "train" / f"MOT17-{film}-{detector}" / "det").mkdir()
    save_frames(tmp_path / "MOT17" / "test" / "MOT17-01-DPM" / "img1", ["000001.jpg"])
    return tmp_path / "MOT17"


def test_a_target_is_an_id_and_pixels_count_from_one(mot17):
    video = read(mot17, "train/MOT17-02-DPM")
    assert video.name == "MOT17-02-DPM" and video.size_wh == (20, 12)
    assert [path.name for path in video.frames] == [f"{stem}.jpg" for stem in NUMBERS]
    assert video.frames[0].is_file()
    walker = by_name(video)["2"]
    assert walker.label == "pedestrian"
    assert walker.rows.tolist() == [0, 1, 2, 3, 4, 5] and walker.rows.dtype == np.int32
    # no row in frame 3 and no visibility in frame 5: absent; frame 4 reaches beyond the border
    boxes = [[0, 0, 4, 6], [1, 0, 4, 6], NAN_ROW, [-4, 0, 8, 6], NAN_ROW, [4, 0, 4, 6]]
    np.testing.assert_array_equal(walker.boxes_ltwh, boxes)
    assert HIDDEN_BELOW == 0.5
    assert walker.flags.tolist() == [0, OCCLUDED, 0, 0, OCCLUDED, 0]
    assert walker.flags.dtype == np.uint8


def test_a_row_that_does_not_count_leaves_its_frame_without_a_label(mot17):
    video = read(mot17, "train/MOT17-02-DPM")
    car = by_name(video)["7"]
    assert car.label == "car" and car.rows.tolist() == [1, 3]
    np.testing.assert_array_equal(car.boxes_ltwh, [[9, 2, 5.5, 4], [11, 2, 5.5, 4]])


def test_what_does_not_count_is_told(mot17):
    video = read(mot17, "train/MOT17-02-DPM")
    assert list(by_name(video)) == ["2", "7"]
    truth = mot17 / "train" / "MOT17-02-DPM" / "gt" / "gt.txt"
    assert video.left_out == [
        f"{truth}: 3 rows that do not count, by flag or class",
        f"{truth}: track 9 has no visible box",
        f"{truth}: track 11 has no visible box",
    ]


def test_the_top_means_the_training_part_and_a_film_is_read_once(mot17):
    assert SOURCE.recognise(mot17)
    assert SOURCE.units(mot17) == ["train/MOT17-02-DPM", "train/MOT17-10-DPM"]
    assert SOURCE.units(mot17 / "train") == ["MOT17-02-DPM", "MOT17-10-DPM"]
    one = mot17 / "train" / "MOT17-02-SDP"
    assert SOURCE.recognise(one) and SOURCE.units(one) == ["."]
    assert read(one).name == "MOT17-02-SDP"


@pytest.mark.parametrize(
    ("name", "film"),
    [("MOT17-02-FRCNN", "MOT16-02"), ("MOT16-02", "MOT16-02"), ("MOT20-02", ""), ("MOT17-x", "")],
)
def test_mot16_and_mot17_share_their_films(tmp_path, name, film):
    assert read(write_video(tmp_path / name)).film == film


def test_the_test_part_has_no_labels(mot17, tmp_path):
    assert SOURCE.recognise(mot17 / "test")
    with pytest.raises(UserError, match=r"test: no video has a gt/gt\.txt.*training part only"):
        SOURCE.units(mot17 / "test")
    assert not SOURCE.recognise(tmp_path) and not SOURCE.recognise(tmp_path / "none")
    assert not SOURCE.recognise(mot17 / "train" / "MOT17-02-SDP" / "seqinfo.ini")


def test_evidence_is_all_that_is_read(mot17):
    folder = mot17 / "train" / "MOT17-02-DPM"
    expected = [folder, folder / "gt", folder / "img1"]
    assert SOURCE.evidence(mot17, "train/MOT17-02-DPM") == expected
    (folder / "seqinfo.ini").write_text("broken")
    assert SOURCE.evidence(mot17, "train/MOT17-02-DPM") == expected[:2]


def test_mot15_has_places_in_the_world_instead_of_classes(tmp_path):
    rows = "1,1,5,3,4,6,1,-8.1,0,9\n3,1,6,3,4,6,1,9,0,0\n3,2,6,3,4,6,0,-1,-1,-1\n"
    video = read(write_video(tmp_path / "PETS09-S2L1", rows, info=None))
    (target,) = video.targets
    assert (target.name, target.label, video.size_wh, video.film) == ("1", "", None, "")
    np.testing.assert_array_equal(target.boxes_ltwh, [[4, 2, 4, 6], NAN_ROW, [5, 2, 4, 6]])
    assert not target.flags.any()


def test_seqinfo_names_the_folder_of_frames(tmp_path):
    folder = write_video(tmp_path / "v", info=INFO.replace("img1", "pictures"))
    (folder / "img1").rename(folder / "pictures")
    assert read(folder).frames[2] == folder / "pictures" / "000003.jpg"
    assert SOURCE.evidence(folder, ".")[-1] == folder / "pictures"


def test_frame_numbers_are_those_of_the_files(tmp_path):
    rows = "11,1,5,3,4,6,1,1,1\n14,1,7,3,4,6,1,1,1\n"
    stems = ("000010", "000011", "000014")
    video = read(write_video(tmp_path / "v", rows, info=None, stems=stems))
    assert video.targets[0].rows.tolist() == [1, 2]


# As CVAT writes it by datumaro 1.13.12 (`dataset.export(folder, "mot_seq_gt", save_media=True)`):
# Windows line ends, boxes without a track (id -1), visibility 0 where `occluded` is set. To
# py-motmetrics 1.4.0 the first box is at (-1, -1): it takes 1 from whatever it reads.
CVAT_ROWS = (
    "1,1,0.0,0.0,10.5,12.0,1,1,1.0\r\n"
    "1,-1,3.0,4.0,5.0,6.0,1,2,1.0\r\n"
    "2,1,0.5,0.0,10.5,12.0,1,1,0.0\r\n"
    "2,-1,3.0,4.0,5.0,6.0,1,2,1.0\r\n"
    "4,1,9.5,0.0,10.5,12.0,1,1,1.0\r\n"
    "3,2,1.0,2.0,3.0,4.0,1,2,1.0\r\n"
)


def test_an_export_of_cvat_counts_pixels_from_zero(tmp_path):
    stems = [f"frame_{k:06d}" for k in range(6)]
    folder = write_video(
        tmp_path / "task", CVAT_ROWS, info=None, stems=stems, labels="cat\ndog", suffix=".PNG"
    )
    assert SOURCE.recognise(folder) and SOURCE.units(folder) == ["."]
    video = read(folder)
    cat, dog = video.targets
    assert (cat.name, cat.label, dog.name, dog.label) == ("1", "cat", "2", "dog")
    assert cat.rows.tolist() == [0, 1, 2, 3] and dog.rows.tolist() == [2]
    boxes = [[0, 0, 10.5, 12], [0.5, 0, 10.5, 12], NAN_ROW, [9.5, 0, 10.5, 12]]
    np.testing.assert_array_equal(cat.boxes_ltwh, boxes)
    assert cat.flags.tolist() == [0, OCCLUDED, 0, 0]
    np.testing.assert_array_equal(dog.boxes_ltwh, [[1, 2, 3, 4]])
    assert video.left_out == [f"{folder}/gt/gt.txt: 2 rows without a track (id below 0)"]


def test_classes_of_an_export_are_lines_of_its_labels(tmp_path):
    # by MOTChallenge's own table 9 is an occluder
    labels = "\n".join("abcdefghi")
    rows = "1,1,0,0,3,3,1,9,1\n1,2,0,0,3,3,1,-1,1\n"
    video = read(write_video(tmp_path / "a", rows, None, labels=labels))
    assert [target.label for target in video.targets] == ["i", ""]
    folder = write_video(tmp_path / "b", "1,1,0,0,3,3,1,10,1\n", None, labels=labels)
    with pytest.raises(UserError, match=r"gt\.txt, line 1: class 10, but labels\.txt has 9"):
        read(folder)


def test_a_box_without_size_is_passed_over(tmp_path):
    rows = "1,1,5,3,4,6,1,1,1\n2,1,5,3,0,6,1,1,1\n3,1,5,3,4,6,1,1,1\n1,2,5,3,-1,-1,1,1,1\n"
    video = read(write_video(tmp_path / "v", rows))
    assert [target.rows.tolist() for target in video.targets] == [[0, 2]]
    truth = tmp_path / "v" / "gt" / "gt.txt"
    assert video.left_out == [
        f"{truth}: 2 rows of a box without width or height",
        f"{truth}: track 2 has no visible box",
    ]


def test_a_file_without_rows_has_no_targets(tmp_path):
    assert read(write_video(tmp_path / "v", "")).targets == []


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("1,1,5,3,4,6,1,1\n", "line 1: 8 numbers; 9 numbers (frame, id,"),
        ("1,1,5,3,4,6,1,1,1\n\n1,1,5,3,4\n", "line 3: 9 numbers (frame, id,"),
        ("1,1,5,3,4,6,1,1,1\n1,1,5,3,4,6,1,1,1,1\n", "line 2: 9 numbers (frame, id,"),
        ("1,1,5,3,4,6,1,1,x\n", "line 1: 9 numbers (frame, id,"),
        ("1 1 5 3 4 6 1 1 1\n", "line 1: 9 numbers (frame, id,"),
        ("1,1,5,3,4,6,1,1,nan\n", "line 1: finite numbers are right, whole ones"),
        ("\n1.5,1,5,3,4,6,1,1,1\n", "line 2: finite numbers are right, whole ones"),
        ("1,1,5,3,4,6,1,1,1\n\n7,1,5,3,4,6,1,1,1\n", "line 3: there is no frame 7; frames 1 to 6"),
        ("0,1,5,3,4,6,1,1,1\n", "line 1: there is no frame 0; frames 1 to 6"),
        (
            "1,1,5,3,4,6,1,1,1\n2,1,5,3,4,6,1,1,1\n1,1,5,3,4,7,1,1,1\n",
            "line 3: track 1 has another box in frame 1; one is right",
        ),
    ],
)
def test_wrong_lines_are_named(tmp_path, rows, words):
    folder = write_video(tmp_path / "v", rows)
    with pytest.raises(UserError) as caught:
        read(folder)
    assert str(caught.value).startswith(f"{folder}/gt/gt.txt, {words}")


def test_frames_that_count_from_zero_must_be_told_apart(tmp_path):
    stems = ("000000", "000001", "000002")
    rows = "1,1,5,3,4,6,1,1,1\n"
    folder = write_video(tmp_path / "v", rows, info=None, stems=stems)
    with pytest.raises(UserError, match=r"has no frame 0, but the files are numbered from 0"):
        read(folder)
    (folder / "gt" / "gt.txt").write_text(f"0,1,4,3,4,6,1,1,1\n{rows}")
    assert read(folder).targets[0].rows.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("info", "words"),
    [
        (INFO.replace("=6", "=7"), "img1: holds 6 frames, seqinfo.ini tells 7"),
        (INFO.replace("=20", "=wide"), "seqinfo.ini: imwidth is 'wide'; a whole number is right"),
        (INFO.replace("img1", "img2"), "img2: there is no such folder of frames"),
        (INFO.replace(".jpg", ".png"), "img1: holds no frames; .png files are right"),
        ("seqLength=6", "seqinfo.ini: a section [Sequence] with key=value lines is right"),
        ("[Other]\na=b", "seqinfo.ini: a section [Sequence] with key=value lines is right"),
    ],
)
def test_a_wrong_seqinfo_is_told(tmp_path, info, words):
    with pytest.raises(UserError, match=re.escape(words)):
        read(write_video(tmp_path / "v", info=info))


def test_missing_and_doubled_files_are_told(tmp_path):
    folder = write_video(tmp_path / "v", info=None)
    save_frames(tmp_path / "w", ["000002.png"])
    (tmp_path / "w" / "000002.png").rename(folder / "img1" / "000002.png")
    with pytest.raises(UserError, match=r"img1: holds 000002\.jpg and 000002\.png; one of them"):
        read(folder)
    with pytest.raises(UserError, match=r"gt\.txt: there is no such file of labels"):
        read_mot_rows(folder / "gt.txt", named_classes=False)
    (folder / "gt.txt").write_bytes(b"\xff\xfe1")
    with pytest.raises(UserError, match=r"gt\.txt: is not a text file of labels"):
        read_mot_rows(folder / "gt.txt", named_classes=False)


def test_columns_of_a_file(tmp_path):
    (tmp_path / "gt.txt").write_text("\ufeff3, 4, 1.5, 2, 10, 20, 1, -1, 1, -1\n", "utf-8")
    rows = read_mot_rows(tmp_path / "gt.txt", named_classes=False)
    assert (rows.frames.tolist(), rows.tracks.tolist(), rows.flags.tolist()) == ([3], [4], [1])
    np.testing.assert_array_equal(rows.boxes_ltwh, [[1.5, 2, 10, 20]])
    assert (rows.classes.tolist(), rows.visibility.tolist()) == ([-1], [1])
    named = read_mot_rows(tmp_path / "gt.txt", named_classes=True)
    assert (named.classes.tolist(), named.visibility.tolist()) == ([-1], [1])
