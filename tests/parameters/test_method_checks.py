import pytest

from src.base.errors import UserError
from src.parameters.design_checks import check_design
from src.parameters.method_checks import (
    METHOD_HYPERPARAMS,
    METHOD_KEYS,
    METHOD_VALUES,
    check_together,
)
from src.parameters.parse_arguments import parse_arguments
from src.tracking.loading import LOOKS
from tests.support.parameter_files import load_design, load_hyperparams

RPN = ["design_siamrpn", "design_siamrpn_dw", "design_siamrpn_pp", "design_siamrpn_lite0"]


def test_every_method_has_its_rows():
    assert set(METHOD_KEYS) == set(METHOD_VALUES) == set(METHOD_HYPERPARAMS) == set(LOOKS)


@pytest.mark.parametrize(
    ("name", "changes", "words"),
    [
        ("design", {"anchor_scales": [8]}, "key of method siamrpn and siamrpn_fused, leave"),
        ("design_siamrpn", {"score_gain": 1.0}, "score_gain is a key of method siamfc, leave"),
        ("design", {"join_method": "rpn_levels"}, "rpn_levels, must be xcorr or cosine where"),
        ("design_siamrpn", {"join_method": "xcorr"}, "xcorr, must be rpn_up_channel or rpn_depth"),
        ("design_siamrpn", {"windowing": "cosine_sum"}, "cosine_sum, must be cosine or uniform"),
        ("design_siamrpn", {"box_coding": "distances"}, "is a key of method siamrpn_fused, leave"),
        ("design_siamrpn_pp", {"join_method": "rpn_depthwise"}, "levels has 3, but rpn_depthwise"),
        ("design_siamrpn_lite0", {"levels": [10, 4, 2]}, "has 3, but rpn_fused takes 2 at most"),
        ("design_siamrpn_lite0", {"levels": [10, 7]}, "levels has 7 after the first, of stride 16"),
        ("design_siamrpn_pp", {"levels": [1, 2]}, "levels has 1, must be stages of stride 8"),
        ("design_siamrpn_pp", {"frozen_blocks": 5}, "but the backbone has 4 blocks"),
        ("design_siamrpn_pp", {"filter_w": [3]}, "filter_w is a key of backbone alexnet, leave"),
        ("design_siamrpn_pp", {"tot_stride": 4}, "tot_stride is 4, but the layers"),
        ("design_siamrpn_pp", {"search_sz": 257}, "only if it is 255"),
    ],
)
def test_contradictions_are_told(name, changes, words):
    assert words in "; ".join(check_design(load_design(name, **changes)))


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("design_siamrpn", {"search_sz": 271, "score_sz": 19}),
        ("design_siamrpn_dw", {"windowing": "uniform", "crop_alignment": "exact"}),
        ("design_siamrpn_pp", {"levels": [3], "join_method": "rpn_depthwise"}),
        ("design_siamrpn_pp", {"stage_blocks": [1, 1, 1, 1], "stem_filters": 8}),
    ],
)
def test_sound_designs_pass(name, changes):
    assert check_design(load_design(name, **changes)) == []


@pytest.mark.parametrize(
    ("name", "changes", "words"),
    [
        ("design_siamrpn", {"box_loss": "giou"}, "box_loss is giou, must be smooth_l1 or l1 where"),
        (
            "design_siamrpn",
            {"loss": "distances"},
            "must be anchors where design.method is siamrpn",
        ),
        ("design_siamrpn_pp", {"cosine_share": 0.5}, "cosine_share is 0.5, must be 0.0 where desi"),
        ("design_siamrpn_lite0", {"loss": "anchors"}, "loss is anchors, must be distances where"),
        (
            "design_siamrpn_pp",
            {"box_lr": 0.1},
            "box_lr is 0.1, must be 0.0 where design.method is siam",
        ),
        ("design_siamrpn_lite0", {"response_up": 3}, "response_up is 3, must be even"),
        ("design_siamrpn_dw", {"filter_weight": 1.0}, "filter_weight is 1.0, must be 0.0 where"),
        ("design_alexnet_v1", {"filter_share": 1.0}, "filter_share is 1.0, must be 0.0 where des"),
    ],
)
def test_hyperparams_of_another_head_are_told(name, changes, words):
    hp = load_hyperparams(name.replace("design", "hyperparams"), **changes)
    (told,) = check_together(load_design(name), hp)
    assert words in told


@pytest.mark.parametrize(
    ("model", "cells", "least"),
    [
        ("alexnet_v1", 5, 6),
        ("siamfc_online_lite0", 4, 1),
        ("efficientnet_lite0", 3, 5),
        ("baseline_conv5", 5, 17),
    ],
)
def test_a_filter_that_answers_between_the_cells_is_told(model, cells, least):
    sets = ("hyperparams.filter_weight=1", f"hyperparams.filter_cells={cells}")
    words = [word for text in sets for word in ("--set", text)]
    told = f"filter_cells is {cells}, must be {least}, or {least} and an even number, for"
    with pytest.raises(UserError, match=told):
        parse_arguments(["--model", model, *words])
    words[-1] = f"hyperparams.filter_cells={least + 2}"
    assert parse_arguments(["--model", model, *words])[0].filter_cells == least + 2


@pytest.mark.parametrize("name", RPN)
def test_the_shipped_files_belong_together(name):
    hp = load_hyperparams(name.replace("design", "hyperparams"))
    assert check_together(load_design(name), hp) == []


def test_hyperparams_of_another_method_are_told():
    with pytest.raises(UserError) as told:
        parse_arguments(["--design", "design_siamrpn_dw.json", "--hyperparams", "hyperparams.json"])
    for words in (
        *("scale_num is 3, must be 1", "response_up is 8, must be 1", "hyperparams.json"),
        "loss is logistic, must be anchors where design.method is siamrpn",
    ):
        assert words in str(told.value)
    files = ["--design", "design_siamrpn_dw.json", "--hyperparams", "hyperparams_siamrpn_dw.json"]
    assert parse_arguments(files)[4].method == "siamrpn"


def test_a_confidence_that_counts_on_a_filter_needs_one():
    sets = ("hyperparams.filter_weight=0", "hyperparams.filter_share=0")
    words = ["--model", "siamfc_online_lite0"]
    words += [word for text in sets for word in ("--set", text)]
    with pytest.raises(UserError, match="confidence has 4 numbers, must have 3 where filter_weig"):
        parse_arguments(words)
    three = [*words, "--set", "hyperparams.confidence=[9.7, 0.5, 0.0]"]
    assert parse_arguments(three)[0].confidence == (9.7, 0.5, 0.0)


def test_features_are_not_trained_for_a_filter_that_is_off():
    words = ["--set", "hyperparams.filter_loss_weight=0.5"]
    with pytest.raises(UserError, match=r"filter_loss_weight is 0\.5, must be 0 where filter_weig"):
        parse_arguments(["--model", "siamrpn_lite0", *words])
    hp = parse_arguments(["--model", "siamfc_online_lite0", *words])[0]
    assert (hp.filter_loss_weight, hp.filter_weight) == (0.5, 10)
