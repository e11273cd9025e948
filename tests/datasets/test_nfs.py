import numpy as np
import pytest
from got10k.datasets import NfS

from src.base.errors import UserError
from src.datasets.labels import INTERPOLATED, OCCLUDED
from src.datasets.nfs import SOURCE
from src.geometry.region_to_bbox import clip_box_ltwh
from tests.support.helpers import make_clip
from tests.support.labelled_trees import SIZE, draw_frames, read_one, red_box, write_lines

NAN_ROW = [np.nan] * 4


def box_at(k):
    """Where the target is in frame k, counted from 0, at 240 frames a second."""
    return (k, 5, 10, 8)


def vatic(k, track=0, lost=0, occluded=0, generated=0, first=1, label="ball", box=None):
    """The row of frame k, counted from 0."""
    left, top, width, height = box or box_at(k)
    numbers = (track, left, top, left + width, top + height, k + first, lost, occluded, generated)
    return " ".join(map(str, numbers)) + f' "{label}"'


def write_video(top, name, rows, n_full=24, rates=("30", "240")):
    """A video of `n_full` frames, and of every eighth of them."""
    boxes = [box_at(k) for k in range(n_full)]
    for rate in rates:
        draw_frames(top / name / rate / name, boxes[:: 8 if rate == "30" else 1], digits=5)
        write_lines(top / name / rate / f"{name}.txt", *rows)


def write_tree(top):
    rows = [vatic(k, generated=int(k % 8 > 0)) for k in range(24)]
    # two frames without the target, of which one is a picture at 30 a second; then it is hidden
    rows[7], rows[8], rows[16] = vatic(7, lost=1), vatic(8, lost=1), vatic(16, occluded=1)
    write_video(top, "ball_10", rows)
    write_video(top, "ball_2", [vatic(k, box=(k - 4, 45, 10, 8)) for k in range(24)])


def test_thirty_frames_a_second(tmp_path):
    write_tree(tmp_path)
    assert SOURCE.recognise(tmp_path) and SOURCE.first_index == 0
    assert SOURCE.units(tmp_path) == ["ball_2/30", "ball_10/30"]
    video = read_one(SOURCE, tmp_path, "ball_10/30")
    assert video.name == "ball_10" and video.left_out == []
    assert [frame.name for frame in video.frames] == ["00001.jpg", "00002.jpg", "00003.jpg"]
    (target,) = video.targets
    assert (target.name, target.label) == ("", "ball")
    assert target.rows.tolist() == [0, 1, 2] and target.rows.dtype == np.int32
    np.testing.assert_array_equal(target.boxes_ltwh, [[0, 5, 10, 8], NAN_ROW, [16, 5, 10, 8]])
    assert target.flags.tolist() == [0, 0, OCCLUDED] and target.flags.dtype == np.uint8
    for row in (0, 2):
        assert red_box(video.frames[row]) == target.boxes_ltwh[row].tolist()


def test_all_frames(tmp_path):
    write_tree(tmp_path)
    path = tmp_path / "ball_10" / "240"
    assert SOURCE.recognise(path) and SOURCE.units(path) == ["ball_10"]
    video = read_one(SOURCE, path, "ball_10")
    (target,) = video.targets
    assert video.name == "ball_10" and len(video.frames) == 24
    assert target.rows.tolist() == list(range(24))
    expected = [[k, 5, 10, 8] for k in range(24)]
    expected[7] = expected[8] = NAN_ROW
    np.testing.assert_array_equal(target.boxes_ltwh, expected)
    assert target.flags[:3].tolist() == [0, INTERPOLATED, INTERPOLATED]
    assert target.flags[16] == OCCLUDED
    assert [red_box(video.frames[k]) for k in (1, 6, 15)] == [expected[k] for k in (1, 6, 15)]


def test_a_box_beyond_the_frame(tmp_path):
    write_tree(tmp_path)
    box = read_one(SOURCE, tmp_path, "ball_2/30").targets[0].boxes_ltwh[0]
    assert box.tolist() == [-4, 45, 10, 8]
    assert clip_box_ltwh(box, SIZE).tolist() == [0, 45, 6, 3]


def test_a_video_without_30_is_read_at_240(tmp_path):
    write_video(tmp_path, "cup", [vatic(k) for k in range(24)], rates=("240",))
    assert SOURCE.recognise(tmp_path) and SOURCE.units(tmp_path) == ["cup/240"]
    assert len(read_one(SOURCE, tmp_path, "cup/240").frames) == 24


def test_frames_may_be_counted_from_zero(tmp_path):
    write_video(tmp_path, "cup", [vatic(k, first=0) for k in range(24)])
    boxes = read_one(SOURCE, tmp_path, "cup/30").targets[0].boxes_ltwh
    assert boxes[:, 0].tolist() == [0, 8, 16]


def test_labels_that_are_thinned_already(tmp_path):
    write_video(tmp_path, "cup", [vatic(k, box=box_at(8 * k)) for k in range(3)], rates=("30",))
    boxes = read_one(SOURCE, tmp_path, "cup/30").targets[0].boxes_ltwh
    assert boxes[:, 0].tolist() == [0, 8, 16]


def test_two_tracks_in_any_order_and_frames_without_label(tmp_path):
    rows = [vatic(8, track=7, label="cup"), vatic(0, track=7, label="cup")]
    rows += [vatic(16, track=3, label="a person's head", box=(1, 2, 3, 4)), ""]
    rows += [vatic(k, track=5, lost=1) for k in range(24)]
    write_video(tmp_path, "cup", rows)
    video = read_one(SOURCE, tmp_path, "cup/30")
    head, cup = video.targets
    assert (head.name, head.label, cup.name, cup.label) == ("3", "a person's head", "7", "cup")
    assert head.rows.tolist() == [2] and head.boxes_ltwh.tolist() == [[1, 2, 3, 4]]
    assert cup.rows.tolist() == [0, 1] and cup.boxes_ltwh[:, 0].tolist() == [0, 8]
    (told,) = video.left_out
    assert told.endswith("30/cup.txt, track 5: is visible in no frame")


