"""Clips become records of pairs; whole clips are kept for the test."""

import csv

from src.centre_bias_pairs import FRAMES, make_records
from tests.small_records import folder_bytes


def test_records_of_other_clips_are_kept_for_the_test(tmp_path):
    learned, tested = make_records(tmp_path / "a", 4, seed=3)
    assert (learned.pairs, tested.pairs) == (24, 8)
    with (tmp_path / "a" / "pairs.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    videos = {
        split: {row["video"] for row in rows if row["split"] == split}
        for split in ("train", "validation")
    }
    assert len(videos["train"]) == 3
    assert len(videos["validation"]) == 1
    assert not videos["train"] & videos["validation"]
    assert len(list((tmp_path / "a" / "clips" / "clip_0000").glob("*.jpg"))) == FRAMES
    make_records(tmp_path / "b", 4, seed=3)
    first, second = (folder_bytes(tmp_path / name / "records") for name in "ab")
    assert first == second
