"""`z_search` of the batches: the exemplar in a crop that a filter is learned from."""

import numpy as np
import pytest

from src.records.read_training_dataset import training_batches, validation_batches
from src.records.store import open_records
from src.training.train_step import batch_spec
from tests.support.parameter_files import load_design, load_hyperparams
from tests.support.small_records import make_list, prepare_films, prepare_here

DESIGN = load_design(batch_size=3)
SHIFTED = {"stretch": 0.05, "zoom": 0.2, "search_shift": 20, "search_scale": 0.2}
LOUD = SHIFTED | {"colour_jitter": 0.3, "grey_share": 0.5, "mirror_share": 0.5, "blur_share": 0.5}
WITH_FILTER = {"filter_loss_weight": 1.0, "filter_weight": 10.0}
# an exemplar's 127 pixels amid the search crop's 255
MIDDLE = slice(64, 191)


@pytest.fixture(scope="module")
def env(tmp_path_factory):
    env = make_list(tmp_path_factory.mktemp("filter_crops"), n_train=7, n_validation=4)
    prepare_here(DESIGN, env)
    return env


@pytest.fixture(scope="module")
def records(env):
    return open_records(DESIGN, env, "train")


def read(records, **changes):
    hp = load_hyperparams(**changes)
    return list(training_batches(records, DESIGN, hp, 5, 3).as_numpy_iterator())


def test_its_middle_is_the_exemplar_whatever_changes_both(records):
    batches = read(records, **LOUD, **WITH_FILTER)
    assert len(batches) == 6
    for batch in batches:
        assert batch["z_search"].shape == (3, 255, 255, 3)
        middle = batch["z_search"][:, MIDDLE, MIDDLE]
        np.testing.assert_allclose(middle, batch["z"], atol=0.05)
        # and what surrounds it is no fill
        assert batch["z_search"][:, :32].std(axis=(1, 2)).min() > 1


def test_all_else_of_a_batch_is_as_without_it(records):
    for plain, with_filter in zip(
        read(records, **LOUD), read(records, **LOUD, **WITH_FILTER), strict=True
    ):
        assert set(with_filter) - set(plain) == {"z_search", "z_target_sz_crop"}
        for key, value in plain.items():
            if value.dtype == np.float32:  # graphs round as they are put together
                np.testing.assert_allclose(value, with_filter[key], atol=0.01)
            else:
                np.testing.assert_array_equal(value, with_filter[key])


def test_the_target_is_as_large_as_the_zoom_makes_it(env, records):
    still = {"stretch": 0.0, "zoom": 0.0, "search_scale": 0.0}
    hp = load_hyperparams(**still, **WITH_FILTER)
    batches = validation_batches(open_records(DESIGN, env, "validation"), DESIGN, hp)
    for batch in batches.as_numpy_iterator():
        # SiamFC's exemplar: sides with half of width + height more have an area of 127 x 127
        sides = batch["z_target_sz_crop"]
        area = np.prod(sides + sides.sum(axis=1, keepdims=True) / 2, axis=1)
        np.testing.assert_allclose(area, 127**2, rtol=1e-4)
    zoomed = read(records, **still | {"zoom": 0.5}, **WITH_FILTER)
    sides = np.concatenate([batch["z_target_sz_crop"] for batch in zoomed])
    area = np.prod(sides + sides.sum(axis=1, keepdims=True) / 2, axis=1)
    assert (area >= 127**2 * 0.999).all() and area.max() > 1.2 * 127**2


def test_a_negative_pair_has_the_surroundings_of_the_exemplar_that_it_got(tmp_path):
    films = prepare_films(tmp_path, DESIGN)
    batches = read(films, negative_share=0.6, **WITH_FILTER)
    negative = [batch for batch in batches if (batch["positive"] == 0).any()]
    assert negative
    for batch in negative:
        np.testing.assert_allclose(batch["z_search"][:, MIDDLE, MIDDLE], batch["z"], atol=0.05)


@pytest.mark.parametrize("split", ["train", "validation"])
def test_batches_are_as_the_steps_of_a_training_expect_them(env, split):
    hp = load_hyperparams(**WITH_FILTER)
    records = open_records(DESIGN, env, split)
    dataset = (
        training_batches(records, DESIGN, hp, 1, 1)
        if split == "train"
        else validation_batches(records, DESIGN, hp)
    )
    spec = batch_spec(DESIGN, hp, None)
    assert set(dataset.element_spec) >= {"z_search", "z_target_sz_crop"}
    for key in ("z_search", "z_target_sz_crop"):
        assert dataset.element_spec[key].is_compatible_with(spec[key])
    assert "z_search" not in batch_spec(DESIGN, load_hyperparams(), None)
