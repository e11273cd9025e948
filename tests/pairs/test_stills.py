from collections import Counter

import numpy as np
import pytest

from src.base.errors import UserError
from src.datasets.photo_csv import COLUMNS
from src.pairs.still_pairs import make_still_pairs
from tests.support.parameter_files import load_hyperparams

HEADER = ",".join(COLUMNS)


def write_annotations(folder, rows):
    folder.mkdir(exist_ok=True)
    path = folder / "annotations.csv"
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return path


def row(image, label, source, box="10,10,20,20", size="100,80"):
    return f"{image},{size},{label},{box},{source}"


@pytest.fixture
def uneven(tmp_path):
    """Source big: 30 boxes of a and 2 of b; source small: 4 boxes of c."""
    rows = [row(f"a{k}.jpg", "a", "big") for k in range(30)]
    rows += [row(f"b{k}.jpg", "b", "big") for k in range(2)]
    rows += [row(f"c{k}.jpg", "c", "small") for k in range(4)]
    return write_annotations(tmp_path / "my stills", rows)


def draw(path, n_pairs, seed=1, **changes):
    return make_still_pairs(path, n_pairs, load_hyperparams(**changes), seed, path.parent.parent)


def test_a_photograph_makes_a_pair_with_itself(uneven):
    pairs, tally = draw(uneven, 5)
    assert len(pairs) == tally.n_pairs == tally.n_distinct == 5 and tally.n_boxes == 36
    for pair in pairs:
        assert pair.split == "train"
        assert pair.z_path == pair.x_path and pair.z_path.startswith("my stills/")
        assert pair.z_box_ltwh == pair.x_box_ltwh == (10, 10, 20, 20)
        assert pair.z_frame == pair.x_frame == 0
    assert len({pair.video for pair in pairs}) == 5


def test_the_video_column_names_image_and_row(uneven):
    pairs, _ = draw(uneven, 36)
    assert "stills/a0.jpg#2" in {pair.video for pair in pairs}
    assert "stills/c3.jpg#37" in {pair.video for pair in pairs}


def test_sources_and_labels_come_evenly(uneven):
    letters = Counter(pair.z_path.split("/")[1][0] for pair in draw(uneven, 8)[0])
    assert letters == {"a": 2, "b": 2, "c": 4}


def test_nothing_comes_twice_before_everything_came_once(uneven):
    counts = Counter(pair.z_path for pair in draw(uneven, 36 * 2 + 5)[0])
    assert len(counts) == 36 and set(counts.values()) == {2, 3}


def test_the_seed_decides(uneven):
    assert draw(uneven, 9)[0] == draw(uneven, 9)[0] != draw(uneven, 9, seed=2)[0]


def test_one_thing_in_several_photographs_makes_pairs_across_them(tmp_path):
    rows = [row(f"{k}.jpg", "teapot", "dreambooth", f"{k},5,20,20") for k in range(3)]
    rows += [row("9.jpg", "cup", "dreambooth"), *(row(f"x{k}.jpg", "cat", "zoo") for k in range(2))]
    pairs, _ = draw(write_annotations(tmp_path / "s", rows), 9)
    found = {(pair.z_path[2:], pair.x_path[2:]) for pair in pairs}
    across = {(f"{i}.jpg", f"{j}.jpg") for i in range(3) for j in range(3) if i != j}
    assert found == across | {("9.jpg", "9.jpg"), ("x0.jpg", "x0.jpg"), ("x1.jpg", "x1.jpg")}
    assert all(
        pair.x_box_ltwh[0] == int(pair.x_path[2])
        for pair in pairs
        if "/x" not in pair.x_path and "9" not in pair.x_path
    )


def test_the_annotation_filter_applies(tmp_path):
    rows = [
        row("1.jpg", "a", "s"),
        row("2.jpg", "a", "s", "0,0,100,80"),
        row("3.jpg", "a", "s", "1,1,2,9"),
    ]
    pairs, tally = draw(write_annotations(tmp_path / "s", rows), 4)
    assert {pair.z_path for pair in pairs} == {"s/1.jpg"}
    assert tally.left_out == {"too large": 1, "too small": 1}
    assert (tally.n_pairs, tally.n_distinct) == (4, 1)


@pytest.mark.parametrize("rows", [[], [row("2.jpg", "a", "s", "0,0,100,80")]])
def test_nothing_usable_gives_no_pairs(tmp_path, rows):
    pairs, tally = draw(write_annotations(tmp_path / "s", rows), 4)
    assert pairs == [] and tally.n_pairs == 0


def test_boxes_are_read_without_loss(tmp_path):
    pairs, _ = draw(
        write_annotations(tmp_path / "s", [row("1.jpg", "a", "s", "0.1,0.25,30.7,20.3")]), 1
    )
    np.testing.assert_array_equal(pairs[0].z_box_ltwh, (0.1, 0.25, 30.7, 20.3))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (row("1.jpg", "a", "s", "1,2,x,4"), "should be numbers"),
        (row("1.jpg", "a", "s", "1,2,0,4"), "greater than 0"),
        (row("1.jpg", "a", "s", "nan,2,3,4"), "finite"),
        ("1.jpg,100", "should be numbers"),
    ],
)
def test_wrong_rows_are_named(tmp_path, wrong, words):
    path = write_annotations(tmp_path / "s", [row("0.jpg", "a", "s"), wrong])
    with pytest.raises(UserError, match=r"annotations\.csv, row 3") as caught:
        draw(path, 1)
    assert words in str(caught.value)


def test_a_missing_column_is_named(tmp_path):
    path = write_annotations(tmp_path / "s", [])
    path.write_text(HEADER.replace(",source", "") + "\n")
    with pytest.raises(UserError, match="the header lacks source"):
        draw(path, 1)
