import json

import numpy as np
import pytest

from src.base.errors import UserError
from src.network.siamese import build_network
from src.weights.released import find_file, load_initial, load_released, save_released
from tests.support.parameter_files import FOLDER, TINY, load_design
from tests.support.places import ROOT

RELEASED = ("design", "design_alexnet_v1", "design_efficientnet_lite0", "design_siamrpn_lite0")
RELEASED += ("design_siamfc_online_lite0",)
DESIGN = load_design(**TINY)


@pytest.fixture(scope="module")
def network():
    network = build_network(DESIGN, 1)
    rng = np.random.default_rng(0)
    for weight in network.weights:
        # variances of features of 0...255 pixels do not fit into float16
        size = 1e6 if weight.name == "moving_variance" else 1.0
        weight.assign(size * rng.uniform(0.5, 1.5, weight.shape))
    return network


def test_weights_come_back_filters_to_half_precision(network, tmp_path):
    path = tmp_path / "new" / "a.npz"
    save_released(network, DESIGN, path)
    other = build_network(DESIGN, 2)
    load_released(other, DESIGN, path)
    for ours, theirs in zip(other.weights, network.weights, strict=True):
        tolerance = 5e-4 if len(ours.shape) > 1 else 0
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=tolerance)
    assert (
        path.stat().st_size < 2.2 * sum(np.prod(weight.shape) for weight in network.weights) + 9e3
    )


def test_weights_of_another_design_are_refused(network, tmp_path):
    save_released(network, DESIGN, tmp_path / "a.npz")
    other = load_design(**(TINY | {"filter_num": [8, 16, 16, 16, 8]}))
    with pytest.raises(UserError, match=r"design\.filter_num \[8, 16, 16, 16, 16\], now"):
        load_released(build_network(other, 1), other, tmp_path / "a.npz")


@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "text", "other arrays"])
def test_damage_is_told(network, tmp_path, damage):
    path = tmp_path / "a.npz"
    save_released(network, DESIGN, path)
    content = path.read_bytes()
    if damage == "missing":
        path.unlink()
    elif damage == "other arrays":
        np.savez(path, a=np.zeros(3))
    else:
        path.write_bytes({"empty": b"", "cut": content[:500], "text": b"no weights"}[damage])
    with pytest.raises(UserError, match=r"design\.weights: .*a\.npz"):
        load_released(build_network(DESIGN, 2), DESIGN, path)


def test_another_head_takes_the_backbone_alone(tmp_path):
    giver = load_design("design_efficientnet_lite0", levels=[3], tot_stride=8, template_cells=9)
    taker = load_design(
        "design_siamrpn_lite0", levels=[3], tot_stride=8, initial_weights=str(tmp_path / "w.npz")
    )
    source, network = build_network(giver, 1), build_network(taker, 2)
    save_released(source, giver, tmp_path / "w.npz")
    head = [weight.numpy() for weight in network.head.weights]
    load_initial(network, taker)
    for mine, theirs in zip(network.backbone.weights, source.backbone.weights, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-3, atol=1e-4)
    for weight, before in zip(network.head.weights, head, strict=True):
        np.testing.assert_array_equal(weight, before)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("design*.json")), ids=lambda path: path.stem)
def test_what_a_shipped_design_names_belongs_to_it(path, tmp_path, monkeypatch):
    design = load_design(path.stem)
    if design.weights:
        monkeypatch.chdir(tmp_path)  # found beside the scripts from anywhere
        released = find_file(design.weights)
        load_released(build_network(design, 1), design, released)
        card = json.loads(released.with_suffix(".json").read_text())
        assert card["file"] == released.name
        assert released.is_relative_to(ROOT)
    assert bool(design.weights) == (path.stem in RELEASED)
