from typing import get_args

import pytest

from src.base.errors import UserError
from src.network.backbones import BACKBONES
from src.network.heads import HEADS
from src.network.heads.correlation import SCORE_SCALINGS
from src.network.siamese import build_network
from src.parameters.design import Design
from src.parameters.hyperparams import Hyperparams
from src.tracking.graph_tracker import GraphTracker
from src.tracking.loading import LOOKS, load_tracker
from src.tracking.response import WINDOWINGS
from src.tracking.tracker import GreySwitch
from src.training.logistic import LABELS
from src.training.train_step import OPTIMIZERS
from src.weights.checkpoints import Checkpoints, network_settings
from tests.support.parameter_files import load_design, load_environment, load_hyperparams
from tests.support.places import GOLDEN

STORED_TRACKS = GOLDEN / "siamfc_tf" / "inside"


def test_every_name_that_a_key_allows_has_a_row_and_no_other():
    for model, key, table in (
        (Design, "method", LOOKS),
        (Design, "backbone", BACKBONES),
        (Design, "join_method", HEADS),
        (Design, "score_scaling", SCORE_SCALINGS),
        (Design, "windowing", WINDOWINGS),
        (Hyperparams, "label", LABELS),
        (Hyperparams, "optimizer", OPTIMIZERS),
    ):
        assert set(get_args(model.model_fields[key].annotation)) == set(table), key


def test_a_tracker_is_loaded_with_its_weights():
    design = load_design(
        "design_baseline_conv5", filter_num=[16, 32, 24, 24, 8], net="net.mat", saver_folder="nix"
    )
    env = load_environment(root_pretrained=str(STORED_TRACKS))
    tracker, told = load_tracker(load_hyperparams(), env, design, "best")
    assert isinstance(tracker, GraphTracker)
    assert "net.mat" in told
    assert float(abs(tracker.network.backbone.conv1.convolution.bias.numpy()).max()) > 0


def design_with_grey(folder, net_gray):
    return load_design(
        "design_baseline_conv5",
        filter_num=[16, 32, 24, 24, 8],
        net="inside/net.mat",
        net_gray=net_gray,
        saver_folder=str(folder),
    )


def test_a_named_grey_net_tracks_grey_videos(tmp_path):
    env = load_environment(root_pretrained=str(STORED_TRACKS.parent))
    design = design_with_grey(tmp_path, "edge/net.mat")
    tracker, told = load_tracker(load_hyperparams(), env, design, "best")
    assert isinstance(tracker, GreySwitch)
    for part, name in ((tracker.colour, "inside"), (tracker.grey, "edge")):
        alone, alone_told = load_tracker(
            load_hyperparams(),
            load_environment(root_pretrained=str(STORED_TRACKS.parent / name)),
            design_with_grey(tmp_path, "").model_copy(update={"net": "net.mat"}),
            "net",
        )
        assert alone_told in told
        kernels = [one.network.backbone.conv1.convolution.kernel for one in (part, alone)]
        assert (kernels[0].numpy() == kernels[1].numpy()).all()


def test_a_trained_network_serves_grey_videos_too(tmp_path):
    design = design_with_grey(tmp_path, "edge/net.mat")
    network = build_network(design, 1)
    settings = {"design": network_settings(design)}
    Checkpoints(design, 1, settings, {"network": network}, network=network).save(4)
    env = load_environment(root_pretrained=str(STORED_TRACKS.parent))
    tracker, told = load_tracker(load_hyperparams(), env, design, "newest")
    assert isinstance(tracker, GraphTracker)
    assert "grey" not in told
    assert isinstance(load_tracker(load_hyperparams(), env, design, "net")[0], GreySwitch)


def test_a_missing_grey_net_is_told(tmp_path):
    env = load_environment(root_pretrained=str(STORED_TRACKS.parent))
    with pytest.raises(UserError, match=r"grey\.mat does not exist"):
        load_tracker(load_hyperparams(), env, design_with_grey(tmp_path, "grey.mat"), "best")
