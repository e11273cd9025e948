import numpy as np
import pytest
from got10k.datasets import TrackingNet

from src.base.errors import UserError
from src.datasets.trackingnet import SOURCE
from src.geometry.region_to_bbox import clip_box_ltwh
from tests.support.helpers import make_clip, touch_frames
from tests.support.labelled_trees import SIZE, draw_frames, read_one, red_box, write_lines

NAN_ROW = [np.nan] * 4


def write_video(part, name, boxes, rows):
    draw_frames(part / "frames" / name, boxes, first=0, digits=1)
    write_lines(part / "anno" / f"{name}.txt", *rows)


def write_tree(top):
    # more than ten frames: 10.jpg comes after 9.jpg, not after 1.jpg
    boxes = [(2 * k, 8, 12, 10) for k in range(12)]
    write_video(
        top / "TRAIN_0", "a_Film-_0", boxes, [f"{2.0 * k:.2f},8.00,12,10" for k in range(12)]
    )
    # a tracker filled in what lies between labels: beyond the frame, and of no size
    rows = ["50.00,40.00,10.00,8.00", "-4.00,40.00,10.00,8.00", "12.5,8,0.00,8.00"]
    write_video(top / "TRAIN_0", "a_Film-_3", [(50, 40, 10, 8), (-4, 40, 10, 8), None], rows)
    write_video(top / "TRAIN_10", "zz_0", [(1, 2, 3, 4)], ["1,2,3,4"])
    write_video(top / "TRAIN_2", "yy_0", [(1, 2, 3, 4)] * 2, ["1,2,3,4", "1,2,3,4"])
    write_video(top / "TEST", "t_0", [(5, 6, 20, 10), (7, 6, 20, 10), None], ["5,6,20,10"])
    (top / "TRAIN_0" / "zips").mkdir()


def test_units_are_those_of_the_training_parts(tmp_path):
    write_tree(tmp_path)
    assert SOURCE.recognise(tmp_path)
    training = ["TRAIN_0/a_Film-_0", "TRAIN_0/a_Film-_3", "TRAIN_2/yy_0", "TRAIN_10/zz_0"]
    assert SOURCE.units(tmp_path) == training
    for part, names in (("TRAIN_0", ["a_Film-_0", "a_Film-_3"]), ("TEST", ["t_0"])):
        assert SOURCE.recognise(tmp_path / part)
        assert SOURCE.units(tmp_path / part) == names


def test_frames_in_the_order_of_their_numbers_and_boxes_from_zero(tmp_path):
    write_tree(tmp_path)
    video = read_one(SOURCE, tmp_path, "TRAIN_0/a_Film-_0")
    assert [frame.name for frame in video.frames] == [f"{k}.jpg" for k in range(12)]
    assert video.name == "a_Film-_0" and video.film == "a_Film-"
    (target,) = video.targets
    assert (target.name, target.label) == ("", "") and not target.flags.any()
    assert target.rows.tolist() == list(range(12))
    np.testing.assert_array_equal(
        target.boxes_ltwh[[0, 1, 10]], [[0, 8, 12, 10], [2, 8, 12, 10], [20, 8, 12, 10]]
    )
    for frame, box in zip(video.frames, target.boxes_ltwh, strict=True):
        assert red_box(frame) == box.tolist()


def test_boxes_beyond_the_frame_and_without_size(tmp_path):
    write_tree(tmp_path)
    video = read_one(SOURCE, tmp_path / "TRAIN_0", "a_Film-_3")
    boxes = video.targets[0].boxes_ltwh
    np.testing.assert_array_equal(boxes, [[50, 40, 10, 8], [-4, 40, 10, 8], NAN_ROW])
    assert red_box(video.frames[1]) == clip_box_ltwh(boxes[1], SIZE).tolist() == [0, 40, 6, 8]
    assert video.film == "a_Film-"


def test_the_test_part_has_the_first_box(tmp_path):
    write_tree(tmp_path)
    video = read_one(SOURCE, tmp_path / "TEST", "t_0")
    assert len(video.frames) == 3 and video.left_out == ()
    assert video.targets[0].rows.tolist() == [0]
    assert video.targets[0].boxes_ltwh.tolist() == [[5, 6, 20, 10]]


