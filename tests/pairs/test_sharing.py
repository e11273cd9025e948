"""Several sources in one list, each with its share."""

import re

import numpy as np
import pytest

from src.base.errors import UserError
from src.pairs.sharing import draw_shares
from src.pairs.summary import summarise_pairs
from tests.support.helpers import make_clip
from tests.support.indices import PHOTOGRAPHS, as_pairs, index_of, labelled, photograph
from tests.support.parameter_files import load_hyperparams

HP = load_hyperparams(pairs_per_video=10, validation_share=0.25, max_frame_gap=3)


def videos_of(folder, numbers, n_frames=8):
    """An index of clips of one folder."""
    videos = []
    for number in numbers:
        boxes = make_clip(folder / f"{number}", n_frames, layout="plain", seed=number)
        frames = sorted((folder / f"{number}").glob("*.jpg"))
        videos.append(labelled(f"{folder.name}-{number}", frames, boxes))
    return index_of(videos, folder)


def photographs_of(folder, n):
    make_clip(folder, n, layout="plain")
    return index_of([photograph(folder, k, ["a"]) for k in range(1, n + 1)], folder, PHOTOGRAPHS)


@pytest.fixture
def indices(tmp_path):
    """Eight videos, four videos, twenty photographs."""
    one, other = videos_of(tmp_path / "one", range(8)), videos_of(tmp_path / "two", range(4))
    return [one, other, photographs_of(tmp_path / "photos", 20)]


def shares_of(indices, shares, hp=HP, seed=1):
    return draw_shares(indices, shares, hp, seed, indices[0].path.parent)


def rows_of(source):
    return as_pairs(source.pairs.rows(np.arange(len(source.pairs))))


def test_one_source_gives_what_it_has(indices):
    (source,) = shares_of(indices[:1], [0.1])
    assert len(source.pairs) == 80 and len({pair.video for pair in rows_of(source)}) == 8
    (source,) = shares_of(indices[2:], [7.0])
    assert len(source.pairs) == 20


def test_shares_are_of_what_all_videos_give(indices):
    sources = shares_of(indices, [1, 1, 2])
    assert [len(source.pairs) for source in sources] == [30, 30, 60]
    assert len({pair.video for pair in rows_of(sources[0])}) == 8
    assert {pair.split for pair in rows_of(sources[2])} == {"train"}
    assert {pair.split for pair in rows_of(sources[1])} == {"train", "validation"}


def test_a_large_share_of_a_small_source_repeats_pairs_evenly(indices):
    small = shares_of(indices[:2], [1, 9])[1]
    # 108 pairs wanted, and 36 different ones exist in each of four videos
    assert len(small.pairs) == 108 and len(set(rows_of(small))) == 108
    repeated = shares_of(indices[:2], [1, 9], HP.model_copy(update={"max_frame_gap": 1}))[1]
    pairs = rows_of(repeated)
    counts = [pairs.count(pair) for pair in set(pairs)]
    # seven neighbours in each of four videos
    assert len(counts) == 28 and max(counts) - min(counts) <= 1


def test_without_videos_the_boxes_count(indices, tmp_path):
    other = photographs_of(tmp_path / "more", 10)
    other = index_of(
        [photograph(tmp_path / "more", k, ["b"], name=f"q{k}") for k in range(1, 11)],
        tmp_path / "more",
        PHOTOGRAPHS,
    )
    sources = shares_of([indices[2], other], [1, 2])
    assert [len(source.pairs) for source in sources] == [10, 20]


def test_the_seed_decides(indices):
    one, same, other = (
        [rows_of(source) for source in shares_of(indices, [1, 1, 2], seed=seed)]
        for seed in (1, 1, 2)
    )
    assert one == same and all(a != b for a, b in zip(one, other, strict=True))


def test_two_sources_with_videos_of_one_name_are_refused(indices, tmp_path):
    again = index_of([labelled("one-3", *clip(tmp_path))], tmp_path / "x")
    with pytest.raises(UserError, match=r"one-3 is the name of a video in .*one and of one in .*x"):
        shares_of([indices[0], again], [1, 1])


def clip(folder):
    boxes = make_clip(folder / "x", 8, layout="plain")
    return sorted((folder / "x").glob("*.jpg")), boxes


def test_a_source_without_any_pair_is_named(indices, tmp_path):
    tiny = index_of(
        [photograph(tmp_path / "photos", 1, ["a"], box=(1, 1, 2, 2))], tmp_path / "t", PHOTOGRAPHS
    )
    with pytest.raises(UserError, match="t: no box of its photographs"):
        shares_of([indices[0], tiny], [1, 1])


def test_the_summary_tells_pairs_by_source(indices):
    text = summarise_pairs(shares_of(indices, [1, 1, 2]), None, HP.max_frame_gap, 1)
    assert re.search(r"^pairs +120$", text, re.M)
    for name, title, n_pairs in (("one", "videos", 30), ("two", "videos", 30)):
        assert re.search(rf"/{name} \({title}\)\npairs +{n_pairs}\n", text)
    assert re.search(r"/photos \(photographs\)\npairs +60\n  train, from photographs +60\n", text)
