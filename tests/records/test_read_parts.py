"""Processes that share a training read, together, the batches that one would have read."""

import numpy as np
import pytest

from src.records.read_training_dataset import Part, training_batches, validation_batches
from tests.support.parameter_files import load_design, load_hyperparams
from tests.support.small_records import prepare_films

DESIGN = load_design(batch_size=6)
# exemplars come from the whole batch
HP = load_hyperparams(negative_share=0.5)
START = 2


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    return prepare_films(tmp_path_factory.mktemp("parts"), DESIGN)


def read(records, part):
    batches = training_batches(records, DESIGN, HP, 5, 2, START, part)
    return list(batches.as_numpy_iterator())


@pytest.mark.parametrize("part", [(0, 6, 2), (0, 3, 1), (3, 3, 1), (4, 2, 2)])
def test_a_part_is_cut_out_of_every_batch(records, part):
    part, whole = Part(*part), read(records, None)
    assert len(whole) == 4
    assert 0 < sum(batch["positive"].sum() for batch in whole) < 24
    smaller = read(records, part)
    assert len(smaller) == len(whole) * part.pairs // part.batch
    for number, batch in enumerate(smaller):
        step, start = divmod(number * part.batch, part.pairs)
        own = slice(part.first + start, part.first + start + part.batch)
        for key, values in batch.items():
            np.testing.assert_array_equal(values, whole[step][key][own])


def test_no_thread_tunes_the_reading(records):
    # one was seen to keep the end of a dataset waiting for ever
    datasets = training_batches(records, DESIGN, HP, 5, 2), validation_batches(records, DESIGN, HP)
    assert [dataset.options().autotune.enabled for dataset in datasets] == [False, False]
