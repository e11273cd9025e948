"""Parity with pysot: outputs, anchors and tracks of its networks, and its files."""

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from src.base.errors import UserError
from src.geometry.region_to_bbox import rect_iou
from src.network.box_coding import make_anchors
from src.network.siamese import build_network
from src.tracking.loading import make_tracker
from src.video.images import read_image
from src.weights.finding import load_pretrained
from src.weights.published.pysot import load_pysot, set_pysot_weights
from tests.support.parameter_files import load_design
from tests.support.places import GOLDEN
from tests.support.pysot_networks import REFERENCES, drawn_network, stored, stored_crops
from tests.support.small_pysot import SMALL, state_dict
from tests.support.torch_writer import WRITERS, write_zip

# the largest network's track is that of the other two but for its features: its first frames do
FRAMES = {"siamrpn_r50_l234_dwxcorr": 6}
CLIP = GOLDEN / "siamfc_tf" / "inside" / "frames"


@pytest.fixture(scope="module", params=REFERENCES)
def built(request):
    """The name of a stored network, and the network."""
    return request.param, drawn_network(request.param)


def test_outputs_are_those_of_pysot(built):
    name, network = built
    outputs = network(stored_crops(network_side(name)), training=False)
    for key in ("cls", "loc"):
        expected = stored(name, key)
        actual = outputs[key].numpy()[0].transpose(2, 0, 1)
        np.testing.assert_allclose(actual, expected, rtol=1e-3, atol=1e-4 * expected.std())


def test_a_whole_track_is_that_of_pysot(built):
    name, network = built
    reference, expected = REFERENCES[name], stored(name, "bboxes")
    expected = expected[: FRAMES.get(name)]
    frames = [read_image(path) for path in sorted(CLIP.iterdir())[: FRAMES.get(name)]]
    tracker = make_tracker(network, reference.design, reference.hp)
    tracker.init(frames[0], expected[0])
    boxes = [expected[0], *(tracker.update(frame).box_ltwh for frame in frames[1:])]
    assert rect_iou(np.array(boxes), expected).mean() >= 0.95


@pytest.mark.parametrize("name", REFERENCES)
def test_anchors_are_exactly_those_of_pysot(name):
    design = REFERENCES[name].design
    anchors = make_anchors(
        design.score_sz, design.tot_stride, design.anchor_scales, design.anchor_ratios
    )
    np.testing.assert_array_equal(anchors, stored(name, "anchors"))


def network_side(name):
    return REFERENCES[name].design.search_sz


def small_network(name, seed, **changes):
    return build_network(load_design(name, **(SMALL[name] | changes)), seed)


def assert_same(network, expected):
    for weight, other in zip(network.weights, expected, strict=True):
        np.testing.assert_array_equal(weight, other)


def draw_all(network, seed):
    """Other values for every weight, those included that start alike in all networks."""
    rng = np.random.default_rng(seed)
    for weight in network.weights:
        weight.assign(rng.uniform(0.5, 1.5, weight.shape))
    return network


@pytest.mark.parametrize("name", SMALL)
def test_all_weights_come_back_from_files(tmp_path, name):
    network = small_network(name, 4)
    for seed, writer in enumerate(WRITERS.values()):
        state = state_dict(draw_all(network, seed))
        kept = [weight.numpy() for weight in network.weights]
        path = writer(tmp_path / "model.pth", state)
        draw_all(network, 9)
        assert "model.pth" in load_pretrained(network, path)
        assert_same(network, kept)


def legacy_name(name):
    """The name in the older of pysot's AlexNets."""
    for number, place in enumerate((0, 4, 8, 11, 14), start=1):
        for part in (0, 1):
            name = name.replace(f".layer{number}.{part}.", f".features.{place + part}.")
    return name


def test_both_of_pysots_alexnets_are_known():
    network = draw_all(small_network("design_siamrpn_dw", 0), 1)
    kept = [weight.numpy() for weight in network.weights]
    legacy = {legacy_name(name): array for name, array in state_dict(network).items()}
    assert not any(".layer" in name for name in legacy)
    set_pysot_weights(draw_all(network, 2), Path("net.pth"), legacy)
    assert_same(network, kept)


def test_levels_without_weights_weigh_the_same():
    network = small_network("design_siamrpn_pp", 3)
    state = state_dict(network)
    del state["rpn_head.cls_weight"], state["rpn_head.loc_weight"]
    network.head.cls_weight.assign([3.0, 1.0, 2.0])
    set_pysot_weights(network, Path("net.pth"), state)
    np.testing.assert_array_equal(network.head.cls_weight, network.head.cls_weight[0])
    del state["neck.downsample2.downsample.0.weight"]
    state["rpn_head.cls_weight"] = np.ones(3, np.float32)
    with pytest.raises(UserError, match=r"has no neck\.downsample2\.downsample\.0\.weight"):
        set_pysot_weights(network, Path("net.pth"), state)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("design_siamrpn", r"has no rpn_head\.cls\.conv_kernel\.0\.weight"),
        ("design_siamrpn_pp", r"has no backbone\.layer1\.0\.weight"),
    ],
)
def test_a_file_of_another_design_is_told(tmp_path, name, words):
    path = write_zip(tmp_path / "model.pth", state_dict(small_network(name, 3)))
    network = small_network("design_siamrpn_dw", 4)
    kept = [weight.numpy() for weight in network.weights]
    with pytest.raises(UserError, match=rf"model\.pth {words}.*choose the --design"):
        load_pysot(network, path)
    assert_same(network, kept)


def test_a_backbone_that_pysot_does_not_have_is_told():
    lite = {"backbone": "efficientnet_lite", "join_method": "rpn_levels", "neck_channels": 8}
    small = {"exemplar_sz": 33, "search_sz": 97, "levels": [2], "tot_stride": 4}
    design = load_design("design_siamrpn_pp", **lite, **small)
    with pytest.raises(UserError, match="has no EfficientNet-Lite"):
        load_pysot_state(build_network(design.model_copy(update={"template_cells": None}), 0))


def load_pysot_state(network):
    set_pysot_weights(network, Path("net.pth"), {})


def test_files_of_other_methods_are_told(tmp_path):
    (tmp_path / "net.mat").write_bytes(b"x")
    with pytest.raises(UserError, match=r"net\.mat is of another kind"):
        load_pretrained(small_network("design_siamrpn_dw", 0), tmp_path / "net.mat")


@pytest.mark.parametrize("name", SMALL)
def test_checkpoints_hold_every_weight(tmp_path, name):
    network = draw_all(small_network(name, 0), 1)
    kept = [weight.numpy() for weight in network.weights]
    path = tf.train.Checkpoint(network=network).save(str(tmp_path / "a"))
    other = small_network(name, 2)
    tf.train.Checkpoint(network=other).restore(path).assert_existing_objects_matched()
    assert_same(other, kept)
