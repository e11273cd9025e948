import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from src.base.errors import UserError
from src.datasets.sequences import list_videos, load_video
from src.datasets.video_folders import OTB_SPANS
from tests.support.helpers import (
    LAYOUTS,
    make_clip,
    moving_boxes,
    touch_frames,
    write_ground_truth,
    write_rows,
)

number, size = st.floats(-500, 3000), st.floats(0.01, 900)


def fake_otb(root, name, numbers, n_rows, truth="groundtruth_rect.txt"):
    """An OTB folder whose row k, counted from 1, is at (k, 2k)."""
    touch_frames(root / name / "img", numbers)
    write_rows(root / name / truth, [(k, 2 * k, 10, 20) for k in range(1, n_rows + 1)], "\t")


def first_and_last(video):
    return video.frames[0].name, video.frames[-1].name


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_the_same_boxes(tmp_path, layout):
    truth = make_clip(tmp_path / "clip", n_frames=3, layout=layout)
    video = load_video(tmp_path, "clip")
    assert video.name == "clip" and len(video.frames) == 3
    if layout == "plain":
        assert video.boxes_ltwh is None
    else:
        np.testing.assert_allclose(video.boxes_ltwh, truth, rtol=0, atol=1e-9)


@pytest.mark.parametrize("layout", ["vot4", "vot8", "otb", "got10k"])
@settings(max_examples=30)
@given(rows=st.lists(st.tuples(number, number, size, size), min_size=1, max_size=4))
def test_boxes_survive_a_round_trip(tmp_path_factory, layout, rows):
    folder = tmp_path_factory.mktemp("video")
    touch_frames(folder / "img", range(1, len(rows) + 1))
    write_ground_truth(folder, np.array(rows), layout)
    found = load_video(folder.parent, folder.name).boxes_ltwh
    np.testing.assert_allclose(found, rows, rtol=0, atol=1e-9)


@pytest.mark.parametrize(("first_index", "left"), [(None, 0.0), (1, 0.0), (0, 1.0)])
def test_otb_counts_from_one_unless_told(tmp_path, first_index, left):
    fake_otb(tmp_path, "Car", [1, 2], 2)
    boxes = load_video(tmp_path, "Car", first_index).boxes_ltwh
    np.testing.assert_array_equal(boxes[0], [left, left + 1, 10, 20])


@pytest.mark.parametrize(("first_index", "left"), [(None, 7.0), (0, 7.0), (1, 6.0)])
def test_vot_counts_from_zero_unless_told(tmp_path, first_index, left):
    touch_frames(tmp_path / "ball", [1])
    write_rows(tmp_path / "ball" / "groundtruth.txt", [(7, 8, 10, 20)])
    assert load_video(tmp_path, "ball", first_index).boxes_ltwh[0, 0] == left


@pytest.mark.parametrize("folder", ["color", "imgs"])
def test_vot_frames_may_be_in_a_folder_of_their_own(tmp_path, folder):
    touch_frames(tmp_path / "ball" / folder, [1, 2], digits=8)
    write_rows(tmp_path / "ball" / "groundtruth.txt", moving_boxes(2, (1, 2, 3, 4), (1, 1)))
    assert first_and_last(load_video(tmp_path, "ball")) == ("00000001.jpg", "00000002.jpg")


def test_frames_are_ordered_by_number(tmp_path):
    touch_frames(tmp_path / "v", [10, 9, 1, 2, 100], digits=1)
    names = [frame.name for frame in load_video(tmp_path, "v").frames]
    assert names == ["1.jpg", "2.jpg", "9.jpg", "10.jpg", "100.jpg"]


def test_hidden_files_and_other_files_are_no_frames(tmp_path):
    touch_frames(tmp_path / "v", [1, 2])
    (tmp_path / "v" / "._0001.jpg").write_bytes(b"-")
    (tmp_path / "v" / "notes.txt").write_text("x")
    assert len(load_video(tmp_path, "v").frames) == 2


@pytest.mark.parametrize("label", ["absence.label", "cover.label"])
def test_got10k_absent_frames_have_no_box(tmp_path, label):
    truth = make_clip(tmp_path / "clip", n_frames=3, layout="got10k")
    (tmp_path / "clip" / label).write_text("1\n0\n5\n" if label[0] == "c" else "0\n1\n0\n")
    boxes = load_video(tmp_path, "clip").boxes_ltwh
    assert np.isnan(boxes[1]).all()
    np.testing.assert_allclose(boxes[[0, 2]], truth[[0, 2]])


def test_got10k_labels_need_a_row_a_frame(tmp_path):
    make_clip(tmp_path / "clip", n_frames=3, layout="got10k")
    (tmp_path / "clip" / "cover.label").write_text("8\n8\n")
    with pytest.raises(UserError, match=r"cover\.label: 2 rows for 3 frames"):
        load_video(tmp_path, "clip")