def test_as_got10k_reads_it(tmp_path, monkeypatch):
    """0.1.3 looks for frames in TRAIN_0/<video> instead of TRAIN_0/frames/<video>.

    Were they there, it could not order them: it takes the number from the whole path. Inside the
    folder of frames that path is the name alone, and it reads what is read here.
    """
    write_tree(tmp_path)
    for k in range(12):
        touch_frames(tmp_path / f"TRAIN_{k}" / "frames", [])
        (tmp_path / f"TRAIN_{k}" / "anno").mkdir(exist_ok=True)
    reader = TrackingNet(str(tmp_path), subset="train")
    index = reader.seq_names.index("a_Film-_0")
    with pytest.raises(AssertionError):
        reader[index]
    frames_folder = tmp_path / "TRAIN_0" / "frames" / "a_Film-_0"
    reader.seq_dirs[index] = str(frames_folder)
    with pytest.raises(ValueError, match="invalid literal for int"):
        reader[index]
    monkeypatch.chdir(frames_folder)
    reader.seq_dirs[index] = ""
    names, rows = reader[index]
    video = read_one(SOURCE, tmp_path, "TRAIN_0/a_Film-_0")
    assert names == [frame.name for frame in video.frames]
    np.testing.assert_array_equal(video.targets[0].boxes_ltwh, rows)


def test_what_it_is_read_from(tmp_path):
    part = tmp_path / "TRAIN_0"
    expected = [part / "anno" / "v_0.txt", part / "frames" / "v_0"]
    assert SOURCE.evidence(tmp_path, "TRAIN_0/v_0") == SOURCE.evidence(part, "v_0") == expected


def test_a_target_that_is_never_visible_is_left_out(tmp_path):
    write_video(tmp_path, "v_0", [None, None], ["1,2,0,0", "1,2,0,0"])
    video = read_one(SOURCE, tmp_path, "v_0")
    assert video.targets == ()
    assert "v_0.txt: the target v_0 is visible in no frame" in video.left_out[0]


def test_other_layouts_are_not_taken_for_it(tmp_path):
    for layout in ("vot4", "otb", "got10k"):
        make_clip(tmp_path / layout / "clip", n_frames=1, layout=layout)
        assert not SOURCE.recognise(tmp_path / layout)
    assert not SOURCE.recognise(tmp_path / "none")


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (["1,2,3,4"] * 4, r"v_0\.txt, row 4: labels frame 3, .* should hold frames 0 to 3"),
        (["1,2,3,4"] * 2, r"v_0\.txt: 2 rows for 3 frames; one row a frame is right"),
        (["1,2,3,4", "1,2,3", "1,2,3,4"], r"v_0\.txt, row 2: 3 numbers"),
    ],
)
def test_wrong_labels(tmp_path, rows, words):
    write_video(tmp_path, "v_0", [None] * 3, rows)
    with pytest.raises(UserError, match=words):
        read_one(SOURCE, tmp_path, "v_0")


def test_a_frame_that_is_not_there(tmp_path):
    write_video(tmp_path, "v_0", [None] * 3, ["1,2,3,4"] * 3)
    (tmp_path / "frames" / "v_0" / "1.jpg").unlink()
    with pytest.raises(UserError, match=r"v_0\.txt, row 2: labels frame 1, which is not in"):
        read_one(SOURCE, tmp_path, "v_0")


def test_two_files_of_one_number(tmp_path):
    write_video(tmp_path, "v_0", [None] * 2, ["1,2,3,4"] * 2)
    touch_frames(tmp_path / "frames" / "v_0", [1])
    with pytest.raises(UserError, match=r"v_0: 0001\.jpg and 1\.jpg have one number"):
        read_one(SOURCE, tmp_path, "v_0")


def test_frames_that_were_not_unpacked(tmp_path):
    write_lines(tmp_path / "anno" / "v_0.txt", "1,2,3,4")
    with pytest.raises(UserError, match=r"frames/v_0: there is no such folder of frames"):
        read_one(SOURCE, tmp_path, "v_0")


def test_a_top_without_training_parts(tmp_path):
    write_video(tmp_path / "TEST", "t_0", [None], ["1,2,3,4"])
    assert SOURCE.recognise(tmp_path)
    with pytest.raises(UserError, match=r"TRAIN_0 to TRAIN_11 .*TEST for the test videos"):
        SOURCE.units(tmp_path)
