import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.base.errors import UserError
from src.datasets.ground_truth import read_boxes, read_flags, read_out_of_view

NAN_ROW = [np.nan] * 4
separators = st.sampled_from([",", "\t", " ", ", ", " , ", "\t ", ";"])
number = st.floats(-1e4, 1e4)
size = st.floats(1e-3, 1e4)
boxes = st.lists(st.tuples(number, number, size, size), min_size=1, max_size=6)


def read(folder, text, first_index=0):
    path = folder / "groundtruth.txt"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_boxes(path, first_index)


@given(
    rows=boxes,
    separator=separators,
    line_end=st.sampled_from(["\n", "\r\n"]),
    tail=st.sampled_from(["", ",", " ", "\t"]),
    mark=st.sampled_from([b"", b"\xef\xbb\xbf"]),
    first_index=st.sampled_from([0, 1]),
)
def test_every_way_of_writing_gives_the_same_boxes(
    tmp_path_factory, rows, separator, line_end, tail, mark, first_index
):
    lines = [separator.join(map(repr, row)) + tail + line_end for row in rows]
    found = read(tmp_path_factory.mktemp("gt"), mark + "".join(lines).encode(), first_index)
    expected = np.array(rows) - [first_index, first_index, 0, 0]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)


@given(rows=boxes, first_index=st.sampled_from([0, 1]))
def test_polygons_of_upright_rectangles(tmp_path_factory, rows, first_index):
    corners = [(x, y, x + w, y, x + w, y + h, x, y + h) for x, y, w, h in rows]
    text = "".join(",".join(map(repr, row)) + "\n" for row in corners)
    found = read(tmp_path_factory.mktemp("gt"), text, first_index)
    expected = np.array(rows) - [first_index, first_index, 0, 0]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)


def test_separators_may_differ_within_a_row(tmp_path):
    np.testing.assert_array_equal(read(tmp_path, "1,2\t3 4\n"), [[1, 2, 3, 4]])


@pytest.mark.parametrize(
    "row", ["", "   ", "nan,nan,nan,nan", "NaN\tNaN\tNaN\tNaN", "0,0,0,0", "0 0 0 0 0 0 0 0", "nan"]
)
@pytest.mark.parametrize("first_index", [0, 1])
def test_absent_rows(tmp_path, row, first_index):
    found = read(tmp_path, f"5,5,9,9\n{row}\n6,6,9,9\n", first_index)
    np.testing.assert_array_equal(found[1], NAN_ROW)
    assert len(found) == 3 and not np.isnan(found[[0, 2]]).any()


def test_no_line_end_after_the_last_row(tmp_path):
    assert read(tmp_path, "1,2,3,4\n5,6,7,8").shape == (2, 4)


def test_an_empty_file_has_no_rows(tmp_path):
    assert read(tmp_path, "").shape == (0, 4)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("12,ten,3,4", ["'ten'", "not a number"]),
        ("1,2,3,4,5", ["5 numbers", "4 (left, top, width, height)"]),
        ("1,2,3", ["3 numbers"]),
        ("1,2,inf,4", ["finite"]),
        ("1,nan,3,4", ["finite", "NaN in the whole row"]),
        ("69,57;41,94;42,13;50,52", ["decimal commas", "a point in numbers"]),
        ("69,57\t41,94\t42,13\t50,52", ["decimal commas"]),
    ],
)
def test_wrong_rows_are_named(tmp_path, row, words):
    with pytest.raises(UserError) as caught:
        read(tmp_path, f"5,5,9,9\n\n{row}\n")
    for word in ["groundtruth.txt, row 3:", *words]:
        assert word in str(caught.value)


def test_missing_and_binary_files(tmp_path):
    with pytest.raises(UserError, match="no such file of boxes"):
        read_boxes(tmp_path / "none.txt", 0)
    with pytest.raises(UserError, match="not a text file"):
        read(tmp_path, b"\xff\xfe\x00\x81")


@given(rows=boxes, absent=st.sampled_from(["NaN,NaN,NaN,NaN", "0,0,0,0", "nan 0 0 0"]))
def test_a_polygon_among_the_rows_changes_nothing_of_the_others(tmp_path_factory, rows, absent):
    # files of boxes alone are read all at once, others row by row
    lines = [",".join(map(repr, row)) for row in rows] + [absent]
    folder = tmp_path_factory.mktemp("gt")
    if absent.startswith("nan"):
        with pytest.raises(UserError, match=f"row {len(lines)}: .* is not a box"):
            read(folder, "\n".join(lines))
        return
    alone = read(folder, "\n".join(lines), 1)
    mixed = read(folder, "\n".join([*lines, "1,1,5,1,5,9,1,9"]), 1)
    np.testing.assert_array_equal(mixed, [*alone, [0, 0, 4, 8]])


@pytest.mark.parametrize("other", ["", "1,1,5,1,5,9,1,9"])
def test_sizes_that_are_not_above_zero_mean_absent(tmp_path, other):
    # DepthTrack marks absence by sizes of 1 and -1
    path = tmp_path / "groundtruth.txt"
    path.write_text(f"5,5,9,9\n5,5,0,9\n90,70,1,-1\n{other}\n")
    found = read_boxes(path, 1)
    np.testing.assert_array_equal(found[:3], [[4, 4, 9, 9], NAN_ROW, NAN_ROW])


def test_flags_in_one_row(tmp_path):
    path = tmp_path / "out_of_view.txt"
    for text in ("0,1,0", "0, 1, 0\n", "0,1,0,\r\n", "\ufeff0 1 0\n\n"):
        path.write_text(text, encoding="utf-8")
        assert read_flags(path).tolist() == [0, 1, 0]
    path.write_text("0,1.5,0\n")
    with pytest.raises(UserError, match=r"out_of_view\.txt, row 1: '1\.5' is not a whole number"):
        read_flags(path)


def test_flags(tmp_path):
    path = tmp_path / "cover.label"
    path.write_text("8\n0\n7\n")
    np.testing.assert_array_equal(read_flags(path), [8, 0, 7])
    path.write_text("8\n0\nx\n")
    with pytest.raises(UserError, match=r"cover\.label, row 3"):
        read_flags(path)


def test_frames_out_of_view_by_either_label(tmp_path):
    assert read_out_of_view(tmp_path, 3).tolist() == [False] * 3
    (tmp_path / "cover.label").write_text("8\n0\n1\n")
    assert read_out_of_view(tmp_path, 3).tolist() == [False, True, False]
    (tmp_path / "absence.label").write_text("1\n0\n0\n")
    assert read_out_of_view(tmp_path, 3).tolist() == [True, True, False]
