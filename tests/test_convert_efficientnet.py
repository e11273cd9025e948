import shutil

import numpy as np
import pytest

from src.released_weights import load_initial
from src.siamese import build_network
from tests.parameter_files import load_design
from tests.test_efficientnet_lite import drawn_backbone, published_state
from tests.torch_writer import write_zip


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    path = tmp_path_factory.mktemp("published") / "net.pth"
    write_zip(path, published_state(drawn_backbone(seed=3)))
    return path


def words(*options, design="design_efficientnet_lite0.json"):
    return ["src.convert_efficientnet", "--design", design, *options]


def test_a_training_starts_from_the_converted_weights(published, tmp_path, run_here):
    out = tmp_path / "new" / "initial.npz"
    done = run_here(*words("--net", published, "--out", out))
    assert (done.returncode, done.stderr) == (0, "")
    design = load_design("design_efficientnet_lite0", initial_weights=str(out))
    network = build_network(design, seed=5)
    load_initial(network, design)
    theirs = drawn_backbone(seed=3)
    for ours, drawn in zip(network.backbone.weights, theirs.weights, strict=True):
        np.testing.assert_allclose(ours.numpy(), drawn.numpy(), rtol=1e-3, atol=1e-7)


def test_what_is_wrong_is_told_and_nothing_overwritten(
    published, tmp_path, run_here, run_module, refusal
):
    def run(*options, **changes):
        return run_here(*words(*options, **changes))

    refusal(run_module(*words("--net", published)), "--out FILE.npz")
    taken = tmp_path / "taken.npz"
    shutil.copy(published, taken)
    refusal(run("--net", published, "--out", taken), "taken.npz exists")
    assert taken.read_bytes() == published.read_bytes()
    out = tmp_path / "x.npz"
    refusal(run("--net", published, "--out", out, design="design.json"), "design.backbone")
    refusal(run("--net", tmp_path / "none.pth", "--out", out), "none.pth")
    assert not out.exists()
