from collections import Counter

import numpy as np
import pytest

from src.pairs.photograph_pairs import draw_photograph_pairs
from tests.support.helpers import make_clip
from tests.support.indices import PHOTOGRAPHS, as_pairs, index_of, photograph
from tests.support.parameter_files import load_hyperparams


@pytest.fixture
def uneven(tmp_path):
    """Ten photographs of dogs, of which the first shows a cat, too; an eleventh of nothing."""
    make_clip(tmp_path, n_frames=11, layout="plain")
    videos = [photograph(tmp_path, k, ["dog"] + ["cat"] * (k == 1)) for k in range(1, 11)]
    return index_of([*videos, photograph(tmp_path, 11, [])], tmp_path, PHOTOGRAPHS)


def draw(index, n_pairs=None, seed=1, **changes):
    hp = load_hyperparams(**changes)
    pairs, tally = draw_photograph_pairs(index, n_pairs, hp, seed, index.path)
    return as_pairs(pairs.rows(np.arange(len(pairs)))), tally


def test_a_box_makes_a_pair_with_itself(uneven):
    pairs, tally = draw(uneven)
    assert len(pairs) == tally.n_pairs == tally.n_distinct == tally.n_boxes == 11
    for pair in pairs:
        assert pair.split == "train" and pair.z_path == pair.x_path
        assert pair.z_box_ltwh == pair.x_box_ltwh and pair.z_frame == pair.x_frame == 0
    by_name = {pair.video: pair for pair in pairs}
    assert by_name["stills/p1#1"].z_box_ltwh == (51, 40, 32, 24)
    assert by_name["stills/p7#0"].z_path == "00000007.jpg"


def test_labels_come_in_turn(uneven):
    names = [pair.video for pair in draw(uneven)[0]]
    assert "stills/p1#1" in names[:2], "the only cat is one of the first two"


def test_nothing_comes_twice_before_everything_came_once(uneven):
    counts = Counter(pair.video for pair in draw(uneven, 25)[0])
    assert len(counts) == 11 and set(counts.values()) == {2, 3}


def test_the_seed_decides(uneven):
    assert draw(uneven)[0] == draw(uneven)[0] != draw(uneven, seed=2)[0]


def test_unusable_boxes_and_photographs_are_counted(tmp_path):
    make_clip(tmp_path, n_frames=2, layout="plain")
    (tmp_path / "00000002.jpg").write_bytes(b"")
    videos = [photograph(tmp_path, 1, ["a"]), photograph(tmp_path, 2, ["a"])]
    videos.append(photograph(tmp_path, 1, ["a"], box=(1, 1, 2, 2)))
    pairs, tally = draw(index_of(videos, tmp_path, PHOTOGRAPHS))
    assert [pair.video for pair in pairs] == ["stills/p1#0"]
    assert tally.left_out == {"too small": 1, "in unreadable photographs": 1}


def test_nothing_usable_gives_no_pairs(tmp_path):
    make_clip(tmp_path, n_frames=1, layout="plain")
    index = index_of([photograph(tmp_path, 1, ["a"], box=(1, 1, 2, 2))], tmp_path, PHOTOGRAPHS)
    assert draw(index, 4)[0] == []
