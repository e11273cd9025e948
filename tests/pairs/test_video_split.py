from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.base.errors import UserError
from src.datasets.video_folders import film_of
from src.pairs.rules import refuse_overlap, split_videos
from tests.support.helpers import touch_frames


def kin_of(folders):
    return {name: (f"film {film_of(name)}", f"folder {path}") for name, path in folders.items()}


def folders_of(names):
    return {name: Path("videos") / name for name in names}


@pytest.mark.parametrize(
    ("video", "film"),
    [
        ("davis17_schoolgirls_girlA", "davis17_schoolgirls"),
        ("pets2009_S3-MF1-View001_id7", "pets2009_S3-MF1-View001"),
        ("davis_bear", "davis_bear"),
        ("ball", "ball"),
        ("GOT-10k_Train_000001", "GOT-10k_Train_000001"),
        ("ILSVRC2015_train_00010001-2", "ILSVRC2015_train_00010001-2"),
        ("source_film_12", "source_film"),
    ],
)
def test_films(video, film):
    assert film_of(video) == film


names = st.lists(
    st.sampled_from([f"s_{f}_{t}" for f in "abcdef" for t in "xyz"]), unique=True, min_size=1
)


@given(names, st.floats(0, 0.9), st.integers(0, 99), st.randoms())
def test_the_split_keeps_films_whole_and_ignores_the_order(videos, share, seed, random):
    splits = split_videos(kin_of(folders_of(videos)), share, seed)
    sides = {
        film: {splits[v] for v in videos if film_of(v) == film} for film in map(film_of, videos)
    }
    assert all(len(side) == 1 for side in sides.values())
    assert "train" in splits.values()
    assert ("validation" in splits.values()) == (share > 0 and len(sides) > 1)
    random.shuffle(videos)
    assert split_videos(kin_of(folders_of(videos)), share, seed) == splits


def test_the_share_is_met_where_films_are_small():
    videos = [f"v{k}" for k in range(200)]
    splits = split_videos(kin_of(folders_of(videos)), 0.1, seed=3)
    assert sum(split == "validation" for split in splits.values()) == 20
    assert split_videos(kin_of(folders_of(videos)), 0.1, seed=4) != splits


def test_one_folder_of_frames_is_one_film():
    videos = [f"v{k}" for k in range(20)]
    folders = {video: Path("videos") / str(k // 2) for k, video in enumerate(videos)}
    splits = split_videos(kin_of(folders), 0.3, seed=0)
    for one, two in zip(videos[::2], videos[1::2], strict=True):
        assert splits[one] == splits[two]


def test_names_and_folders_join_films_in_a_chain():
    folders = folders_of(["s_a_1", "s_a_2", "s_b_1", "z"])
    folders["s_b_2"] = folders["s_a_2"]
    for seed in range(10):
        splits = split_videos(kin_of(folders), 0.5, seed)
        assert len({splits[v] for v in folders if v != "z"}) == 1


def test_overlap_with_the_evaluation_is_refused(tmp_path):
    # C14: the evaluation used the training videos
    touch_frames(tmp_path / "test" / "Ball", [1])
    refuse_overlap(["balloon"], tmp_path / "test", None, "evaluation.dataset")
    with pytest.raises(UserError, match=r"training videos ball are also in .*evaluation\.dataset"):
        refuse_overlap(["ball", "cat"], tmp_path / "test", None, "evaluation.dataset")


def test_without_an_evaluation_data_set_nothing_overlaps(tmp_path):
    refuse_overlap(["ball"], tmp_path / "none", None, "evaluation.dataset")
    refuse_overlap(["ball"], tmp_path, None, "evaluation.dataset")
