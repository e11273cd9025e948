import pytest

from src.network.backbones import BACKBONES
from src.parameters.design import Design
from src.parameters.design_checks import (
    BACKBONE_CHECKS,
    BACKBONE_KEYS,
    check_design,
    check_duration,
    check_environment,
    check_hyperparams,
)
from tests.support.parameter_files import FOLDER, load_design, load_environment, load_hyperparams


@pytest.mark.parametrize("path", sorted(FOLDER.glob("design*.json")), ids=lambda path: path.stem)
def test_shipped_designs_are_sound(path):
    design = load_design(path.stem)
    assert check_design(design) == []
    assert check_duration(design) == []


@pytest.mark.parametrize("path", sorted(FOLDER.glob("hyper*.json")), ids=lambda path: path.stem)
def test_shipped_hyperparams_are_sound(path):
    assert check_hyperparams(load_hyperparams(path.stem)) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"tot_stride": 8}, ["tot_stride is 8", "make 4"]),
        ({"score_sz": 17}, ["score_sz is 17", "make 33"]),
        ({"pool_stride": [2, 2, 0, 0, 0]}, ["tot_stride is 4", "make 8", "make 17"]),
        ({"search_sz": 127}, ["exemplar_sz is 127, must be less than search_sz, 127"]),
        ({"search_sz": 259, "score_sz": 35}, ["score_sz is 35", "make a score map of 34 cells"]),
        ({"search_sz": 257}, ["search_sz is 257", "only if it is 255"]),
        ({"exemplar_sz": 21}, ["exemplar_sz is 21, too small"]),
        ({"filter_num": [96, 128, 96]}, ["one length", "filter_num 3", "filter_w 5"]),
        ({"filter_groups": [1, 5, 1, 1, 1]}, ["filter_groups[1] is 5", "96 input", "128 filters"]),
        ({"filter_groups": [2, 1, 1, 1, 1]}, ["filter_groups[0] is 2", "3 input"]),
        ({"pool_sz": [3, 0, 0, 0, 0]}, ["pool_sz[1] is 0"]),
        ({"filter_h": [11, 5, 3, 3, 1]}, ["filter_h", "must equal filter_w"]),
        (
            {"levels": [4]},
            ["levels is a key of backbone efficientnet_lite and resnet", "is alexnet"],
        ),
        ({"frozen_blocks": 6}, ["frozen_blocks is 6, but the backbone has 5 blocks"]),
        ({"exemplar_margin": 1}, ["search_sz is 255", "only if it is 257"]),
        (
            {"exemplar_margin": 68, "template_cells": 17},
            ["exemplar_margin is 68", "exemplar crop of 263 pixels", "larger than search_sz, 255"],
        ),
        ({"exemplar_margin": 4}, ["score_sz is 33, but crops and layers make 31"]),
        ({"template_cells": 19}, ["template_cells is 19", "at most 17, the cells"]),
        (
            {"exemplar_sz": 131, "template_cells": 17},
            ["template_cells is 17", "at most 18, the cells"],
        ),
        ({"template_cells": 15}, ["score_sz is 33, but crops and layers make 35"]),
    ],
)
def test_contradictions_are_told(changes, words):
    told = "; ".join(check_design(load_design(**changes)))
    for word in words:
        assert word in told


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"filter_num": [4]}, ["filter_num is a key of backbone alexnet", "is efficientnet_lite"]),
        ({"pool_sz": [0], "relu": [True]}, ["pool_sz is a key", "relu is a key"]),
        ({"levels": [10, 11]}, ["levels has 11, must be block numbers, 0 to 10"]),
        ({"levels": [4]}, ["tot_stride is 16, but block 4 has stride 8"]),
        ({"levels": [], "tot_stride": 32}, ["tot_stride is 32, but block 10 has stride 16"]),
        ({"levels": [4, 9], "tot_stride": 12}, ["block 4 has stride 8", "block 9 has stride 8"]),
        ({"frozen_blocks": 12}, ["frozen_blocks is 12, but the backbone has 11 blocks"]),
        ({"tot_stride": 8}, ["score_sz is 13, but crops and layers make 29"]),
        ({"template_cells": None}, ["score_sz is 13, but crops and layers make 5"]),
        ({"template_cells": 15}, ["template_cells is 15", "at most 13, the cells"]),
        (
            {"exemplar_margin": 57},
            ["template_cells is 5", "at most 16, the cells"],
        ),
        (
            {"exemplar_margin": 73},
            ["exemplar_margin is 73", "crop of 273 pixels", "larger than search_sz, 257"],
        ),
        ({"search_sz": 261}, ["search_sz is 261", "only if it is 257"]),
        (
            {"exemplar_margin": 66, "search_sz": 259},
            ["exemplar crop of 259 pixels", "1 more than a multiple of tot_stride, 16"],
        ),
    ],
)
def test_contradictions_of_a_padded_network_are_told(changes, words):
    told = "; ".join(check_design(load_design("design_efficientnet_lite0", **changes)))
    for word in words:
        assert word in told


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("design", {"exemplar_margin": 4, "template_cells": 17}),
        ("design", {"exemplar_margin": 64, "template_cells": 17}),
        ("design", {"frozen_blocks": 5, "freeze_batch_norm": True, "join_method": "cosine"}),
        ("design_efficientnet_lite0", {"frozen_blocks": 11, "levels": [5, 7, 10]}),
        ("design_efficientnet_lite0", {"levels": []}),
        (
            "design_efficientnet_lite0",
            {"tot_stride": 8, "levels": [3, 10], "template_cells": 9, "score_sz": 25},
        ),
        ("design_efficientnet_lite0", {"exemplar_margin": 65}),
        ("design_efficientnet_lite0", {"exemplar_margin": 33, "search_sz": 289, "score_sz": 15}),
    ],
)
def test_sound_designs_pass(name, changes):
    assert check_design(load_design(name, **changes)) == []


def test_every_backbone_has_its_checks_and_keys():
    assert set(BACKBONE_CHECKS) == set(BACKBONE_KEYS) == set(BACKBONES)
    for backbone, keys in BACKBONE_KEYS.items():
        for key in keys:
            assert not Design.model_fields[key].is_required(), f"{backbone} {key}"


@pytest.mark.parametrize(("epochs", "steps"), [(None, None), (3, 100)])
def test_exactly_one_duration(epochs, steps):
    (told,) = check_duration(load_design(num_epochs=epochs, num_steps=steps))
    assert "exactly one" in told


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"other_scales": [0.9, 1.1]}, ["other_scales has 2 scales", "only loss contrast"]),
        ({"other_scales": [0.9, 1], "loss": "contrast"}, ["other_scales has 1,", "wrong"]),
        ({"other_scales": [1.0, 1.1], "loss": "contrast"}, ["other_scales has 1,"]),
    ],
)
def test_wrong_scales_are_wrong_and_for_the_contrast_loss_alone(changes, words):
    (told,) = check_hyperparams(load_hyperparams(**changes))
    for word in words:
        assert word in told


@pytest.mark.parametrize("other_scales", [[], [0.5, 0.9999, 2]])
def test_the_contrast_loss_takes_any_wrong_scales_or_none(other_scales):
    hp = load_hyperparams(loss="contrast", other_scales=other_scales)
    assert check_hyperparams(hp) == []


def test_other_contradictions():
    assert "lr_end is 0.1" in check_hyperparams(load_hyperparams(lr=0.01, lr_end=0.1))[0]
    told = check_environment(load_environment(tfrecord_filename="a", tfrecord_validation="a"))
    assert "must differ" in told[0]
    assert check_environment(load_environment()) == []
