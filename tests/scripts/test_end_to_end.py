"""The four scripts in a row on the embedded clips, as a newcomer runs them."""

import json
import shutil

import numpy as np
import pytest

from src.datasets.segments import plan_segments
from src.evaluating.following import track_video
from src.evaluating.metrics import score
from src.geometry.region_to_bbox import rect_iou
from src.network.siamese import build_network
from src.tracking.loading import make_tracker
from tests.support.helpers import complaints
from tests.support.parameter_files import (
    load_design,
    load_environment,
    load_evaluation,
    load_hyperparams,
)
from tests.support.places import GOLDEN, ROOT

STORED_TRACKS = GOLDEN / "siamfc_tf"
NETWORK = {"filter_num": [16, 32, 32, 32, 32]}
STEPS = 50


def sets(values):
    words = []
    for key, value in values.items():
        text = value if isinstance(value, str) else json.dumps(value)
        words += ["--set", f"{key}={text}"]
    return words


def settings_in(folder):
    return {
        "environment.root_dataset": str(ROOT / "data"),
        "environment.stills_annotations": "",
        "environment.pair_list": str(folder / "records" / "pairs.csv"),
        "environment.tfrecord_path": str(folder / "records"),
        "environment.root_results": str(folder / "results"),
        "run.workers": 1,
        "run.track_every": 2,
        "design.saver_folder": str(folder / "output"),
        "design.filter_num": NETWORK["filter_num"],
        "design.weights": "",
        "design.num_epochs": None,
        "design.num_steps": STEPS,
        "hyperparams.pairs_per_video": 40,
        "hyperparams.lr_end": 1e-3,
        # so short a training has no time to learn more than colours
        "hyperparams.colour_jitter": 0,
        "hyperparams.grey_share": 0,
    }


@pytest.fixture(scope="module")
def chain(tmp_path_factory, run_script, run_here):
    """All four scripts, each fed with what the one before wrote; the last in this process."""
    folder = tmp_path_factory.mktemp("a folder with blänks")
    options = sets(settings_in(folder))
    outputs = []
    for run, script in (
        (run_script, "get_shuffled_list_from_vedio.py"),
        (run_script, "prepare_training_dataset.py"),
        (run_script, "run_tracker_training.py"),
        (run_here, "run_tracker_evaluation.py"),
    ):
        done = run(script, *options)
        assert done.returncode == 0, done.stderr
        assert not complaints(done.stderr)
        outputs.append(done.stdout)
    return folder, outputs


def trained_aucs(folder):
    report = folder / "results" / "SiamFC" / "clips" / "test" / "performance.json"
    videos = json.loads(report.read_text())["tracks"]
    return np.array([video["success_auc"] for video in videos.values()])


def untrained_aucs():
    design = load_design(**NETWORK)
    tracker = make_tracker(build_network(design, seed=1), design, load_hyperparams())
    aucs = []
    for segment in plan_segments(load_environment(), load_evaluation()):
        boxes = track_video(tracker, segment).boxes_ltwh
        aucs.append(score(boxes, segment.sequence.boxes_ltwh, 20).success_auc)
    return np.array(aucs)


def test_a_short_training_beats_an_untrained_network_on_unseen_clips(chain):
    trained, untrained = trained_aucs(chain[0]), untrained_aucs()
    assert len(trained) == len(untrained) == 3
    assert trained.mean() > untrained.mean() + 0.1
    assert trained.mean() > 0.5


def test_each_script_leaves_what_the_next_needs_and_says_so(chain):
    folder, (listed, prepared, trained, evaluated) = chain
    assert "pairs" in listed
    assert "360 pairs in 8 shards" in prepared
    assert f"done: {STEPS} steps" in trained
    assert "-- Overall stats (averaged per frame) on 3 videos" in evaluated
    results = folder / "results" / "SiamFC" / "clips" / "test"
    assert len(list(results.glob("*_strip.png"))) == 3
    assert len(list(results.glob("*.gif"))) == 3


def test_records_are_small_enough(chain):
    # C29: 2.94 MB a pair
    shards = (chain[0] / "records").glob("*.tfrecord")
    assert sum(shard.stat().st_size for shard in shards) / 400 < 60_000


def test_the_trained_checkpoint_is_found_without_arguments(chain):
    # C16
    assert f"Weights: checkpoint {chain[0] / 'output'}" in chain[1][3]


