"""Negative pairs and blur in the batches."""

import functools

import numpy as np
import pytest
import tensorflow as tf

from src.records.augmentation import name_scenes
from src.records.read_training_dataset import training_batches
from tests.support.parameter_files import load_design, load_hyperparams
from tests.support.read_records import DESIGN, PLAIN, same
from tests.support.small_records import prepare_films


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    return prepare_films(tmp_path_factory.mktemp("films"), DESIGN)


@functools.cache
def read_films(films, start_step=0, epochs=6, batch_size=5, **changes):
    design, hp = load_design(batch_size=batch_size), load_hyperparams(**(PLAIN | changes))
    return list(training_batches(films, design, hp, 3, epochs, start_step).as_numpy_iterator())


def test_negative_pairs_show_the_exemplar_of_another_scene_in_the_batch(films):
    plain, changed = read_films(films), read_films(films, negative_share=0.8)
    assert any((batch["positive"] == 0).any() for batch in changed)
    for before, after in zip(plain, changed, strict=True):
        assert same({key: before[key] for key in before if key not in ("z", "positive")}, after)
        scenes = name_scenes(before["video"]).numpy()
        for pair, positive in enumerate(after["positive"]):
            givers = [k for k in range(5) if np.array_equal(after["z"][pair], before["z"][k])]
            assert givers
            assert all((scenes[k] == scenes[pair]) == bool(positive) for k in givers)
            assert positive == 0 or pair in givers


def test_the_asked_share_of_pairs_is_negative(films):
    batches = read_films(films, epochs=15, batch_size=10, negative_share=0.3)
    negative = np.array([batch["positive"] == 0 for batch in batches])
    assert negative.mean() == pytest.approx(0.3, abs=0.08)
    assert negative.any(axis=0).all()  # others in every batch
    assert not negative.all(axis=0).any()


@pytest.mark.parametrize("start_step", [1, 4, 7])
def test_a_later_start_gives_the_same_negative_and_blurred_pairs(films, start_step):
    changes = {"negative_share": 0.5, "blur_share": 0.5, "colour_jitter": 0.1, "grey_share": 0.3}
    expected = read_films(films, **changes)[start_step:]
    later = read_films(films, start_step, **changes)
    assert len(later) == len(expected) > 0
    assert all(map(same, later, expected))


def test_both_crops_of_a_negative_pair_are_grey_or_neither(films):
    batches = read_films(films, negative_share=0.8, grey_share=0.5)
    z_grey, x_grey = (
        np.concatenate([np.ptp(b[key], axis=-1).max(axis=(1, 2)) < 1e-3 for b in batches])
        for key in "zx"
    )
    np.testing.assert_array_equal(z_grey, x_grey)
    assert 0.3 < z_grey.mean() < 0.7


def test_blur_changes_search_crops_alone(films):
    plain, changed = read_films(films), read_films(films, blur_share=1.0)
    for before, after in zip(plain, changed, strict=True):
        assert same({key: before[key] for key in before if key != "x"}, after)
        assert all(np.abs(a - b).mean() > 0.2 for a, b in zip(before["x"], after["x"], strict=True))


def test_without_the_shares_every_bit_is_as_without_their_code(films, monkeypatch):
    batches = read_films(films, colour_jitter=0.1, grey_share=0.3, stretch=0.05)
    monkeypatch.setattr("src.records.augmentation.blur_by_motion", lambda x, hp, seed: x)
    monkeypatch.setattr("src.records.augmentation.mirror", lambda example, hp, seed: example)
    monkeypatch.setattr(
        "src.records.read_training_dataset.choose_exemplars",
        lambda videos, share, seed: tf.range(tf.size(videos, tf.int64)),
    )
    bare = read_films.__wrapped__(films, colour_jitter=0.1, grey_share=0.3, stretch=0.05)
    assert all(map(same, batches, bare))
