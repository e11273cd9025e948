import hashlib
import json
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

import src.serving.saved_model
import src.serving.tflite
import src.tracking.loading
from src import export
from src.base.errors import UserError
from src.network.siamese import build_network
from src.parameters.command_line import call_door
from src.runtime.exports import read_export
from src.runtime.light_tracker import LightTracker
from src.tracking.tracker import GreySwitch
from src.video.images import read_image
from src.weights.released import save_released
from tests.support.parameter_files import TINY, load_design
from tests.support.places import ROOT
from tests.support.small_pysot import SMALL_ALEX
from tests.support.tflite_driver import TFLiteTracker
from tests.support.tflite_proposals import TFLiteProposalTracker

LITE = ["--design", "design_efficientnet_lite0.json", "--set", "evaluation.weights=released"]
LITE += ["--hyperparams", "hyperparams_efficientnet_lite0.json"]
CLIP = ROOT / "data" / "clips" / "test" / "test_002_leave_turn_gradient"
FRAMES = 12

# a program of somebody who has TensorFlow and NumPy only
FOREIGN = """
import importlib.util, sys
import numpy as np
import tensorflow as tf

assert importlib.util.find_spec("src") is None
clip = np.load("clip.npz")
model = tf.saved_model.load(sys.argv[1])
init, update = model.signatures["init"], model.signatures["update"]
state = init(frame=clip["frames"][0], box_ltwh=clip["box_ltwh"])
boxes = []
for frame in clip["frames"][1:]:
    found = update(frame=frame, **state)
    state = {name: found[name] for name in state}
    boxes.append(found["box_ltwh"].numpy())
np.save("boxes.npy", boxes)
"""


def export_and_keep(monkeypatch, out, options):
    """Exports in this process; returns the tracker that was exported."""
    kept, load_tracker = [], src.tracking.loading.load_tracker
    monkeypatch.setattr(
        src.tracking.loading,
        "load_tracker",
        lambda *args, **more: kept.append(load_tracker(*args, **more)) or kept[0],
    )
    call_door(export, ["--out", str(out), *options])
    return kept[0][0]


def clip_frames():
    frames = [read_image(path) for path in sorted(CLIP.rglob("*.jpg"))[:FRAMES]]
    first = (CLIP / "groundtruth.txt").read_text().split("\n", 1)[0]
    return frames, np.array([float(value) for value in first.split(",")], np.float32)


def boxes_of(tracker, frames, box_ltwh):
    tracker.init(frames[0], box_ltwh)
    found = [tracker.update(frame) for frame in frames[1:]]
    return np.array([getattr(one, "box_ltwh", one) for one in found])


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """An export of the released EfficientNet-Lite0, frames, first box, and its tracker's boxes."""
    out = tmp_path_factory.mktemp("exports") / "new" / "lite"
    with pytest.MonkeyPatch.context() as monkeypatch:
        tracker = export_and_keep(monkeypatch, out, LITE)
    frames, box = clip_frames()
    return SimpleNamespace(out=out, frames=frames, box=box, boxes=boxes_of(tracker, frames, box))


def test_an_export_is_whole_and_described(released):
    told = json.loads((released.out / "export.json").read_text())
    assert told["weights"].startswith("released weights siamfc_efficientnet_lite0.npz, ")
    light = [f"network.{name}" for name in ("exemplar", "search")]
    light += [f"tracker.{name}" for name in ("start", "begin", "update_search")]
    assert list(told["functions"]) == ["init", "update", "template", "search", *light]
    files = {path for path in released.out.rglob("*") if path.is_file()}
    described = {released.out / name for name in told["sha256"]}
    assert files == {*described, released.out / "export.json"}
    for name, digest in told["sha256"].items():
        assert hashlib.sha256((released.out / name).read_bytes()).hexdigest() == digest
    assert list(released.out.parent.iterdir()) == [released.out]
    here = str(ROOT).encode()
    assert not [path for path in files if here in path.read_bytes()]