def copy_beginning(clip, folder, frames=6):
    folder.mkdir(parents=True)
    for path in sorted(clip.glob("*.jpg"))[:frames]:
        shutil.copy(path, folder)
    rows = (clip / "groundtruth.txt").read_text().splitlines(keepends=True)
    (folder / "groundtruth.txt").write_text("".join(rows[:frames]))


@pytest.mark.parametrize("damage", ["missing", "empty", "truncated", "no image"])
def test_a_broken_frame_is_named_and_finished_videos_are_kept(
    chain, tmp_path, run_here, refusal, damage
):
    clips = tmp_path / "clips"
    for name in ("test_000_occlusion_distractor", "test_001_blur_zoom_dark"):
        copy_beginning(ROOT / "data" / "clips" / "test" / name, clips / name)
    frame = clips / "test_001_blur_zoom_dark" / "00000004.jpg"
    if damage == "missing":
        frame.unlink()
    elif damage == "empty":
        frame.write_bytes(b"")
    elif damage == "truncated":
        frame.write_bytes(frame.read_bytes()[:2000])
    else:
        frame.write_text("this is not a picture")
    values = settings_in(chain[0]) | {
        "environment.root_dataset": str(tmp_path),
        "environment.root_results": str(tmp_path / "results"),
        "evaluation.dataset": "clips",
        "run.visualization": 0,
    }
    done = run_here("run_tracker_evaluation.py", *sets(values))
    if damage == "missing":
        refusal(done, "test_001_blur_zoom_dark", "5", "6")
        return
    refusal(done, str(frame))
    written = {path.name for path in (tmp_path / "results" / "SiamFC" / "clips").glob("*.txt")}
    assert "test_000_occlusion_distractor.txt" in written
    assert not any("test_001" in name for name in written)


def test_weights_that_do_not_fit_are_refused(chain, tmp_path, run_here, refusal):
    values = settings_in(chain[0]) | {"environment.root_results": str(tmp_path)}
    other = values | {"design.filter_num": [16, 32, 32, 32, 16]}
    refusal(run_here("run_tracker_evaluation.py", *sets(other)), "(design.filter_num [16, ")
    none = values | {"design.saver_folder": str(tmp_path / "nowhere")}
    refusal(
        run_here("run_tracker_evaluation.py", *sets(none)),
        "no weights",
        "run run_tracker_training.py first",
    )


@pytest.mark.parametrize("clip", ["inside", "edge"])
def test_whole_tracks_agree_with_the_original(tmp_path, run_here, clip):
    """Frames in, boxes out: torrvision/siamfc-tf's weights, hyper-parameters and clip."""
    video = tmp_path / "data" / "golden" / clip
    shutil.copytree(STORED_TRACKS / clip / "frames", video)
    shutil.copy(STORED_TRACKS / clip / "groundtruth.txt", video)
    values = {
        "environment.root_dataset": str(tmp_path / "data"),
        "environment.root_pretrained": str(STORED_TRACKS / clip),
        "environment.root_results": str(tmp_path / "results"),
        "evaluation.dataset": "golden",
        "evaluation.weights": "net",
        "design.net": "net.mat",
        "design.filter_num": [16, 32, 24, 24, 8],
        "run.visualization": 0,
    }
    chosen = ("--design", "design_baseline_conv5.json", "--hyperparams", "hyperparams_natural.json")
    done = run_here("run_tracker_evaluation.py", *chosen, *sets(values))
    assert done.returncode == 0, done.stderr
    boxes = np.loadtxt(tmp_path / "results" / "SiamFC" / "golden" / f"{clip}.txt", delimiter=",")
    expected = np.load(STORED_TRACKS / clip / "reference.npz")["bboxes"]
    assert rect_iou(boxes, expected).mean() >= 0.85


def test_released_weights_track_without_any_training(tmp_path, run_here):
    values = {
        "evaluation.video": "test_001_blur_zoom_dark",
        "environment.root_results": str(tmp_path / "results"),
        "design.saver_folder": str(tmp_path / "nowhere"),
        "run.visualization": 0,
    }
    done = run_here("run_tracker_evaluation.py", *sets(values))
    assert done.returncode == 0, done.stderr
    assert "Weights: released weights siamfc_seed.npz" in done.stdout
    [auc] = trained_aucs(tmp_path)
    assert auc > 0.6
