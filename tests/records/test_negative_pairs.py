import re

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from src.datasets.photo_csv import Still
from src.datasets.video_folders import film_of
from src.pairs.still_pairs import _make_pair
from src.records.augmentation import choose_exemplars, name_scenes

NUMBERED = ["GOT-10k_Train_000001", "GOT-10k_Train_000002", "ILSVRC2015_train_00010001-0"]
ONE_SCENE = ["a_film_x", "a_film_y"], ["Jogging-1", "Jogging-2"], ["stills/1.jpg#2", "stills/9#7"]
VIDEOS = [
    *NUMBERED,
    "a_film_x",
    "a_film_y",
    "b_film_x",
    "bear",
    "stills/1.jpg#2",
    "stills/2.jpg#3",
    "swan",
]


def scenes_of(videos):
    return [name.decode() for name in name_scenes(tf.constant(videos)).numpy()]


def givers(videos, share, seed=(1, 2)):
    return choose_exemplars(tf.constant(videos), share, tf.constant(seed)).numpy()


def scene_by_rules(video):
    """The rules of `name_scenes`, with `film_of` itself."""
    return "stills" if video.startswith("stills/") else re.sub(r"-[0-9]+\Z", "", film_of(video))


@settings(max_examples=200)
@given(st.lists(st.text("_-/#01xÄ\n", max_size=8) | st.sampled_from(VIDEOS), min_size=1))
def test_scenes_are_films_targets_of_a_folder_and_all_photographs(videos):
    assert scenes_of(videos) == [scene_by_rules(video) for video in videos]


@pytest.mark.parametrize("videos", ONE_SCENE)
def test_targets_that_may_stand_in_one_picture_are_one_scene(videos):
    assert len(set(scenes_of(videos))) == 1


def test_other_films_are_other_scenes():
    videos = [
        "davis_bear",
        "davis_boat",
        "uav_group1_1",
        "uav_group2_2",
        "stills/1.jpg#2",
        *NUMBERED,
    ]
    assert len(set(scenes_of(videos))) == len(videos)


def test_photographs_are_still_named_as_is_expected_here(tmp_path):
    still = Still(2, "1.jpg", (9, 9), "cat", "s", (1, 1, 5, 5))
    assert scenes_of([_make_pair(still, still, tmp_path, tmp_path).video]) == ["stills"]


@settings(max_examples=100)
@given(
    st.lists(st.sampled_from(VIDEOS), min_size=1, max_size=9),
    st.floats(0, 1),
    st.integers(0, 2**31 - 1),
)
def test_a_negative_pair_has_an_exemplar_of_another_scene(videos, share, seed):
    scenes = scenes_of(videos)
    found = givers(videos, share, (seed, 0))
    assert found.dtype == np.int64
    for pair, giver in enumerate(found):
        assert giver == pair or scenes[giver] != scenes[pair]
    np.testing.assert_array_equal(found, givers(videos, share, (seed, 0)))


@pytest.mark.parametrize("videos", ONE_SCENE)
def test_a_batch_of_one_scene_stays_positive(videos):
    assert givers(videos * 4, 1.0).tolist() == list(range(8))


def test_no_share_leaves_all_positive_and_a_full_one_none():
    assert givers(VIDEOS, 0.0).tolist() == list(range(len(VIDEOS)))
    assert (givers(VIDEOS, 1.0) != np.arange(len(VIDEOS))).all()


def test_the_share_is_kept_and_all_exemplars_are_alike_likely():
    videos = ["a", "b", "c", "d"]
    found = np.array([givers(videos, 0.3, (seed, 5)) for seed in range(1500)])
    negative = found != np.arange(4)
    assert negative.mean() == pytest.approx(0.3, abs=0.03)
    assert np.abs(np.corrcoef(negative.T) - np.eye(4)).max() < 0.1
    for pair in range(4):
        counts = np.bincount(found[negative[:, pair], pair], minlength=4) / negative[:, pair].sum()
        expected = np.where(np.arange(4) == pair, 0, 1 / 3)
        np.testing.assert_allclose(counts, expected, atol=0.08)
