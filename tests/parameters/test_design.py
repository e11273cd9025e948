"""What a design may say; `tests/test_design_checks.py` has what its keys must be to each other."""

import json

import pytest
from pydantic import ValidationError

from src.parameters.design import Design
from src.parameters.design_checks import BACKBONE_KEYS
from tests.support.parameter_files import FOLDER, load_design

FILES = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted(FOLDER.glob("design*.json"))
}


def test_keys_that_are_younger_than_the_files_keep_their_networks():
    # a file without them means AlexNet, nothing around the exemplar, everything learns
    required = {key for key, info in Design.model_fields.items() if info.is_required()}
    old = Design.model_validate_json(json.dumps({key: FILES["design"][key] for key in required}))
    assert old.backbone == "alexnet"
    assert (old.exemplar_margin, old.template_cells, old.levels) == (0, None, ())
    assert (old.frozen_blocks, old.freeze_batch_norm) == (0, False)
    assert (old.weights, old.initial_weights) == ("", "")


def test_the_shipped_designs_together_list_every_key():
    assert set().union(*FILES.values()) == set(Design.model_fields)


@pytest.mark.parametrize("name", FILES)
def test_a_shipped_design_lists_the_keys_of_its_backbone_and_no_others(name):
    backbone = FILES[name].get("backbone", "alexnet")
    listed = {key for keys in BACKBONE_KEYS.values() for key in keys} & set(FILES[name])
    assert listed == set(BACKBONE_KEYS[backbone])


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("backbone", "vgg", "'alexnet', 'efficientnet_lite' or 'resnet'"),
        ("join_method", "sum", "'rpn_depthwise', 'rpn_levels' or 'rpn_fused'"),
        ("windowing", "hann", "'cosine_sum', 'cosine' or 'uniform'"),
        ("score_scaling", "none", "'batch_norm' or 'gain_bias'"),
        ("exemplar_sz", 128, "odd"),
        ("exemplar_margin", -1, "greater than or equal to 0"),
        ("exemplar_margin", 8.5, "integer"),
        ("template_cells", 4, "odd"),
        ("template_cells", 0, "greater than or equal to 1"),
        ("levels", [10, -1], "greater than or equal to 0"),
        ("levels", 10, "array"),
        ("anchor_ratios", [], "at least 1 item"),
        ("stem_filters", 0, "greater than or equal to 1"),
        ("frozen_blocks", -1, "greater than or equal to 0"),
        ("freeze_batch_norm", 1, "boolean"),
        ("channel", 1, "3"),
        ("context", 2.5, "less than or equal to 2"),
        ("bn_momentum", 1.0, "less than 1"),
        ("dilation", 2, "Extra inputs are not permitted"),
    ],
)
def test_values_out_of_range_are_refused(key, value, words):
    with pytest.raises(ValidationError) as refused:
        load_design("design_efficientnet_lite0", **{key: value})
    (error,) = refused.value.errors()
    assert error["loc"][0] == key
    assert words in error["msg"]


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("template_cells", None, None),
        ("template_cells", 7, 7),
        ("levels", [], ()),
        ("levels", [10, 5], (10, 5)),
        ("exemplar_margin", 0, 0),
        ("pad_with_image_mean", 0, False),
    ],
)
def test_values_in_range_are_taken(key, value, expected):
    assert getattr(load_design("design_efficientnet_lite0", **{key: value}), key) == expected


def test_a_design_does_not_change():
    with pytest.raises(ValidationError):
        load_design().exemplar_margin = 8
