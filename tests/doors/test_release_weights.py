import json
from pathlib import Path

import numpy as np
import pytest

from src.network.siamese import build_network
from src.tracking import opening
from src.weights.checkpoints import Checkpoints, network_settings
from src.weights.finding import fingerprint
from src.weights.released import load_initial, save_released
from tests.support.helpers import complaints, make_clip
from tests.support.parameter_files import TINY, load_design
from tests.support.places import ROOT

SMALL = TINY | {"filter_num": [4, 4, 4, 4, 4]}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Initial weights, a checkpoint of others, a validation video and the texts of a card."""
    folder = tmp_path_factory.mktemp("trained")
    design = load_design(**SMALL, saver_folder=str(folder / "output"))
    save_released(build_network(design, 1), design, folder / "initial.npz")
    network = build_network(design, 2)
    settings = {"design": network_settings(design), "run": {"seed": 1}}
    Checkpoints(design, 1, settings, {"network": network}, network=network).save(3)
    make_clip(folder / "data" / "videos" / "a", 5)
    (folder / "about.json").write_text(json.dumps({"data": "a test", "commit": "none"}))
    found = json.loads((ROOT / "parameters" / "hyperparams.json").read_text()) | {"scale_num": 1}
    (folder / "found.json").write_text(json.dumps(found))
    return folder


def words(folder, *arguments, initial=""):
    values = {
        "design.filter_num": SMALL["filter_num"],
        "design.pool_stride": SMALL["pool_stride"],
        "design.tot_stride": 8,
        "design.score_sz": 17,
        "design.weights": "",
        "design.initial_weights": str(folder / initial) if initial else "",
        "design.saver_folder": str(folder / "output"),
        "environment.root_dataset": str(folder / "data"),
        "environment.validation_datasets": ["videos"],
    }
    sets = []
    for key, value in values.items():
        sets += ["--set", f"{key}={value if isinstance(value, str) else json.dumps(value)}"]
    return [*sets, *arguments]


@pytest.fixture(scope="module")
def run(run_here):
    """The command in this process."""
    return lambda *given, **names: run_here("src.release_weights", *words(*given, **names))


@pytest.fixture(scope="module")
def card(trained, run):
    out = trained / "released" / "mine.npz"
    found = ["--searched", trained / "found.json"]
    done = run(trained, "--out", out, "--about", trained / "about.json", *found)
    assert done.returncode == 0, done.stderr
    assert not complaints(done.stderr)
    return out.with_suffix(".json")


def test_a_card_tells_data_training_scores_and_checksum(card):
    told = json.loads(card.read_text())
    assert told["file"] == "mine.npz"
    assert told["data"] == "a test"
    assert told["training"]["run"] == {"seed": 1}
    assert set(told["validation"]) == {"a", "mean"}
    assert 0 <= told["validation"]["mean"]["success_auc"] <= 1
    assert (told["tracker"]["scale_num"], told["searched"]["scale_num"]) == (3, 1)
    assert set(told["searched_validation"]) == {"a", "mean"}
    assert str(card.parent) not in card.read_text()


def test_a_card_is_confirmed_by_tracking_again(trained, card, run):
    done = run(trained, "--verify", card)
    assert done.returncode == 0, done.stderr
    assert "confirmed (tracker): released weights mine.npz" in done.stdout
    assert "confirmed (searched): released weights mine.npz" in done.stdout


def test_keys_that_came_after_a_card_do_not_count(trained, card, run, tmp_path, monkeypatch):
    weights, open_tracker = [], opening.open_tracker

    def noting(parameters, *others):
        weights.append(parameters.hp.filter_weight)
        return open_tracker(parameters, *others)

    monkeypatch.setattr(opening, "open_tracker", noting)
    told = json.loads(card.read_text())
    for name in ("tracker", "searched"):
        told[name] = {key: value for key, value in told[name].items() if "filter" not in key}
    (tmp_path / "mine.npz").write_bytes(card.with_suffix(".npz").read_bytes())
    (tmp_path / "mine.json").write_text(json.dumps(told))
    on = ("--set", "hyperparams.filter_weight=10", "--set", "hyperparams.filter_cells=6")
    assert run(trained, *on, "--verify", tmp_path / "mine.json").returncode == 0
    assert weights == [0.0, 0.0]


@pytest.mark.parametrize(
    ("key", "name"), [("validation", "tracker"), ("searched_validation", "searched")]
)
def test_wrong_scores_are_not_confirmed(trained, card, run, refusal, tmp_path, key, name):
    told = json.loads(card.read_text())
    told[key]["mean"]["success_auc"] += 0.1
    (tmp_path / "mine.npz").write_bytes(card.with_suffix(".npz").read_bytes())
    (tmp_path / "mine.json").write_text(json.dumps(told))
    done = run(trained, "--verify", tmp_path / "mine.json")
    refusal(done, f"is not confirmed ({name})", "success_auc")


def test_other_weights_than_the_cards_are_refused(trained, card, run, refusal, tmp_path):
    told = json.loads(card.read_text())
    (tmp_path / "mine.json").write_text(json.dumps(told))
    (tmp_path / "mine.npz").write_bytes(b"x")
    refusal(run(trained, "--verify", tmp_path / "mine.json"), "SHA-256")


def test_nothing_is_overwritten_and_options_are_checked(trained, card, run, refusal, run_module):
    before = card.with_suffix(".npz").read_bytes()
    refusal(run(trained, "--out", card.with_suffix(".npz")), "exists already; choose another name")
    assert card.with_suffix(".npz").read_bytes() == before
    refusal(run_module("src.release_weights", *words(trained)), "either --out")
    refusal(run(trained, "--out", Path("x.npz"), "--about", "nowhere.json"), "--about nowhere.json")


ALONE = ("--set", "environment.validation_datasets=[]")


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_every_blended_weight_lies_between_the_initial_and_the_trained_one(trained, run, share):
    out = trained / f"blend_{share}.npz"
    done = run(trained, "--blend", share, "--out", out, *ALONE, initial="initial.npz")
    assert (done.returncode, complaints(done.stderr)) == (0, [])
    assert f"Weights: {out}\n" in done.stdout
    assert not out.with_suffix(".json").exists()
    design = load_design(**SMALL, initial_weights=str(out))
    blended, ends = build_network(design, 5), [build_network(design, seed) for seed in (1, 2)]
    load_initial(blended, design)
    for weight, first, last in zip(*(one.weights for one in (blended, *ends)), strict=True):
        expected = (1 - share) * first.numpy() + share * last.numpy()
        np.testing.assert_allclose(weight.numpy(), expected, rtol=2e-3, atol=1e-4)


def test_the_card_of_a_blend_tells_both_ends_and_is_confirmed(trained, run):
    out = trained / "blended" / "half.npz"
    done = run(trained, "--blend", 0.5, "--out", out, initial="initial.npz")
    assert (done.returncode, complaints(done.stderr)) == (0, [])
    told = json.loads(out.with_suffix(".json").read_text())
    assert told["blend"] == {"trained_share": 0.5, "other_share": "initial weights initial.npz"}
    assert told["trained_fingerprint"] == fingerprint(build_network(load_design(**SMALL), 2))
    assert run(trained, "--verify", out.with_suffix(".json")).returncode == 0


def test_what_cannot_be_blended_is_told_and_nothing_written(trained, run, refusal, tmp_path):
    out = tmp_path / "x.npz"

    def refused(*arguments, initial="initial.npz", words):
        refusal(run(trained, *arguments, initial=initial), *words)

    refused("--blend", 0.5, words=["either --out"])
    refused("--blend", 1.5, "--out", out, words=["--blend 1.5", "0 to 1"])
    refused("--blend", 0.5, "--out", out, initial="", words=["design.initial_weights"])
    refused("--blend", 0.5, "--out", out, initial="none.npz", words=["none.npz"])
    refused("--blend", 0.5, "--verify", trained / "x.json", words=["--blend", "--verify"])
    # who hands over the texts of a card wants one
    about = ("--about", trained / "about.json", *ALONE)
    refused("--blend", 0.5, "--out", out, *about, words=["validation_datasets"])
    assert not out.exists()
    out.write_bytes(b"mine")
    refused("--blend", 0.5, "--out", out, *ALONE, words=["x.npz: exists"])
    assert out.read_bytes() == b"mine"
