"""Lists are those that were made before there were other sources than folders."""

import hashlib

import pytest

from tests.support.helpers import make_clip

# SHA-256 of lists made by the version that read these folders one by one (commit 87997ff)
CLIPS = {
    1: "0e35086b018aa6d965f2e7325fa2c529a6965b58d3d4f45e62cb225ea9f29319",
    2: "370affb8a52e095c2211e1e1b62e8299253d498df03ad71945813849633ce0e0",
}
LAYOUTS = {
    "vot4": "804e2de0a25b34eae6e7612cc4c56e0e4b0b00d730e3b85830aa8236cc43b686",
    "vot8": "804e2de0a25b34eae6e7612cc4c56e0e4b0b00d730e3b85830aa8236cc43b686",
    "otb": "e5a811f2c1a0d25b5bdd9de164e75c93f20d8f56fc310a12571c1b29737e4e5b",
    "got10k": "804e2de0a25b34eae6e7612cc4c56e0e4b0b00d730e3b85830aa8236cc43b686",
}


@pytest.fixture
def sha256_of_list(tmp_path, run_here):
    def make(*sets):
        path = tmp_path / "pairs.csv"
        chosen = [f"environment.pair_list={path}", "environment.stills_annotations=", *sets]
        options = [part for each in chosen for part in ("--set", each)]
        done = run_here("get_shuffled_list_from_vedio.py", *options)
        assert done.returncode == 0, done.stderr
        return hashlib.sha256(path.read_bytes()).hexdigest()

    return make


@pytest.mark.parametrize("seed", CLIPS)
def test_the_clips(sha256_of_list, seed):
    assert sha256_of_list(f"run.seed={seed}") == CLIPS[seed]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_layouts(sha256_of_list, tmp_path, layout):
    for number in range(4):
        make_clip(tmp_path / "d" / f"film{number}", n_frames=9, layout=layout, seed=number)
    sets = (f"environment.root_dataset={tmp_path}", "environment.train_dataset=d")
    assert sha256_of_list(*sets, "hyperparams.pairs_per_video=30") == LAYOUTS[layout]