def test_labels_one_frame_after_the_last_are_passed_over(tmp_path):
    write_video(tmp_path, "cup", [vatic(k) for k in range(25)])
    video = read_one(SOURCE, tmp_path, "cup/30")
    assert video.targets[0].rows.tolist() == [0, 1, 2]
    assert video.left_out[0].endswith(
        "cup.txt: the labels after the last frame, 3, are passed over"
    )


def test_as_got10k_reads_it(tmp_path):
    """0.1.3 gives the same frames and boxes, but for lost targets, which it takes for visible."""
    write_tree(tmp_path)
    for fps, path, unit in ((30, tmp_path, "ball_10/30"), (240, tmp_path / "ball_10" / "240", "")):
        frames, rows = NfS(str(tmp_path), fps=fps)["ball_10"]
        video = read_one(SOURCE, path, unit)
        assert frames == [str(frame) for frame in video.frames]
        boxes = video.targets[0].boxes_ltwh
        seen = ~np.isnan(boxes[:, 0])
        assert seen.sum() == len(frames) - {30: 1, 240: 2}[fps]
        np.testing.assert_array_equal(boxes[seen], rows[seen])


def test_got10k_cannot_read_a_label_of_two_words(tmp_path):
    """0.1.3 splits rows at blanks alone, and then finds rows of different lengths."""
    rows = [vatic(0), vatic(1, label="tennis ball")]
    write_video(tmp_path, "cup", rows, n_full=2)
    with pytest.raises(ValueError, match="number of columns changed"):
        NfS(str(tmp_path), fps=240)["cup"]
    assert len(read_one(SOURCE, tmp_path / "cup" / "240", "cup").targets[0].rows) == 2


def test_what_it_is_read_from(tmp_path):
    write_tree(tmp_path)
    for rate in ("30", "240"):
        folder = tmp_path / "ball_2" / rate
        expected = [folder / "ball_2.txt", folder / "ball_2"]
        assert SOURCE.evidence(tmp_path, f"ball_2/{rate}") == expected
        assert SOURCE.evidence(folder, "ball_2") == expected


def test_other_layouts_are_not_taken_for_it(tmp_path):
    for layout in ("vot4", "otb", "got10k"):
        make_clip(tmp_path / layout / "clip", n_frames=1, layout=layout)
        assert not SOURCE.recognise(tmp_path / layout)
    assert not SOURCE.recognise(tmp_path / "none")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("0 1 2 11 10 17 0 0 0", r"cup\.txt, line 17: .*; nine numbers .* and a label in quotes"),
        ('0 1 2 x 10 17 0 0 0 "cup"', r"cup\.txt, line 17: .*; nine numbers"),
        ('0 1 2 nan 10 17 0 0 0 "cup"', r"cup\.txt, line 17: .*; nine numbers"),
        ('0 11 2 1 10 17 0 0 0 "cup"', r"cup\.txt, line 17: a box of width -10 and height 8"),
        (vatic(8), r"cup\.txt, line 17: labels frame 9 of track 0 for the second time"),
        (vatic(-9), r"cup\.txt, line 17: labels frame -8, which is not among the 3 of .*30/cup"),
        (vatic(32), r"cup\.txt, line 17: labels frame 33, .* the 3 of .*30/cup, of eight each"),
    ],
)
def test_wrong_rows(tmp_path, row, words):
    write_video(tmp_path, "cup", [*(vatic(k) for k in range(16)), row], rates=("30",))
    with pytest.raises(UserError, match=words):
        read_one(SOURCE, tmp_path, "cup/30")


def test_labels_of_more_frames_than_there_are_at_240(tmp_path):
    write_video(tmp_path, "cup", [vatic(k) for k in range(26)], rates=("240",))
    with pytest.raises(UserError, match=r"line 26: labels frame 26, .* the 24 of .*240/cup$"):
        read_one(SOURCE, tmp_path, "cup/240")


def test_frames_with_a_gap(tmp_path):
    write_tree(tmp_path)
    (tmp_path / "ball_2" / "240" / "ball_2" / "00005.jpg").unlink()
    with pytest.raises(UserError, match=r"240/ball_2: frame 5 is missing, of 1 to 24"):
        read_one(SOURCE, tmp_path / "ball_2" / "240", "ball_2")


def test_files_without_labels(tmp_path):
    write_video(tmp_path, "cup", ["", ""])
    with pytest.raises(UserError, match=r"30/cup\.txt: has no labels"):
        read_one(SOURCE, tmp_path, "cup/30")
    (tmp_path / "cup" / "30" / "cup.txt").write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(UserError, match=r"30/cup\.txt: is not a text file of labels"):
        read_one(SOURCE, tmp_path, "cup/30")
    (tmp_path / "cup" / "30" / "cup.txt").unlink()
    with pytest.raises(UserError, match=r"30/cup\.txt: there is no such file of labels"):
        read_one(SOURCE, tmp_path, "cup/30")


def test_trees_without_videos(tmp_path):
    with pytest.raises(UserError, match="there is no such folder of Need for Speed"):
        SOURCE.units(tmp_path / "none")
    with pytest.raises(UserError, match=r"no video of Need for Speed; folders <video>/30 with"):
        SOURCE.units(tmp_path)
