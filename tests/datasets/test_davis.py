import numpy as np
import pytest

from src.base.errors import UserError
from src.datasets.davis import SOURCE
from tests.support.mask_files import save_frames, save_mask

NAN_ROW = [np.nan] * 4
WHITE = 255
# a dog with a ball; the ball leaves at the left border and is gone in frame 2, where void is left
DOG = [
    [(1, 5, 2, 9, 8), (2, 0, 4, 1, 6), (255, 2, 4, 2, 6)],
    [(1, 6, 2, 10, 8), (2, 0, 4, 0, 5)],
    [(1, 7, 2, 11, 8), (255, 0, 4, 0, 4)],
    [(1, 8, 2, 12, 11), (2, 19, 11, 19, 11)],
]


def write_video(top, name, masks, resolution="480p", annotations="Annotations", mode="P"):
    save_frames(top / "JPEGImages" / resolution / name, [f"{k:05d}.jpg" for k in range(len(masks))])
    for k, rectangles in enumerate(masks):
        if rectangles is not None:
            path = top / annotations / resolution / name / f"{k:05d}.png"
            save_mask(path, rectangles, mode)


def write_list(top, part, text):
    path = top / "ImageSets" / part
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.fixture
def davis(tmp_path):
    """DAVIS 2017, as its package of training and validation at 480p is unpacked."""
    top = tmp_path / "DAVIS"
    write_video(top, "dog", DOG)
    write_video(top, "bear-2", [[(1, 0, 0, 19, 11)]])
    write_video(top, "bear-10", [[(1, 3, 3, 3, 3)]])
    write_list(top, "2017/train.txt", "bear-10\ndog\n")
    write_list(top, "2017/val.txt", "bear-2\n")
    write_list(top, "2016/train.txt", "bear-2\n")
    return top


def read(path, unit):
    (video,) = SOURCE.read(path, unit)
    return video


def test_a_target_is_a_number_of_the_palette(davis):
    video = read(davis, "dog")
    assert (video.name, video.size_wh, video.film, video.left_out) == ("dog", (20, 12), "", [])
    assert list(video.frames) == [
        davis / "JPEGImages" / "480p" / "dog" / f"{k:05d}.jpg" for k in range(4)
    ]
    dog, ball = video.targets
    assert (dog.name, dog.label, ball.name, ball.label) == ("1", "", "2", "")
    assert dog.rows.tolist() == ball.rows.tolist() == [0, 1, 2, 3] and dog.rows.dtype == np.int32
    expected = [[5, 2, 5, 7], [6, 2, 5, 7], [7, 2, 5, 7], [8, 2, 5, 10]]
    np.testing.assert_array_equal(dog.boxes_ltwh, expected)
    # void belongs to no object, and 255 is no target
    np.testing.assert_array_equal(
        ball.boxes_ltwh, [[0, 4, 2, 3], [0, 4, 1, 2], NAN_ROW, [19, 11, 1, 1]]
    )
    assert ball.flags.tolist() == [0, 0, 0, 0] and ball.flags.dtype == np.uint8


def test_the_top_means_the_training_list_of_2017(davis):
    assert SOURCE.recognise(davis)
    assert SOURCE.units(davis) == ["bear-10", "dog"]


def test_a_list_is_a_part(davis):
    part = davis / "ImageSets" / "2017" / "val.txt"
    assert SOURCE.recognise(part) and SOURCE.units(part) == ["bear-2"]
    np.testing.assert_array_equal(read(part, "bear-2").targets[0].boxes_ltwh, [[0, 0, 20, 12]])


def test_a_folder_of_one_resolution_is_the_training_part_in_it(davis):
    write_video(davis, "dog", [[(1, 10, 4, 19, 11)]], resolution="Full-Resolution")
    assert read(davis, "dog").targets[0].boxes_ltwh[0].tolist() == [5, 2, 5, 7]
    full = davis / "JPEGImages" / "Full-Resolution"
    assert SOURCE.recognise(full) and SOURCE.units(full) == ["bear-10", "dog"]
    assert read(full, "dog").targets[0].boxes_ltwh[0].tolist() == [10, 4, 10, 8]


