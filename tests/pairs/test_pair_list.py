import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.base.errors import UserError
from src.pairs.pair_list import (
    COLUMNS,
    SPLITS,
    Pair,
    read_pair_list,
    read_some_pairs,
    write_pair_list,
)

PAIR = Pair("train", "ball", "t/ball/1.jpg", 0, (1.5, 2.0, 3.0, 4.0), "t/b/7.jpg", 6, (1, 2, 3, 4))

text = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1)
finite = st.floats(-1e6, 1e6)
positive = st.floats(1e-6, 1e6)
side = st.tuples(text, st.integers(0, 10**6), st.tuples(finite, finite, positive, positive))


@given(st.lists(st.tuples(st.sampled_from(SPLITS), text, side, side), min_size=1, max_size=4))
def test_pairs_survive_a_round_trip_exactly(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("list") / "pairs.csv"
    pairs = [Pair(split, f"{split} {video}", *z, *x) for split, video, z, x in rows]
    write_pair_list(path, pairs, "summary")
    assert read_pair_list(path) == pairs


@given(st.lists(st.sampled_from(SPLITS), min_size=1), st.integers(0, 4), st.integers(1, 4))
def test_each_so_manieth_pair_of_a_split(tmp_path_factory, splits, start, step):
    path = tmp_path_factory.mktemp("list") / "pairs.csv"
    pairs = [replace(PAIR, split=split, video=split, z_frame=i) for i, split in enumerate(splits)]
    write_pair_list(path, pairs, "")
    for split in SPLITS:
        rows = [(i + 2, pair) for i, pair in enumerate(pairs) if pair.split == split]
        assert list(read_some_pairs(path, split, start, step)) == rows[start::step]


def test_the_header_is_fixed(tmp_path):
    write_pair_list(tmp_path / "pairs.csv", [PAIR], "")
    header, row = (tmp_path / "pairs.csv").read_text().splitlines()
    assert header == "split,video,z_path,z_frame,z_x,z_y,z_w,z_h,x_path,x_frame,x_x,x_y,x_w,x_h"
    assert row == "train,ball,t/ball/1.jpg,0,1.5,2.0,3.0,4.0,t/b/7.jpg,6,1.0,2.0,3.0,4.0"


def test_the_summary_lies_beside_the_list_and_holds_its_checksum(tmp_path):
    path = tmp_path / "new folder" / "my pairs.csv"
    summary = write_pair_list(path, [PAIR], "one pair")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert summary == f"one pair\n\nSHA-256 of my pairs.csv: {digest}\n"
    assert (path.parent / "my pairs_summary.txt").read_text() == summary
    assert len(list(path.parent.iterdir())) == 2


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("split", "test", "'test'"),
        ("z_frame", "1.5", "five numbers"),
        ("z_frame", "-1", "a frame from 0"),
        ("x_w", "wide", "five numbers"),
        ("x_h", "0", "box with an area"),
        ("z_x", "inf", "finite"),
        ("z_path", "", "a path"),
    ],
)
def test_wrong_rows_are_named(tmp_path, column, value, words):
    path = tmp_path / "pairs.csv"
    write_pair_list(path, [PAIR, PAIR], "")
    lines = path.read_text().splitlines()
    fields = lines[2].split(",")
    fields[COLUMNS.index(column)] = value
    path.write_text("\n".join([*lines[:2], ",".join(fields)]) + "\n")
    with pytest.raises(UserError, match="row 3") as caught:
        read_pair_list(path)
    assert words in str(caught.value)


def test_a_cut_list_is_refused(tmp_path):
    path = tmp_path / "pairs.csv"
    write_pair_list(path, [PAIR] * 3, "")
    path.write_bytes(path.read_bytes()[:-25])
    with pytest.raises(UserError, match=r"row 4: \d+ fields"):
        read_pair_list(path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "there is no list"),
        ("a,b\n1,2\n", "header"),
        ("", "header"),
        (",".join(COLUMNS), "no pairs"),
    ],
)
def test_what_is_no_list_is_refused(tmp_path, content, words):
    path = tmp_path / "pairs.csv"
    if content is not None:
        path.write_text(content)
    with pytest.raises(UserError, match=words) as caught:
        read_pair_list(path)
    assert str(path) in str(caught.value)


def test_a_video_in_both_splits_is_refused(tmp_path):
    both = Pair("validation", *list(vars(PAIR).values())[1:])
    write_pair_list(tmp_path / "pairs.csv", [PAIR, both], "")
    with pytest.raises(UserError, match="video ball is in both splits"):
        read_pair_list(tmp_path / "pairs.csv")
