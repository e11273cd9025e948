"""Parity with torrvision/siamfc-tf: the same crops and weights give the same scores."""

import numpy as np
import pytest
import scipy.io

from src.base.errors import UserError
from src.network.siamese import build_network
from src.tracking.response import upsample, upsampling_matrix
from src.weights.published.siamfc import load_matconvnet
from tests.support.parameter_files import load_design
from tests.support.places import GOLDEN

STORED_TRACKS = GOLDEN / "siamfc_tf"
DESIGN = load_design("design_baseline_conv5", filter_num=[16, 32, 24, 24, 8])


@pytest.fixture(scope="module", params=["inside", "edge"])
def stored(request):
    network = build_network(DESIGN, seed=0)
    load_matconvnet(network, STORED_TRACKS / request.param / "net.mat")
    return network, np.load(STORED_TRACKS / request.param / "reference.npz")


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


def test_another_design_is_refused():
    network = build_network(load_design(), seed=0)
    with pytest.raises(UserError, match="conv1f has the shape"):
        load_matconvnet(network, STORED_TRACKS / "inside" / "net.mat")


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
        load_matconvnet(network, STORED_TRACKS / "inside" / "net.mat")


def write_mat(path, arrays):
    entries = np.empty(len(arrays), [("name", object), ("value", object), ("trainMethod", object)])
    for place, (name, value) in enumerate(arrays.items()):
        entries[place] = (name, value, "gradient")
    scipy.io.savemat(path, {"net": {"params": entries}})
    return path


def arrays_of_2016(network, prefix="br_"):
    """Random parameters named as in the networks of 2016."""
    rng = np.random.default_rng(3)
    arrays = {}
    for number, block in enumerate(network.backbone.blocks, start=1):
        filters = block.convolution.kernel.shape[-1]
        arrays[f"{prefix}conv{number}f"] = rng.normal(0, 0.1, block.convolution.kernel.shape)
        arrays[f"{prefix}conv{number}b"] = rng.normal(size=(filters, 1))
        if block.batch_norm is not None:
            arrays[f"{prefix}bn{number}m"] = rng.uniform(0.5, 1.5, (filters, 1))
            arrays[f"{prefix}bn{number}b"] = rng.normal(size=(filters, 1))
            arrays[f"{prefix}bn{number}x"] = rng.uniform(0.5, 1.5, (filters, 2))
    return arrays | {"adjust_f": np.float32(0.002), "adjust_b": np.float32(-1.5)}


SMALL_2016 = load_design("design_alexnet_v1", filter_num=[4, 8, 6, 8, 8])


@pytest.mark.parametrize("prefix", ["br_", ""])
def test_networks_of_2016_scale_by_gain_and_bias(tmp_path, prefix):
    network = build_network(SMALL_2016, seed=0)
    arrays = arrays_of_2016(network, prefix)
    load_matconvnet(network, write_mat(tmp_path / "2016-08-17.net.mat", arrays))
    rng = np.random.default_rng(0)
    template = (rng.normal(size=(1, 6, 6, 8)).astype(np.float32),)
    search = (rng.normal(size=(1, 22, 22, 8)).astype(np.float32),)
    score = network.compare(template, search, training=False)["score"].numpy()[0, ..., 0]
    windows = np.lib.stride_tricks.sliding_window_view(search[0][0], (6, 6), axis=(0, 1))
    correlation = np.einsum("yxchw,hwc->yx", windows, template[0][0])
    np.testing.assert_allclose(score, 0.002 * correlation - 1.5, atol=1e-5)
    first = network.backbone.conv1
    np.testing.assert_allclose(first.convolution.kernel, arrays[f"{prefix}conv1f"], rtol=1e-6)
    deviations = arrays[f"{prefix}bn1x"][:, 1]
    np.testing.assert_allclose(first.batch_norm.moving_variance, deviations**2, rtol=1e-5)


@pytest.mark.parametrize("dropped", ["adjust_f", "adjust_b"])
def test_a_network_of_2016_without_its_scaling_is_told(tmp_path, dropped):
    network = build_network(SMALL_2016, seed=0)
    arrays = arrays_of_2016(network)
    del arrays[dropped]
    with pytest.raises(UserError, match=f"0 parameters called {dropped}"):
        load_matconvnet(network, write_mat(tmp_path / "net.mat", arrays))


def test_normalised_scores_do_not_fit_a_network_of_2016(tmp_path):
    design = load_design(
        "design_alexnet_v1", filter_num=[4, 8, 6, 8, 8], score_scaling="batch_norm"
    )
    network = build_network(design, seed=0)
    with pytest.raises(UserError, match=r'adjust_f: set design\.score_scaling to "gain_bias"'):
        load_matconvnet(network, write_mat(tmp_path / "net.mat", arrays_of_2016(network)))