def test_another_program_tracks_a_clip_with_the_same_boxes(released, tmp_path):
    np.savez(tmp_path / "clip.npz", frames=released.frames, box_ltwh=released.box)
    command = [sys.executable, "-I", "-c", FOREIGN, released.out / "saved_model"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    boxes = np.load(tmp_path / "boxes.npy")
    np.testing.assert_allclose(boxes, released.boxes, atol=1e-3)
    assert np.abs(boxes - released.box).max() > 5  # the target moves


def test_a_tracker_around_tflite_finds_the_same_boxes(released):
    boxes = boxes_of(TFLiteTracker(released.out), released.frames, released.box)
    np.testing.assert_allclose(boxes, released.boxes, atol=0.5)


def test_the_light_tracker_finds_the_same_boxes(released):
    tracker = LightTracker(read_export(released.out), 1)
    boxes = boxes_of(tracker, released.frames, released.box)
    np.testing.assert_allclose(boxes, released.boxes, atol=0.05)


def test_a_light_export_holds_nothing_else(small, tmp_path):
    call_door(export, ["--out", str(tmp_path / "light"), "--light", *small])
    names = {path.name for path in (tmp_path / "light").iterdir()}
    assert names == {"export.json", "network.tflite", "tracker.tflite"}


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Options of a small network with random weights and a rolling template."""
    path = tmp_path_factory.mktemp("weights") / "small.npz"
    design = load_design(**TINY)
    save_released(build_network(design, 5), design, path)
    changes = TINY | {"weights": str(path)}
    return [
        *(f"--set=design.{key}={value}" for key, value in changes.items()),
        "--set=evaluation.weights=released",
        "--set=hyperparams.z_lr=0.25",
    ]


def test_the_rolling_template_of_tflite_finds_the_same_boxes(small, tmp_path, monkeypatch, capsys):
    (tmp_path / "empty").mkdir()
    tracker = export_and_keep(monkeypatch, tmp_path / "empty", small)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Weights: released weights small.npz")
    assert lines[1:] == [f"Export: {tmp_path / 'empty'}"]
    frames, box = clip_frames()
    boxes = boxes_of(TFLiteTracker(tmp_path / "empty"), frames, box)
    np.testing.assert_allclose(boxes, boxes_of(tracker, frames, box), atol=0.5)


def test_siamrpn_tracks_alike_as_saved_model_and_by_proposals_that_numpy_reads(
    tmp_path, monkeypatch
):
    design = load_design("design_siamrpn_dw", **SMALL_ALEX)
    network = build_network(design, 5)
    # outputs as of a trained network: boxes move, and stay comparable
    for branch in (network.head.cls, network.head.loc):
        branch.last.kernel.assign(branch.last.kernel * 1e-5)
    save_released(network, design, tmp_path / "rpn.npz")
    options = ["--design=design_siamrpn_dw.json", "--hyperparams=hyperparams_siamrpn_dw.json"]
    values = SMALL_ALEX | {"weights": str(tmp_path / "rpn.npz")}
    options += [f"--set=design.{key}={value}" for key, value in values.items()]
    options += ["--set=evaluation.weights=released", "--set=hyperparams.z_lr=0.25"]
    tracker = export_and_keep(monkeypatch, tmp_path / "out", options)
    frames, box = clip_frames()
    boxes = boxes_of(tracker, frames, box)
    assert np.ptp(boxes, axis=0).min() > 0.5  # place and size change
    found = boxes_of(TFLiteProposalTracker(tmp_path / "out"), frames, box)
    np.testing.assert_allclose(found, boxes, atol=0.5)
    told = json.loads((tmp_path / "out" / "export.json").read_text())
    assert set(told["functions"]["search"]["outputs"]) == {"cls", "loc"}
    model = tf.saved_model.load(str(tmp_path / "out" / "saved_model"))
    state = model.signatures["init"](frame=tf.constant(frames[0]), box_ltwh=tf.constant(box))
    result = model.signatures["update"](frame=tf.constant(frames[1]), **state)
    np.testing.assert_allclose(result["box_ltwh"], boxes[0], atol=1e-3)


def test_nothing_is_overwritten(tmp_path, refusal):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    for out, words in (
        (["--out", tmp_path / "full"], "full: is not empty"),
        ([], "--out is missing"),
    ):
        command = [sys.executable, "-m", "src.export", *out]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        refusal(done, words)
    with pytest.raises(UserError, match=r"mine\.txt: is a file"):
        call_door(export, ["--out", str(tmp_path / "full" / "mine.txt")])
    assert [path.name for path in tmp_path.rglob("*")] == ["full", "mine.txt"]
    assert (tmp_path / "full" / "mine.txt").read_text() == "mine"


def test_missing_weights_are_told_and_leave_nothing(small, tmp_path):
    without = ["--set=design.weights=", f"--set=design.saver_folder={tmp_path / 'none'}"]
    with pytest.raises(UserError, match="names no file"):
        call_door(export, ["--out", str(tmp_path / "out"), *small, *without])
    assert not list(tmp_path.iterdir())


def test_two_networks_are_refused(tmp_path, monkeypatch):
    switch = GreySwitch(None, None)
    monkeypatch.setattr(src.tracking.loading, "load_tracker", lambda *args, **_: (switch, "two"))
    with pytest.raises(UserError, match=r"--set design\.net_gray="):
        call_door(export, ["--out", str(tmp_path / "out")])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("stop", [KeyboardInterrupt, OSError])
def test_an_export_that_stops_half_way_leaves_nothing(tmp_path, monkeypatch, stop):
    def save(tracker, folder):
        folder.mkdir()
        (folder / "saved_model.pb").write_text("x")
        return {}

    def fail(network, design, scale_num, folder):
        assert (folder / "saved_model").exists()
        assert not (tmp_path / "out").exists()
        raise stop

    graph = SimpleNamespace(near=SimpleNamespace(scales=tf.constant([1.0])))
    tracker = SimpleNamespace(network=None, graph=graph)
    monkeypatch.setattr(src.tracking.loading, "load_tracker", lambda *args, **_: (tracker, "some"))
    monkeypatch.setattr(src.serving.saved_model, "save_tracker", save)
    monkeypatch.setattr(src.serving.tflite, "write_tflite", fail)
    with pytest.raises(stop):
        call_door(export, ["--out", str(tmp_path / "out")])
    assert not list(tmp_path.iterdir())
