import json

import numpy as np
import pytest

from src.checkpoints import Checkpoints, network_settings
from src.released_weights import load_initial, save_released
from src.siamese import build_network
from tests.parameter_files import TINY, load_design

SMALL = TINY | {"filter_num": [4, 4, 4, 4, 4]}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder with initial weights and a checkpoint of others."""
    folder = tmp_path_factory.mktemp("trained")
    design = load_design(**SMALL, saver_folder=str(folder / "output"))
    save_released(build_network(design, 1), design, folder / "initial.npz")
    network = build_network(design, 2)
    settings = {"design": network_settings(design), "run": {"seed": 1}}
    Checkpoints(design, 1, settings, {"network": network}, network=network).save(3)
    return folder


def words(folder, *arguments, initial="initial.npz"):
    values = {key: json.dumps(value) for key, value in SMALL.items()}
    values["saver_folder"] = str(folder / "output")
    values["initial_weights"] = str(folder / initial) if initial else ""
    sets = [word for key, value in values.items() for word in ("--set", f"design.{key}={value}")]
    return ["src.blend_weights", *sets, *arguments]


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_every_weight_lies_between_the_initial_and_the_trained_one(trained, run_here, share):
    out = trained / f"blend_{share}.npz"
    options = ("--share", share, "--out", out, "--set", "evaluation.weights=newest")
    done = run_here(*words(trained, *options))
    assert (done.returncode, done.stderr) == (0, "")
    assert str(out) in done.stdout
    design = load_design(**SMALL, initial_weights=str(out))
    blended, ends = build_network(design, 5), [build_network(design, seed) for seed in (1, 2)]
    load_initial(blended, design)
    for weight, first, last in zip(*(one.weights for one in (blended, *ends)), strict=True):
        expected = (1 - share) * first.numpy() + share * last.numpy()
        np.testing.assert_allclose(weight.numpy(), expected, rtol=2e-3, atol=1e-4)


def test_what_is_wrong_is_told_and_nothing_overwritten(
    trained, tmp_path, run_here, run_module, refusal
):
    def run(*arguments, **changes):
        return run_here(*words(*arguments, **changes))

    out = tmp_path / "x.npz"
    refusal(run_module(*words(trained, "--out", out)), "--share S and --out FILE.npz")
    refusal(run(trained, "--share", 0.5), "--share S and --out FILE.npz")
    refusal(run(trained, "--share", 1.5, "--out", out), "--share 1.5")
    refusal(run(trained, "--share", 0.5, "--out", out, initial=""), "design.initial_weights")
    refusal(run(trained, "--share", 0.5, "--out", out, initial="none.npz"), "none.npz")
    assert not out.exists()
    taken = tmp_path / "taken.npz"
    taken.write_bytes(b"mine")
    refusal(run(trained, "--share", 0.5, "--out", taken), "taken.npz exists")
    assert taken.read_bytes() == b"mine"
