import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.base.errors import UserError
from src.datasets.ground_truth import read_boxes
from src.datasets.masks import box_of_runs, list_masks, mask_evidence, read_mask_boxes
from tests.support.mask_files import save_mask

NAN_ROW = [np.nan] * 4


def boxes_of(folder, *masks, mode="P"):
    paths = [folder / f"{k:05d}.png" for k in range(len(masks))]
    for path, rectangles in zip(paths, masks, strict=True):
        save_mask(path, rectangles, mode)
    return read_mask_boxes(paths)


def test_boxes_are_the_exact_extents_of_the_pixels(tmp_path):
    found = boxes_of(
        tmp_path,
        # object 2 in two parts, object 1 of a single pixel in the corner, all of a column void
        [(2, 3, 1, 5, 2), (2, 8, 6, 8, 9), (1, 19, 11, 19, 11), (255, 0, 0, 0, 11)],
        [(1, 0, 0, 19, 11)],
    )
    assert found.size_wh == (20, 12) and found.numbered
    assert list(found.boxes_ltwh) == [1, 2]
    np.testing.assert_array_equal(found.boxes_ltwh[1], [[19, 11, 1, 1], [0, 0, 20, 12]])
    np.testing.assert_array_equal(found.boxes_ltwh[2], [[3, 1, 6, 9], NAN_ROW])


@pytest.mark.parametrize(("mode", "white"), [("L", 255), ("LA", (255, 255)), ("1", 1)])
def test_black_and_white_masks_hold_one_object(tmp_path, mode, white):
    found = boxes_of(tmp_path, [(white, 2, 3, 4, 8)], [], mode=mode)
    assert not found.numbered
    np.testing.assert_array_equal(found.boxes_ltwh[1], [[2, 3, 3, 6], NAN_ROW])


def test_grey_masks_with_and_without_alpha_go_together(tmp_path):
    save_mask(tmp_path / "0.png", [(255, 2, 3, 4, 8)], "L")
    save_mask(tmp_path / "1.png", [((255, 255), 2, 3, 4, 9)], "LA")
    found = read_mask_boxes([tmp_path / "0.png", tmp_path / "1.png"])
    np.testing.assert_array_equal(found.boxes_ltwh[1], [[2, 3, 3, 6], [2, 3, 3, 7]])


@pytest.mark.parametrize(
    ("mode", "value", "words"),
    [
        ("RGB", (128, 0, 0), ["mode RGB", "have no numbers", "palette"]),
        ("RGBA", (128, 0, 0, 255), ["mode RGBA"]),
        ("I;16", 1, ["mode I;16"]),
        ("L", 3, ["grey image with the value 3", "0 and 255"]),
    ],
)
def test_what_is_no_mask_is_refused(tmp_path, mode, value, words):
    with pytest.raises(UserError) as caught:
        boxes_of(tmp_path, [(value, 2, 3, 4, 8)], mode=mode)
    for word in ["00000.png: is", *words]:
        assert word in str(caught.value)


def test_masks_of_one_video_are_alike(tmp_path):
    save_mask(tmp_path / "a.png", [])
    save_mask(tmp_path / "b.png", [], size=(20, 13))
    save_mask(tmp_path / "c.png", [], "L")
    with pytest.raises(UserError, match=r"b\.png: is 20 x 13 pixels, a\.png is 20 x 12"):
        read_mask_boxes([tmp_path / "a.png", tmp_path / "b.png"])
    with pytest.raises(UserError, match=r"c\.png: black and white, a\.png is a palette image"):
        read_mask_boxes([tmp_path / "a.png", tmp_path / "c.png"])


