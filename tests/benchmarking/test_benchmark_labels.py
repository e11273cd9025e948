"""Labels: what is timed, and that the plain loop does what it is compared for."""

import pytest

from src.benchmarking.labels import measure_labels, read_xml_plainly
from tests.support.benchmark_examples import candidate, ticking_clock
from tests.support.helpers import make_clip
from tests.support.vid_tree import make_vid_tree


def test_index_opening_and_drawing_are_timed(tmp_path):
    for number in range(3):
        make_clip(tmp_path / "d" / f"v{number}", n_frames=4, seed=number)
    env = {"root_dataset": str(tmp_path), "train_dataset": ({"path": "d"},)}
    variants, notes = measure_labels([candidate(env=env)], 2, tmp_path / "t", ticking_clock())
    measures = variants[0].measures
    # every timing takes a second of this clock
    assert measures["index_made"].value == 3 and measures["index_opened"].value == 1
    assert measures["pairs_drawn"].value == 3 * 4 * 3
    assert "plain_xml_loop" not in measures
    assert notes == [f"{tmp_path / 'd'}: 3 videos, 36 pairs in 2 rounds"]


def test_the_plain_loop_reads_every_object(tmp_path):
    make_vid_tree(tmp_path / "ILSVRC2015", videos=2, frames=8)
    # the second video has a second target in three of four frames
    assert read_xml_plainly(tmp_path / "ILSVRC2015") == 8 + 8 + 6


def test_a_vid_tree_is_compared_with_the_plain_loop(tmp_path):
    make_vid_tree(tmp_path / "ILSVRC2015", videos=2, frames=8)
    env = {"root_dataset": str(tmp_path), "train_dataset": ({"path": "ILSVRC2015"},)}
    variants, _ = measure_labels([candidate(env=env)], 1, tmp_path / "t", ticking_clock())
    measures = variants[0].measures
    assert measures["plain_xml_loop"].value == measures["index_made"].value == 2
    assert measures["index_to_plain_loop"].value == pytest.approx(1)
