"""Parity with torrvision/siamfc-tf: the same crops and weights give the same scores."""

from pathlib import Path

import numpy as np
import pytest
import scipy.io

from src.errors import UserError
from src.matconvnet import load_matconvnet
from src.response import upsample, upsampling_matrix
from src.siamese import build_network
from tests.parameter_files import load_design

GOLDEN = Path(__file__).parent / "golden" / "siamfc_tf"
DESIGN = load_design("design_baseline_conv5", filter_num=[16, 32, 24, 24, 8])


@pytest.fixture(scope="module", params=["inside", "edge"])
def stored(request):
    network = build_network(DESIGN, seed=0)
    load_matconvnet(network, GOLDEN / request.param / "net.mat")
    return network, np.load(GOLDEN / request.param / "reference.npz")


def relative_error(actual, expected):
    return np.abs(actual - expected).max() / np.abs(expected).max()


def test_template_and_scores_agree_with_the_original(stored):
    network, reference = stored
    (template,) = network.embed_template(reference["z_crop"][None], training=False)
    assert relative_error(template[0], reference["template_z"]) < 1e-4
    search = network.embed_search(reference["x_crops"], training=False)
    templates = (np.repeat(template, 3, axis=0),)
    scores = network.compare(templates, search, training=False)["score"].numpy()[..., 0]
    assert relative_error(scores, reference["scores"]) < 1e-4
    up = upsample(scores, upsampling_matrix(33, 8)).numpy()[:, ::4, ::4]
    assert relative_error(up, reference["scores_up"]) < 1e-3


def test_a_missing_file_is_told():
    with pytest.raises(UserError, match=r"nowhere\.mat does not exist"):
        load_matconvnet(build_network(DESIGN, seed=0), Path("nowhere.mat"))


def test_another_design_is_refused():
    network = build_network(load_design(), seed=0)
    with pytest.raises(UserError, match="conv1f has the shape"):
        load_matconvnet(network, GOLDEN / "inside" / "net.mat")


@pytest.mark.parametrize("content", [b"", b"not a mat file", b"MATLAB 5.0" + bytes(200)])
def test_another_file_is_refused(tmp_path, content):
    path = tmp_path / "net.mat"
    path.write_bytes(content)
    with pytest.raises(UserError, match="not a MatConvNet network"):
        load_matconvnet(build_network(DESIGN, seed=0), path)


def test_a_missing_parameter_is_named(tmp_path):
    path = tmp_path / "net.mat"
    params = np.array([("conv1f", np.zeros((2, 2)))], dtype=[("name", object), ("value", object)])
    scipy.io.savemat(path, {"net": {"params": params}})
    with pytest.raises(UserError, match="conv1"):
        load_matconvnet(build_network(DESIGN, seed=0), path)


def test_gain_and_bias_do_not_fit_a_normalised_file():
    network = build_network(
        load_design(
            "design_baseline_conv5", filter_num=[16, 32, 24, 24, 8], score_scaling="gain_bias"
        ),
        seed=0,
    )
    with pytest.raises(UserError, match=r"score_scaling"):
        load_matconvnet(network, GOLDEN / "inside" / "net.mat")
