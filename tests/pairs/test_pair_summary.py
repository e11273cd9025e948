from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np

from src.pairs.pair_rows import IndexedPairs
from src.pairs.sharing import SourcePairs
from src.pairs.still_pairs import StillTally
from src.pairs.summary import summarise_pairs
from src.pairs.video_pairs import VideoTally
from tests.support.indices import index_of, labelled

BOX = (1.0, 1.0, 9.0, 9.0)
FRAMES = [Path("videos", "v", f"{k:04d}.jpg") for k in range(200)]


def source_of(gaps, **tally):
    """A source whose first video is for training; pairs with these frames between."""
    video = labelled("train video", FRAMES, np.tile(BOX, (200, 1)))
    index = index_of([video], Path("videos"))
    rows = np.full(len(gaps), 100)
    validates = np.zeros(len(gaps), bool)
    columns = (np.zeros(len(gaps), np.int32), rows, rows + gaps, validates)
    tally = VideoTally({"train video": "train", "validation video": "validation"}, **tally)
    return SourcePairs(index, IndexedPairs(index, "videos", *columns), tally, None)


def summarise(gaps, stills=None, max_gap=20, **tally):
    return summarise_pairs([source_of(gaps, **tally)], stills, max_gap, 1)


def numbers(text):
    """Label to number, of the lines that end with one."""
    found = {}
    for line in text.splitlines():
        label, _, number = line.strip().rpartition("  ")
        if number.replace(",", "").strip().isdigit():
            found.setdefault(label.strip(), int(number.replace(",", "")))
    return found


def test_counts():
    stills = StillTally(30, Counter({"too large": 4}), 12, 9)
    text = summarise([1, -2, 3], stills, n_frames=1234, left_out_frames=Counter({"absent": 34}))
    found = numbers(text)
    assert found["pairs"] == 15
    assert found["train, from videos"] == 3 and found["validation, from videos"] == 0
    assert found["train, from photographs"] == 12
    assert found["videos"] == 2 and found["train"] == found["validation"] == 1
    assert found["frames"] == 1234 and found["usable"] == 1200 and found["left out: absent"] == 34
    assert found["boxes in photographs"] == 30 and found["left out: too large"] == 4
    assert found["different pairs drawn"] == 9
    assert "Validation videos: validation video" in text


def test_without_photographs():
    assert "photographs: none" in summarise([1])


def test_the_gap_histogram_covers_every_gap_once():
    text = summarise([gap * sign for gap in range(1, 38) for sign in (1, -1)], max_gap=37)
    bins = [line.split() for line in text.splitlines() if " to " in line]
    assert bins[0][0] == "1" and bins[-1][2] == "37"
    for before, after in pairwise(bins):
        assert int(after[0]) == int(before[2]) + 1
    for first, _, last, count, *_ in bins:
        assert int(count) == 2 * (int(last) - int(first) + 1)


def test_neighbours_have_one_bin():
    bins = [line.split() for line in summarise([1, 1], max_gap=1).splitlines() if " to " in line]
    assert [line[:4] for line in bins] == [["1", "to", "1", "2"]]


def test_left_out_videos_are_named_up_to_a_page():
    few = summarise([1], left_out_videos={"plain": "no ground truth"})
    assert "plain: no ground truth" in few
    many = summarise([1], left_out_videos={f"v{k:03}": "only one frame" for k in range(500)})
    assert "and 460 more" in many and len(many.splitlines()) < 90