def test_2016_has_one_target_in_black_and_white(tmp_path):
    """Its lists name frames, and one of its masks (bear/00077.png) has alpha."""
    write_video(tmp_path, "bear", [[(WHITE, 1, 2, 3, 4)], [], None], "1080p", mode="L")
    save_mask(
        tmp_path / "Annotations/1080p/bear/00002.png", [((WHITE, WHITE), 2, 2, 3, 4)], mode="LA"
    )
    write_video(tmp_path, "swan", [[]], "1080p", mode="L")
    write_list(
        tmp_path,
        "1080p/train.txt",
        "/JPEGImages/1080p/bear/00000.jpg /Annotations/1080p/bear/00000.png \n"
        "/JPEGImages/1080p/bear/00001.jpg /Annotations/1080p/bear/00001.png \n",
    )
    assert SOURCE.recognise(tmp_path) and SOURCE.units(tmp_path) == ["bear"]
    (bear,) = read(tmp_path, "bear").targets
    assert (bear.name, bear.rows.tolist()) == ("", [0, 1, 2])
    np.testing.assert_array_equal(bear.boxes_ltwh, [[1, 2, 3, 3], NAN_ROW, [2, 2, 2, 3]])


def test_a_list_of_2016_is_for_its_resolution(tmp_path):
    for resolution in ("480p", "1080p"):
        write_video(tmp_path, "bear", [[(WHITE, 1, 2, 3, 4)]], resolution, mode="L")
        write_list(tmp_path, f"{resolution}/val.txt", f"/JPEGImages/{resolution}/bear/00000.jpg x")
    (frame,) = read(tmp_path / "ImageSets" / "1080p" / "val.txt", "bear").frames
    assert frame.parent.parent.name == "1080p"


def test_frames_without_a_mask_are_not_labelled(tmp_path):
    """Test parts have the first mask only; the packages of 2019 call their folder otherwise."""
    masks = [[(1, 5, 2, 9, 8)], None, None]
    write_video(tmp_path, "car", masks, annotations="Annotations_unsupervised")
    write_list(tmp_path, "2019/test-dev.txt", "car\n")
    with pytest.raises(UserError, match=r"ImageSets holds no train\.txt; name another list"):
        SOURCE.units(tmp_path)
    part = tmp_path / "ImageSets" / "2019" / "test-dev.txt"
    video = read(part, SOURCE.units(part)[0])
    assert len(video.frames) == 3 and video.targets[0].rows.tolist() == [0]


def test_without_lists_all_videos_are_read(tmp_path):
    write_video(tmp_path, "b", [[(1, 5, 2, 9, 8)]])
    write_video(tmp_path, "a", [[]])
    assert SOURCE.units(tmp_path) == ["a", "b"]
    assert read(tmp_path, "a").targets == []
    assert read(tmp_path, "a").left_out == [
        f"{tmp_path}/Annotations/480p/a: no mask shows an object"
    ]


def test_evidence_is_all_that_is_read(davis):
    masks = davis / "Annotations" / "480p" / "bear-2"
    assert SOURCE.evidence(davis, "bear-2") == [
        davis / "ImageSets" / "2017" / "train.txt",
        davis / "JPEGImages" / "480p" / "bear-2",
        masks,
        masks / "00000.png",
    ]
    assert SOURCE.evidence(davis / "none", "bear-2") == [davis / "none"]


def test_other_trees_are_not_recognised(davis):
    for path in (davis / "JPEGImages", davis / "ImageSets", davis.parent, davis / "none"):
        assert not SOURCE.recognise(path)
    with pytest.raises(UserError, match=r"each with 480p, 1080p or Full-Resolution, are right"):
        SOURCE.units(davis.parent)


def test_what_is_missing_is_named(davis):
    with pytest.raises(UserError, match=r"480p/cat: there is no such folder of frames"):
        read(davis, "cat")
    (davis / "JPEGImages" / "480p" / "dog" / "00003.jpg").unlink()
    with pytest.raises(UserError, match=r"dog/00003\.png: there is no frame 00003 of this mask"):
        read(davis, "dog")
    write_list(davis, "2017/val.txt", "\n")
    with pytest.raises(UserError, match=r"val\.txt: names no video"):
        SOURCE.units(davis / "ImageSets" / "2017" / "val.txt")
    with pytest.raises(UserError, match=r"test\.txt: there is no such list of videos"):
        SOURCE.units(davis / "ImageSets" / "2017" / "test.txt")
