"""Training: what is timed, on which records, and the arithmetic of rates."""

import contextlib
from concurrent.futures import ThreadPoolExecutor

import pytest

from src.base.errors import UserError
from src.benchmarking import training as benchmark_training
from src.benchmarking.training import (
    INPUT_BATCHES,
    draw_pairs,
    find_records,
    measure_training,
    measures_of,
)
from src.datasets.index_building import make_index
from src.records import preparation as record_preparation
from src.records.store import RecordSet
from tests.support.benchmark_examples import candidate, ticking_clock
from tests.support.helpers import make_clip
from tests.support.parameter_files import load_hyperparams, load_run
from tests.support.small_records import make_list, prepare_here


@contextlib.contextmanager
def threads(run, *_seen):
    """In place of `open_executor`: no processes to be started."""
    with ThreadPoolExecutor(run.workers) as pool:
        yield pool


@pytest.fixture
def made(tmp_path):
    """Changes of an environment whose records are made, and their folder's design."""
    env = make_list(tmp_path)
    one = candidate(batch_size=2)
    prepare_here(one.parameters[4], env)
    return env.model_dump()


def test_input_step_and_both_are_timed(tmp_path, made):
    variants, notes = measure_training(
        [candidate(env=made, batch_size=2)], 3, tmp_path, ticking_clock()
    )
    assert notes == [
        "records: those of environment.tfrecord_path",
        "3 steps in 3 rounds, 2 before not counted",
    ]
    assert [(variant.name, variant.precision) for variant in variants] == [("tiny", "float32")]
    measures = variants[0].measures
    # a round is one step with two pairs; each timing takes a second of this clock
    assert measures["step"].value == measures["input_and_step"].value == 2
    assert measures["input"].value == 2 * INPUT_BATCHES
    assert measures["step"].count == 3 and measures["speed_to_first"].value == 1


def test_sums_of_rounds():
    rounds = [{"input": 100, "step": s, "input_and_step": b} for s, b in ((10, 8), (10, 9), (5, 5))]
    found = measures_of(rounds, rounds[::-1])
    assert found["input_and_step"].value == 8 and found["step"].least == 5
    assert found["both_to_step_alone"].value == pytest.approx(0.9)
    assert found["speed_to_first"].most == pytest.approx(8 / 5)


def test_without_records_the_embedded_clips_are_taken(tmp_path, monkeypatch):
    monkeypatch.setattr(record_preparation, "open_executor", threads)
    monkeypatch.setattr(benchmark_training, "_PAIRS", 20)
    one = candidate(env={"tfrecord_path": str(tmp_path / "none")}, run={"workers": 1})
    records, note = find_records(one, tmp_path)
    assert isinstance(records, RecordSet) and records.pairs == 20
    assert "embedded clips" in note and "has none" in note
    assert all(path.is_relative_to(tmp_path) for path in records.paths)
    assert not (tmp_path / "none").exists()


def test_records_of_another_design_are_told(tmp_path, made):
    with pytest.raises(UserError, match="belongs to other settings"):
        find_records(candidate(env=made, context=0.3), tmp_path)


def test_as_many_pairs_are_drawn_as_wanted(tmp_path):
    for name in "ab":
        make_clip(tmp_path / "d" / name, 8, seed=ord(name))
    index = make_index(tmp_path / "index", tmp_path / "d", None, load_run())
    drawn = draw_pairs(index, load_hyperparams(), 25, tmp_path)
    assert len(set(map(tuple, drawn))) == 25 and {row[1] for row in drawn} == {"a", "b"}
    assert {row[0] for row in drawn} == {"train"}
    assert len(draw_pairs(index, load_hyperparams(), 1000, tmp_path)) == 2 * 8 * 7
