"""What every key of a design shapes: files on disk hold just these keys."""

import pytest

from src.parameters.design import (
    EXPORT,
    LEARNING,
    LENGTH,
    PLACES,
    RECORDS,
    TRACKS,
    WEIGHTS,
    Design,
    keys_of,
)
from src.parameters.design_checks import BACKBONE_KEYS
from src.parameters.models import Environment

EXPECTED = {
    WEIGHTS: {
        *("method", "backbone", "join_method", "exemplar_sz", "exemplar_margin", "template_cells"),
        *("search_sz", "tot_stride", "context", "channel", "bn_epsilon", "score_scaling"),
        *("score_gain", "neck_channels", "anchor_scales", "anchor_ratios", "box_coding"),
        *("head_channels", "cosine_cells", "levels", "stage_blocks", "stem_filters"),
        *("filter_w", "filter_h", "filter_num", "conv_stride", "filter_groups", "batch_norm"),
        *("relu", "pool_sz", "pool_stride"),
    },
    LEARNING: {
        *("batch_size", "num_epochs", "num_steps", "net", "initial_weights", "frozen_blocks"),
        *("freeze_batch_norm", "bn_momentum"),
    },
    LENGTH: {"num_epochs", "num_steps"},
    RECORDS: {
        *("exemplar_sz", "search_sz", "context", "pad_with_image_mean", "resize_width"),
        *("resize_height", "channel"),
    },
    TRACKS: {
        *("method", "backbone", "join_method", "net", "net_gray", "weights", "initial_weights"),
        *("windowing", "exemplar_sz", "exemplar_margin", "template_cells", "search_sz"),
        *("score_sz", "tot_stride", "context", "crop_alignment", "pad_with_image_mean"),
        *("channel", "levels", "stage_blocks", "stem_filters", "neck_channels", "box_coding"),
        *("head_channels", "cosine_cells", "anchor_scales", "anchor_ratios", "frozen_blocks"),
        *("freeze_batch_norm", "filter_w", "filter_h", "filter_num", "conv_stride"),
        *("filter_groups", "batch_norm", "relu", "pool_sz", "pool_stride", "bn_epsilon"),
        *("score_scaling", "score_gain"),
    },
    EXPORT: {"context", "crop_alignment", "pad_with_image_mean", "windowing"},
    PLACES: {
        "net",
        "net_gray",
        "weights",
        "initial_weights",
        "saver_folder",
        "path_ckpt",
        "hyperparams",
    },
}


@pytest.mark.parametrize("shape", EXPECTED)
def test_these_keys_shape_it_and_no_others(shape):
    assert keys_of(Design, shape) == EXPECTED[shape]


@pytest.mark.parametrize("key", Design.model_fields)
def test_every_key_says_what_it_shapes(key):
    shapes = (Design.model_fields[key].json_schema_extra or {}).get("shapes", [])
    assert shapes and set(shapes) <= set(EXPECTED)
    assert len(shapes) == len(set(shapes))


def test_keys_of_a_backbone_shape_weights():
    assert {key for keys in BACKBONE_KEYS.values() for key in keys} <= keys_of(Design, WEIGHTS)


def test_a_model_whose_keys_say_nothing_has_none():
    assert keys_of(Environment, TRACKS) == set()
