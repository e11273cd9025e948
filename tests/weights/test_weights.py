import pytest

from src.base.errors import UserError
from src.network.siamese import build_network
from src.weights.checkpoints import Checkpoints, network_settings
from src.weights.finding import (
    LOADERS,
    fingerprint,
    load_pretrained,
    load_weights,
    trained_checkpoint,
    uses_net,
)
from src.weights.released import save_released
from tests.support.parameter_files import load_design, load_environment
from tests.support.places import GOLDEN

STORED_TRACKS = GOLDEN / "siamfc_tf" / "inside"
ENV = load_environment(root_pretrained=str(STORED_TRACKS))


def design_in(folder, net="net.mat"):
    return load_design(
        "design_baseline_conv5",
        filter_num=[16, 32, 24, 24, 8],
        saver_folder=str(folder),
        net=net,
    )


def save(folder, seed):
    design = design_in(folder)
    network = build_network(design, seed)
    settings = {"design": network_settings(design)}
    Checkpoints(design, 1, settings, {"network": network}, network=network).save(seed)
    return network


def test_a_pretrained_net_is_taken_while_nothing_is_trained(tmp_path):
    design = design_in(tmp_path)
    told = load_weights(build_network(design, 1), ENV, design, "best")
    assert told.startswith(f"pretrained network {STORED_TRACKS / 'net.mat'}, ")


def test_a_trained_checkpoint_goes_first_unless_the_net_is_asked_for(tmp_path):
    trained, design = save(tmp_path, 4), design_in(tmp_path)
    network = build_network(design, 1)
    told = load_weights(network, ENV, design, "best")
    assert told == f"checkpoint {tmp_path / 'saver-test-4'}, {fingerprint(trained)}"
    assert fingerprint(network) == fingerprint(trained)
    assert "net.mat" in load_weights(network, ENV, design, "net")
    assert fingerprint(network) != fingerprint(trained)


@pytest.mark.parametrize(
    ("which", "words"),
    [("best", "run run_tracker_training.py first"), ("net", "design.net names no file")],
)
def test_no_weights_are_told(tmp_path, which, words):
    design = design_in(tmp_path, net="")
    with pytest.raises(UserError, match=words):
        load_weights(build_network(design, 1), ENV, design, which)


def test_a_missing_net_is_told(tmp_path):
    design = design_in(tmp_path, net="nix.mat")
    with pytest.raises(UserError, match=r"nix\.mat does not exist"):
        load_weights(build_network(design, 1), ENV, design, "best")


def test_the_loader_goes_by_the_suffix(tmp_path, monkeypatch):
    asked = []
    for suffix in LOADERS:
        monkeypatch.setitem(LOADERS, suffix, lambda _, path: asked.append(path))
    network = build_network(design_in(tmp_path), 1)
    paths = [tmp_path / name for name in ("2016-08-17.net.mat", "e50.pth", "UPPER.PTH")]
    for path in paths:
        path.write_bytes(b"x")
        assert load_pretrained(network, path).startswith(f"pretrained network {path}, ")
    assert asked == paths


@pytest.mark.parametrize("name", ["net.h5", "net", "net.pth.tar"])
def test_an_unknown_format_is_told(tmp_path, name):
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(UserError, match=r"unknown format: .* end in \.mat or \.pth"):
        load_pretrained(build_network(design_in(tmp_path), 1), tmp_path / name)


def test_the_checkpoint_that_would_be_taken_is_known(tmp_path):
    design = design_in(tmp_path)
    assert trained_checkpoint(design, "newest") is None
    save(tmp_path, 4)
    assert trained_checkpoint(design, "newest") == tmp_path / "saver-test-4"
    assert trained_checkpoint(design, "net") is None


def test_whether_the_net_would_be_taken_is_known(tmp_path):
    design = design_in(tmp_path)
    taken = {which: uses_net(design, which) for which in ("best", "newest", "net", "released")}
    assert taken == {"best": True, "newest": True, "net": True, "released": False}
    assert not uses_net(design_in(tmp_path, net=""), "best")
    save(tmp_path, 4)
    assert not uses_net(design, "newest") and uses_net(design, "net")


def test_released_weights_are_taken_where_nothing_else_is_or_when_asked_for(tmp_path):
    design = load_design(weights=str(tmp_path / "a.npz"), saver_folder=str(tmp_path / "output"))
    released = build_network(design, 7)
    save_released(released, design, tmp_path / "a.npz")
    network = build_network(design, 1)
    told = load_weights(network, ENV, design, "best")
    assert told == f"released weights a.npz, {fingerprint(network)}"
    settings = {"design": network_settings(design)}
    Checkpoints(design, 1, settings, {"network": network}, network=network).save(1)
    assert "checkpoint" in load_weights(network, ENV, design, "best")
    assert "released" in load_weights(network, ENV, design, "released")
    with pytest.raises(UserError, match=r"\"net\", but design\.net names no file"):
        load_weights(network, ENV, design, "net")
    with pytest.raises(UserError, match=r"\"released\", but design\.weights names no file"):
        load_weights(network, ENV, design.model_copy(update={"weights": ""}), "released")
