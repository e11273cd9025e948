"""Videos of trees by name: what is tracked and scored, whatever the layout."""

import numpy as np
import pytest

from src.base.errors import UserError
from src.datasets.layouts import find_source
from src.datasets.sequences import list_videos, load_video
from tests.support.helpers import make_clip
from tests.support.mask_files import save_frames


@pytest.fixture
def mot(tmp_path):
    """Two videos; in the first target 2 is absent in frame 2, target 7 labelled in frame 2 only."""
    first = "1,2,1,1,4,6,1,1,1\n3,2,3,1,4,6,1,1,1\n2,7,9,9,5,5,1,1,1\n"
    for name, rows in (("A-2", first), ("A-10", "1,1,5,6,7,8,1,1,1\n")):
        folder = tmp_path / "MOT" / "train" / name
        save_frames(folder / "img1", [f"{k:06d}.jpg" for k in (1, 2, 3)])
        (folder / "gt").mkdir()
        (folder / "gt" / "gt.txt").write_text(rows)
    return tmp_path / "MOT"


def test_a_target_is_a_video(mot):
    assert list_videos(mot) == ["A-2-2", "A-2-7", "A-10-1"]
    video = load_video(mot, "A-2-2")
    assert video.name == "A-2-2" and video.first_index == 1
    assert [frame.name for frame in video.frames] == ["000001.jpg", "000002.jpg", "000003.jpg"]
    np.testing.assert_array_equal(video.boxes_ltwh, [[0, 0, 4, 6], [np.nan] * 4, [2, 0, 4, 6]])


def test_a_frame_without_label_is_left_out_of_scores(mot):
    boxes = load_video(mot, "A-2-7").boxes_ltwh
    assert np.isnan(boxes[[0, 2]]).all() and boxes[1].tolist() == [8, 8, 5, 5]


def test_a_label_in_the_first_frame_alone_is_a_start(mot):
    video = load_video(mot, "A-10-1")
    assert video.boxes_ltwh is None and video.first_box_ltwh.tolist() == [4, 5, 7, 8]


def test_first_index_overrides_what_the_layout_says(mot):
    assert load_video(mot, "A-2-2", first_index=0).boxes_ltwh[0].tolist() == [1, 1, 4, 6]
    # CVAT's export counts from 0, and says so by its labels.txt
    (mot / "train" / "A-2" / "gt" / "labels.txt").write_text("dog\n")
    other = mot.rename(mot.with_name("exported"))
    assert load_video(other, "A-2-2").boxes_ltwh[0].tolist() == [1, 1, 4, 6]
    assert load_video(other, "A-2-2", first_index=1).boxes_ltwh[0].tolist() == [0, 0, 4, 6]


def test_names_that_are_not_there_are_told_with_the_nearest(mot):
    with pytest.raises(UserError, match=r"A-2-3: .* \(MOTChallenge\); the nearest names are A-2-7"):
        load_video(mot, "A-2-3")


def test_a_tree_of_two_layouts_names_both_and_a_layout_settles_it(mot):
    make_clip(mot / "ball", n_frames=3)
    with pytest.raises(UserError, match="could be read as MOTChallenge and as OTB, GOT-10k, VOT"):
        list_videos(mot)
    assert list_videos(mot, "vot") == ["ball"]
    assert list_videos(mot, "mot") == ["A-2-2", "A-2-7", "A-10-1"]
    assert load_video(mot, "ball", layout="vot").boxes_ltwh.shape == (3, 4)


def test_a_layout_that_is_not_there_is_told(mot):
    with pytest.raises(UserError, match="MOT"):
        list_videos(mot, "vot")
    with pytest.raises(UserError):
        list_videos(mot, "lasot")


def test_a_path_that_is_not_there_is_told(tmp_path):
    with pytest.raises(UserError, match="nowhere: there is no such data set folder"):
        find_source(tmp_path / "nowhere")