def test_files_that_are_no_pictures_are_named(tmp_path):
    save_mask(tmp_path / "cut.png", [(1, 0, 0, 9, 9)])
    whole = (tmp_path / "cut.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) - 30])
    with pytest.raises(UserError, match=r"cut\.png: is not a whole PNG file"):
        read_mask_boxes([tmp_path / "cut.png"])
    with pytest.raises(UserError, match=r"none\.png: there is no such mask"):
        read_mask_boxes([tmp_path / "none.png"])


def test_masks_belong_to_frames(tmp_path):
    for name in ("00000.png", "00010.png", "00005.png"):
        save_mask(tmp_path / name, [])
    paths, rows = list_masks(tmp_path, {"00000": 0, "00005": 5, "00010": 10, "00011": 11})
    assert [path.name for path in paths] == ["00000.png", "00005.png", "00010.png"]
    assert rows.tolist() == [0, 5, 10] and rows.dtype == np.int32
    with pytest.raises(UserError, match=r"00010\.png: there is no frame 00010 of this mask"):
        list_masks(tmp_path, {"00000": 0, "00005": 5})


def test_every_mask_is_evidence(tmp_path):
    save_mask(tmp_path / "v" / "00000.png", [])
    (tmp_path / "v" / "notes.txt").write_text("none")
    assert mask_evidence(tmp_path / "v") == [tmp_path / "v", tmp_path / "v" / "00000.png"]
    assert mask_evidence(tmp_path / "w") == [tmp_path / "w"]


# vot-toolkit 0.9.0 (`vot.region.io.parse_region(row).bounds()`, run in an environment of its own)
# gives the same extents for all of these but the fourth and the fifth: it takes every mask in a
# region one pixel wide for an empty one, since `Mask._optimize` asks whether its last column is 0
ROWS = {
    # .11.
    # ..11
    # 11..
    "m10,20,4,3,1,2,3,4,2": [10, 20, 4, 3],
    # ..1
    # 1..     the run goes on in the next row, so it fills both to the borders
    # ...
    "m3,4,3,3,2,2,5": [3, 4, 3, 2],
    "m3,4,3,3,2,2": [3, 4, 3, 2],
    "m0,5,1,2,0,2": [0, 5, 1, 2],
    "m7,5,1,2,1,1": [7, 6, 1, 1],
    "m7,5,3,2,1,1,4": [8, 5, 1, 1],
    # .....
    # .1.1.
    "m7,5,5,2,6,1,1,1,1": [8, 6, 3, 1],
    "m-2,5,3,2,0,6": [-2, 5, 3, 2],
    " m7, 5, 3, 2, 0, 0, 4, 1, 1 ": [8, 6, 1, 1],
}


@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("first_index", [0, 1])
def test_rows_of_run_lengths(tmp_path, row, first_index):
    (tmp_path / "groundtruth.txt").write_text(f"1,2,3,4\n{row}\n")
    found = read_boxes(tmp_path / "groundtruth.txt", first_index)
    expected = np.array([[1, 2, 3, 4], ROWS[row]]) - [first_index, first_index, 0, 0]
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("row", ["m0,0,0,0,0", "m0,0,1,1,1", "m7,5,3,2,6", "m7,5,3,2,2,0,4"])
def test_masks_without_a_pixel_are_absent(tmp_path, row):
    (tmp_path / "groundtruth.txt").write_text(f"m0,0,2,2,0,4\n{row}\n")
    found = read_boxes(tmp_path / "groundtruth.txt", 0)
    np.testing.assert_array_equal(found, [[0, 0, 2, 2], NAN_ROW])


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("m1,2,3,4", "is no mask; m, left, top, width, height and at least one run length"),
        ("m", "is no mask"),
        ("m1,2,3,4,5,-1", "no size or length negative"),
        ("m1,2,-3,4,0", "no size or length negative"),
        ("m1,2,3,4,x", "other things than whole numbers"),
        ("m1,2,3,4,1.5", "other things than whole numbers"),
        ("m1,2,3,4,99999999999999999999", "other things than whole numbers"),
        ("m1,2,3,4,6,7", "runs of 13 pixels in a region of 3 x 4"),
        ("5", "1 numbers; 4 (left, top, width, height), 8 (the corners of a polygon) or a mask"),
    ],
)
def test_wrong_rows_of_run_lengths(tmp_path, row, words):
    (tmp_path / "groundtruth.txt").write_text(f"1,2,3,4\n{row}\n")
    with pytest.raises(UserError) as caught:
        read_boxes(tmp_path / "groundtruth.txt", 0)
    assert "groundtruth.txt, row 2: " in str(caught.value) and words in str(caught.value)


@given(
    pixels=st.integers(1, 7).flatmap(
        lambda width: st.lists(
            st.lists(st.booleans(), min_size=width, max_size=width), min_size=1, max_size=6
        )
    )
)
def test_runs_have_the_extents_of_their_pixels(pixels):
    mask = np.array(pixels)
    flat = [False, *mask.ravel().tolist()]
    changes = [k for k in range(1, len(flat)) if flat[k] != flat[k - 1]]
    runs = np.diff([1, *changes, len(flat)])
    rows, columns = np.nonzero(mask)
    found = box_of_runs(np.array([5, 9, *mask.shape[::-1]]), runs)
    if rows.size:
        size = [np.ptp(columns) + 1, np.ptp(rows) + 1]
        np.testing.assert_array_equal(found, [columns.min() + 5, rows.min() + 9, *size])
    else:
        assert np.isnan(found).all()
