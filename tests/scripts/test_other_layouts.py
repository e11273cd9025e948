"""The four scripts in a row from data that are no folders of videos, as their users run them."""

import json

import pytest

from src.pairs.pair_list import read_pair_list
from tests.support.helpers import complaints
from tests.support.relabelled_clips import as_cvat, as_vid

STEPS = 200
# small enough for 200 steps in seconds
SETTINGS = {
    "environment.stills_annotations": "",
    "run.workers": 1,
    "run.num_shards": 2,
    "run.track_every": 0,
    "run.visualization": 0,
    "design.weights": "",
    "design.filter_num": [8, 8, 8, 8, 8],
    "design.batch_size": 4,
    "design.num_epochs": None,
    "design.num_steps": STEPS,
    "hyperparams.pairs_per_video": 40,
    "hyperparams.validation_share": 0.3,
}


def run_all(root, run_script, run_here, train, test):
    """All four scripts, training as a process of its own; returns the folder of the results."""
    places = {
        "environment.root_dataset": root,
        "environment.train_dataset": train,
        "evaluation.dataset": test,
        "environment.pair_list": root / "records" / "pairs.csv",
        "environment.tfrecord_path": root / "records",
        "environment.root_results": root / "results",
        "design.saver_folder": root / "output",
    }
    words = []
    for key, value in (SETTINGS | places).items():
        text = json.dumps(value) if key in SETTINGS else str(value)
        words += ["--set", f"{key}={text}"]
    for run, script in (
        (run_script, "get_shuffled_list_from_vedio.py"),
        (run_here, "prepare_training_dataset.py"),
        (run_script, "run_tracker_training.py"),
        (run_script, "run_tracker_evaluation.py"),
    ):
        done = run(script, *words)
        assert done.returncode == 0, done.stderr
        assert not complaints(done.stderr)
        if script == "run_tracker_training.py":
            assert f"done: {STEPS} steps" in done.stdout
    return root / "results" / "SiamFC" / test


@pytest.mark.parametrize("layout", ["vid", "cvat"])
def test_from_labels_to_scores(tmp_path, run_script, run_here, layout):
    if layout == "vid":
        as_vid(tmp_path / "ILSVRC2015", n_train=3, n_val=1)
        train, test = "ILSVRC2015", "ILSVRC2015/Data/VID/val"
        names = {"ILSVRC2015_val_00000000-0"}
    else:
        as_cvat(tmp_path / "mine" / "train", "train", 3)
        as_cvat(tmp_path / "mine" / "test", "test", 1)
        train, test = "mine/train", "mine/test"
        names = {f"{folder.name}-3" for folder in (tmp_path / "mine" / "test").iterdir()}
    results = run_all(tmp_path, run_script, run_here, train, test)
    pairs = read_pair_list(tmp_path / "records" / "pairs.csv")
    assert len({pair.video for pair in pairs}) == 3
    assert {pair.split for pair in pairs} == {"train", "validation"}
    assert all((tmp_path / pair.x_path).is_file() for pair in pairs)
    report = json.loads((results / "performance.json").read_text())
    assert set(report["tracks"]) == names
    assert all(0 < track["success_auc"] < 1 for track in report["tracks"].values())
