from pathlib import Path
from typing import get_args

from src.backbones import BACKBONES
from src.heads import HEADS
from src.heads.correlation import SCORE_SCALINGS
from src.labels import LABELS
from src.methods import METHODS, load_tracker
from src.parameters import Design, Hyperparams
from src.response import WINDOWS
from src.siamfc_tracker import SiamFCTracker
from src.train_step import OPTIMIZERS
from tests.parameter_files import load_design, load_environment, load_hyperparams

GOLDEN = Path(__file__).parent / "golden" / "siamfc_tf" / "inside"


def test_every_name_that_a_key_allows_has_a_row_and_no_other():
    for model, key, table in (
        (Design, "method", METHODS),
        (Design, "backbone", BACKBONES),
        (Design, "join_method", HEADS),
        (Design, "score_scaling", SCORE_SCALINGS),
        (Design, "windowing", WINDOWS),
        (Hyperparams, "label", LABELS),
        (Hyperparams, "optimizer", OPTIMIZERS),
    ):
        assert set(get_args(model.model_fields[key].annotation)) == set(table), key


def test_a_tracker_is_loaded_with_its_weights():
    design = load_design(
        "design_baseline_conv5", filter_num=[16, 32, 24, 24, 8], net="net.mat", saver_folder="nix"
    )
    env = load_environment(root_pretrained=str(GOLDEN))
    tracker, told = load_tracker(load_hyperparams(), env, design, "best")
    assert isinstance(tracker, SiamFCTracker)
    assert "net.mat" in told
    assert float(abs(tracker.network.backbone.conv1.convolution.bias.numpy()).max()) > 0
