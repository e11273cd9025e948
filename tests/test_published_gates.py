import json
import re
from dataclasses import fields

import pytest

from src.metrics import Scores
from src.parse_arguments import parse_arguments
from src.published_gates import CONV5, CONV5_GREY, GATES, OTB_13, SCORES
from src.sequences import OTB_SPANS
from src.weights import LOADERS
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
GOLDEN = ROOT / "tests" / "golden" / "siamfc_tf" / "inside" / "parameters.json"
FILES = {file.name: file for gate in GATES.values() for file in (gate.net, gate.net_gray) if file}


def test_what_must_be_reached_is_what_is_known():
    least = {
        name: {threshold.score: threshold.least for threshold in gate.thresholds}
        for name, gate in GATES.items()
    }
    assert least == {
        "vot15_bag_colour": {"mean_iou": 77.0},
        "vot15_bag_grey": {"mean_iou": 79.0},
        "siamfc_tf_validation": {"precision": 69.41, "mean_iou": 50.18},
        "otb13_baseline_conv5": {"success_auc": 0.600, "precision_20px": 0.779},
        "otb13_siamfc_2016": {"success_auc": 0.596},
        "otb13_siamfc_pytorch": {"success_auc": 0.589, "precision_20px": 0.781},
    }


@pytest.mark.parametrize("name", GATES)
def test_a_gate_names_shipped_parameters_that_go_together(name):
    gate = GATES[name]
    chosen = [str(ROOT / "parameters" / file) for file in (gate.design, gate.hyperparams)]
    hp, *_, design = parse_arguments(["--design", chosen[0], "--hyperparams", chosen[1]])
    # the response of the original trackers: 33 x 33 scores 8 times, 17 x 17 scores 16 times
    assert (design.score_sz, hp.response_up) in ((33, 8), (17, 16))
    assert gate.average in ("video", "frame")
    assert gate.n_subseq == 1 or not gate.videos


@pytest.mark.parametrize("name", GATES)
def test_thresholds_are_of_known_scores_in_their_decimals_and_have_a_source(name):
    thresholds = GATES[name].thresholds
    assert len({threshold.score for threshold in thresholds}) == len(thresholds) > 0
    for threshold in thresholds:
        assert threshold.least == round(threshold.least, SCORES[threshold.score][1])
        assert threshold.source


@pytest.mark.parametrize("name", GATES)
def test_the_readme_tells_of_every_gate(name):
    gate = GATES[name]
    (row,) = re.findall(rf"^\| `{name}` \|.*$", README, flags=re.MULTILINE)
    told = [gate.net.name, gate.net_gray.name if gate.net_gray else "", gate.hyperparams]
    told += [f"{one.least:.{SCORES[one.score][1]}f}" for one in gate.thresholds]
    assert [word for word in told if word not in row] == []


def test_scores_are_fields_of_the_metrics():
    assert set(SCORES) <= {field.name for field in fields(Scores)}


@pytest.mark.parametrize("name", FILES)
def test_files_are_of_a_known_format_and_their_checksums_whole(name):
    file = FILES[name]
    assert name.endswith(tuple(LOADERS))
    assert file.origin
    assert re.fullmatch("([0-9a-f]{64})?", file.sha256)
    assert file.sha256 in README


def test_checksums_are_known_of_the_baselines_alone():
    assert {file.name for file in FILES.values() if file.sha256} == {CONV5.name, CONV5_GREY.name}
    assert CONV5.sha256[:8] == "3df4b308" and CONV5.sha256[-5:] == "1e3e6"
    assert CONV5_GREY.sha256[:8] == "2cefa19a" and CONV5_GREY.sha256[-5:] == "d577f"


def test_otb_13_has_51_targets_in_50_folders():
    assert len(OTB_13) == len({name.casefold() for name in OTB_13}) == 51
    assert {"Jogging-1", "Jogging-2"} <= set(OTB_13)
    assert len({name.partition("-")[0] for name in OTB_13}) == 50
    assert list(OTB_13) == sorted(OTB_13, key=str.casefold)
    cut = {name for name in OTB_SPANS if name in {video.casefold() for video in OTB_13}}
    assert cut == {"david", "football1", "freeman3", "freeman4", "tiger1"}


def test_performance_txt_was_measured_with_the_originals_own_hyperparameters():
    file = ROOT / "parameters" / GATES["siamfc_tf_validation"].hyperparams
    original = json.loads(GOLDEN.read_text(encoding="utf-8"))["hyperparams"]
    assert json.loads(file.read_text(encoding="utf-8")) == original


def test_grey_frames_go_with_the_grey_network():
    for gate in GATES.values():
        assert gate.grey_frames == (gate.net is CONV5_GREY)