@pytest.mark.parametrize(
    ("name", "numbers", "n_rows", "n_kept", "first", "last"),
    [
        ("David", range(1, 771), 471, 471, "0300.jpg", "0770.jpg"),
        ("David", range(300, 771), 471, 471, "0300.jpg", "0770.jpg"),
        ("Football1", range(1, 82), 74, 74, "0001.jpg", "0074.jpg"),
        ("Freeman3", range(1, 475), 460, 460, "0001.jpg", "0460.jpg"),
        ("Freeman4", range(1, 298), 283, 283, "0001.jpg", "0283.jpg"),
        ("Diving", range(1, 232), 215, 215, "0001.jpg", "0215.jpg"),
        ("Diving", range(1, 216), 215, 215, "0001.jpg", "0215.jpg"),
        ("Tiger1", range(6, 355), 349, 349, "0006.jpg", "0354.jpg"),
        ("BlurCar1", range(247, 989), 742, 742, "0247.jpg", "0988.jpg"),
        ("BlurCar3", range(3, 360), 357, 357, "0003.jpg", "0359.jpg"),
        ("BlurCar4", range(18, 398), 380, 380, "0018.jpg", "0397.jpg"),
        ("David", range(1, 472), 471, 471, "0001.jpg", "0471.jpg"),
        ("David", range(1, 101), 100, 100, "0001.jpg", "0100.jpg"),
    ],
)
def test_irregular_otb_videos(tmp_path, name, numbers, n_rows, n_kept, first, last):
    fake_otb(tmp_path, name, numbers, n_rows)
    video = load_video(tmp_path, name)
    assert len(video.frames) == len(video.boxes_ltwh) == n_kept
    assert first_and_last(video) == (first, last)
    np.testing.assert_array_equal(video.boxes_ltwh[0, :2], [0, 1])


@pytest.mark.parametrize(
    ("name", "n_files", "first_row"), [("Tiger1", 354, 6), ("David", 770, 300), ("Diving", 231, 1)]
)
def test_untrimmed_ground_truth_is_trimmed_with_the_frames(tmp_path, name, n_files, first_row):
    fake_otb(tmp_path, name, range(1, n_files + 1), n_files)
    video = load_video(tmp_path, name)
    first, last = OTB_SPANS[name.lower()]
    assert len(video.frames) == len(video.boxes_ltwh) == last - first + 1
    assert first_and_last(video) == (f"{first:04d}.jpg", f"{last:04d}.jpg")
    assert video.boxes_ltwh[0, 0] == first_row - 1
    assert video.boxes_ltwh[-1, 0] == last - 1


def test_the_spans_belong_to_otb_only(tmp_path):
    touch_frames(tmp_path / "David", range(1, 771))
    write_rows(tmp_path / "David" / "groundtruth.txt", moving_boxes(770, (1, 1, 5, 5), (1, 0)))
    assert len(load_video(tmp_path, "David").frames) == 770


def test_two_targets_are_two_videos(tmp_path):
    fake_otb(tmp_path, "Jogging", range(1, 4), 3, "groundtruth_rect.1.txt")
    fake_otb(tmp_path, "Jogging", range(1, 4), 3, "groundtruth_rect.2.txt")
    write_rows(tmp_path / "Jogging" / "groundtruth_rect.2.txt", [(50, 60, 7, 8)] * 3)
    assert list_videos(tmp_path) == ["Jogging-1", "Jogging-2"]
    one, two = (load_video(tmp_path, name) for name in list_videos(tmp_path))
    assert (one.name, two.name) == ("Jogging-1", "Jogging-2")
    assert one.frames == two.frames
    assert one.boxes_ltwh[0, 0] == 0 and two.boxes_ltwh[0, 0] == 49
    with pytest.raises(UserError, match=r"Jogging-[12], Jogging-[12]"):
        load_video(tmp_path, "Jogging")


def test_an_empty_first_target_does_not_count(tmp_path):
    fake_otb(tmp_path, "Human4", range(1, 4), 3, "groundtruth_rect.2.txt")
    (tmp_path / "Human4" / "groundtruth_rect.1.txt").write_text("")
    assert list_videos(tmp_path) == ["Human4"]
    assert load_video(tmp_path, "Human4").boxes_ltwh.shape == (3, 4)


@pytest.mark.parametrize("n_rows", [0, 3, 4])
@pytest.mark.parametrize("layout", ["vot4", "otb"])
def test_one_row_a_frame(tmp_path, n_rows, layout):
    touch_frames(tmp_path / "v" / "img", range(1, 6))
    write_ground_truth(tmp_path / "v", moving_boxes(n_rows, (1, 1, 5, 5), (1, 0)), layout)
    with pytest.raises(UserError, match=f"{n_rows} rows for 5 frames"):
        load_video(tmp_path, "v")


def test_blank_lines_at_the_end_do_no_harm(tmp_path):
    touch_frames(tmp_path / "v", range(1, 4))
    (tmp_path / "v" / "groundtruth.txt").write_text("1,1,5,5\n2,1,5,5\n\n\n\n")
    boxes = load_video(tmp_path, "v").boxes_ltwh
    assert boxes.shape == (3, 4) and np.isnan(boxes[2]).all()


