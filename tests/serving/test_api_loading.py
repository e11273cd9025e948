import json
import math
from pathlib import Path

import numpy as np
import pytest

import src.tracking.loading
from src.api import Tracker
from src.base.errors import UserError
from src.weights.finding import LOADERS
from tests.support.parameter_files import FOLDER, load_design, load_hyperparams
from tests.support.places import GOLDEN


@pytest.fixture
def loaded(monkeypatch, tmp_path):
    """`Tracker.load` in a strange folder, up to the parameters that the network is built from."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        src.tracking.loading, "load_tracker", lambda *args, **_: (args[:4], "weights")
    )
    return lambda *args, **options: Tracker.load(*args, **options)._tracker


def test_without_arguments_the_recommended_network_is_taken(loaded):
    hp, _, design, which = loaded()
    assert design == load_design("design_siamfc_online_lite0")
    assert hp == load_hyperparams("hyperparams_siamfc_online_lite0")
    assert which == "released"


def test_files_are_found_by_path_or_by_name_and_keys_are_overridden(loaded, tmp_path):
    text = (FOLDER / "hyperparams_xc5.json").read_text()
    (tmp_path / "mine.json").write_text(json.dumps(json.loads(text) | {"scale_step": 1.07}))
    overrides = {
        "hyperparams.z_lr": np.float32(0.5),
        "design.filter_num": np.array([16, 32, 24, 24, 8]),
        "design.net_gray": Path("grey.mat"),
        "environment.root_pretrained": "elsewhere=there",
    }
    hp, env, design, _ = loaded(
        "net.mat",
        design="design_baseline_conv5.json",
        hyperparams=Path("mine.json"),
        overrides=overrides,
    )
    assert (hp.scale_step, hp.z_lr) == (1.07, 0.5)
    assert design.filter_num == (16, 32, 24, 24, 8) and design.tot_stride == 4
    assert (design.net_gray, env.root_pretrained) == ("grey.mat", "elsewhere=there")


def test_another_folder_of_parameters(loaded, tmp_path):
    folder = tmp_path / "settings"
    folder.mkdir()
    for path in FOLDER.glob("*.json"):
        changed = json.loads(path.read_text())
        changed |= {"z_lr": 0.125} if "z_lr" in changed else {}
        (folder / path.name).write_text(json.dumps(changed))
    assert loaded(parameters=folder)[0].z_lr == 0.125
    assert loaded(parameters="settings")[0].z_lr == 0.125
    with pytest.raises(UserError, match=r"there is no folder .*nowhere"):
        loaded(parameters="nowhere")


def test_what_is_handed_over_decides_on_the_weights(loaded, tmp_path):
    for name in ("a.npz", "b.mat", "c.PTH"):
        (tmp_path / name).write_bytes(b"x")
    _, _, design, which = loaded("a.npz")
    assert (design.weights, which) == ("a.npz", "released")
    for name in ("b.mat", "c.PTH"):
        path = tmp_path / name
        _, env, design, which = loaded(path)
        assert (Path(env.root_pretrained) / design.net, which) == (path, "net")
    _, _, design, which = loaded(GOLDEN / "checkpoint")
    assert (design.saver_folder, which) == (str(GOLDEN / "checkpoint"), "best")


def test_a_published_file_below_the_current_folder_is_meant_as_it_is_named(loaded, tmp_path):
    (tmp_path / "net.mat").write_bytes(b"x")
    _, env, design, _ = loaded("net.mat")
    assert (Path(env.root_pretrained) / design.net) == tmp_path / "net.mat"


def test_every_published_format_can_be_handed_over(loaded, tmp_path):
    for suffix in LOADERS:
        assert loaded(tmp_path / f"a{suffix}")[3] == "net"


@pytest.mark.parametrize(
    ("weights", "options", "words"),
    [
        ("a.h5", {}, r"a\.h5 is neither a folder .* ends in \.npz, \.mat, \.pth"),
        ("nowhere", {}, "nowhere is neither a folder"),
        (".", {}, "holds no checkpoint"),
        (None, {"design": "design_alexnet_v2.json"}, "has no released weights; name a file"),
        (None, {"design": "design_x.json"}, r"design_x\.json: there is no such file, neither here"),
        (None, {"overrides": {"run.gpus": [0]}}, "'run.gpus' is no parameter of a tracker"),
        (None, {"overrides": {"z_lr": 0.1}}, "'z_lr' is no parameter .* begin with hyperparams"),
        (None, {"overrides": {"hyperparams.z_lr": 7}}, "z_lr is 7, should be less"),
        (None, {"overrides": {"hyperparams.z_lr": math.nan}}, "z_lr"),
        (None, {"overrides": {"hyperparams.z_lr": "0.1"}}, 'z_lr is "0.1", should be a'),
        (None, {"overrides": {"hyperparams.zlr": 0.1}}, r"no key 'zlr' \(did you mean z_lr\?\)"),
    ],
)
def test_what_cannot_be_loaded_is_told(loaded, weights, options, words):
    with pytest.raises(UserError, match=words):
        loaded(weights, **options)


def test_a_design_brings_its_hyperparameters(loaded):
    for name in ("alexnet_v1", "efficientnet_lite0"):
        hp, _, design, _ = loaded(design=f"design_{name}.json")
        assert design == load_design(f"design_{name}")
        assert hp == load_hyperparams(f"hyperparams_{name}")