@pytest.mark.parametrize("name", ["ein Hase", "Straße Ω", "兎"])
def test_names_with_blanks_and_other_letters(tmp_path, name):
    truth = make_clip(tmp_path / "my data ä" / name, n_frames=2)
    assert list_videos(tmp_path / "my data ä") == [name]
    np.testing.assert_allclose(load_video(tmp_path / "my data ä", name).boxes_ltwh, truth)


def test_videos_are_listed_in_natural_order_and_other_folders_are_not(tmp_path):
    for name in ["v10", "v2", "v1"]:
        touch_frames(tmp_path / name, [1])
    (tmp_path / "notes").mkdir()
    touch_frames(tmp_path / ".hidden", [1])
    (tmp_path / "list.txt").write_text("v1\n")
    assert list_videos(tmp_path) == ["v1", "v2", "v10"]


def test_data_sets_that_are_missing_or_empty(tmp_path):
    with pytest.raises(UserError, match="no such data set folder"):
        list_videos(tmp_path / "none")
    with pytest.raises(UserError, match="the data set is empty"):
        list_videos(tmp_path)


def test_a_video_without_frames(tmp_path):
    write_rows(tmp_path / "v" / "groundtruth.txt", [(1, 1, 5, 5)])
    assert list_videos(tmp_path) == ["v"]
    with pytest.raises(UserError, match="has no frames"):
        load_video(tmp_path, "v")


def test_an_unknown_name_lists_the_nearest(tmp_path):
    for name in ["Bird1", "Bird2", "Walking"]:
        touch_frames(tmp_path / name, [1])
    with pytest.raises(UserError, match="nearest names are Bird") as caught:
        load_video(tmp_path, "bird3")
    assert "Walking" not in str(caught.value)


def test_a_path_serves_as_a_name(tmp_path, monkeypatch):
    make_clip(tmp_path / "mine" / "own clip", n_frames=2, layout="plain")
    for name in [str(tmp_path / "mine" / "own clip"), str(tmp_path / "mine" / "own clip") + "/"]:
        assert load_video(tmp_path / "none", name).name == "own clip"
    monkeypatch.chdir(tmp_path / "mine" / "own clip")
    assert load_video(tmp_path / "none", ".").name == "own clip"
    assert len(load_video(tmp_path / "none", "../own clip").frames) == 2


def test_a_path_serves_for_one_of_two_targets(tmp_path):
    for target in (1, 2):
        fake_otb(tmp_path, "Jogging", [1, 2], 2, f"groundtruth_rect.{target}.txt")
    assert load_video("none", str(tmp_path / "Jogging-2")).name == "Jogging-2"


@pytest.mark.parametrize("layout", ["vot4", "vot8", "got10k"])
@pytest.mark.parametrize("blank_lines", ["", "\n\n"])
def test_one_row_in_all_is_the_first_box(tmp_path, layout, blank_lines):
    touch_frames(tmp_path / "v", range(1, 6))
    boxes = moving_boxes(1, (7, 9, 5, 6), (0, 0))
    write_ground_truth(tmp_path / "v", boxes, layout)
    with (tmp_path / "v" / "groundtruth.txt").open("a") as file:
        file.write(blank_lines)
    video = load_video(tmp_path, "v", first_index=1)
    assert video.boxes_ltwh is None and len(video.frames) == 5
    np.testing.assert_allclose(video.first_box_ltwh, [6, 8, 5, 6])


def test_one_row_for_one_frame_is_ground_truth(tmp_path):
    touch_frames(tmp_path / "v", [1])
    write_ground_truth(tmp_path / "v", moving_boxes(1, (7, 9, 5, 6), (0, 0)), "vot4")
    video = load_video(tmp_path, "v")
    assert video.first_box_ltwh is None and video.boxes_ltwh.shape == (1, 4)


@pytest.mark.parametrize("text", ["nan,nan,nan,nan\n", "\n", "nan,nan,nan,nan\n1,1,5,5\n"])
def test_few_rows_without_a_first_box_are_refused(tmp_path, text):
    touch_frames(tmp_path / "v", range(1, 6))
    (tmp_path / "v" / "groundtruth.txt").write_text(text)
    with pytest.raises(UserError, match="rows for 5 frames"):
        load_video(tmp_path, "v")


def test_one_row_of_otb_is_refused(tmp_path):
    fake_otb(tmp_path, "Car", range(1, 6), 1)
    with pytest.raises(UserError, match="1 rows for 5 frames"):
        load_video(tmp_path, "Car")


@pytest.mark.parametrize(
    ("layout", "given", "expected"), [("otb", None, 1), ("vot4", None, 0), ("vot4", 1, 1)]
)
def test_a_video_knows_what_its_file_counts_from(tmp_path, layout, given, expected):
    make_clip(tmp_path / "v", n_frames=2, layout=layout)
    assert load_video(tmp_path, "v", first_index=given).first_index == expected
