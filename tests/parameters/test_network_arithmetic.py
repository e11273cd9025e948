import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from src.network.backbones import BACKBONES
from src.parameters.network_arithmetic import (
    ARITHMETIC,
    embedding_sz,
    exemplar_crop_sz,
    filter_margin,
    is_padded,
    response_sz,
    score_sz,
    template_sz,
    total_stride,
)
from tests.support.parameter_files import TINY, load_design, load_hyperparams


def places(cells, window, stride):
    """How many windows fit, by laying them one after the other."""
    return sum(1 for first in range(0, cells, stride) if first + window <= cells)


@pytest.mark.parametrize(
    ("name", "crop", "z", "template", "x", "score", "stride"),
    [
        ("design", 127, 17, 17, 49, 33, 4),
        ("design_baseline_conv5", 127, 17, 17, 49, 33, 4),
        ("design_alexnet_v1", 127, 6, 6, 22, 17, 8),
        ("design_alexnet_v2", 127, 17, 17, 49, 33, 4),
        ("design_alexnet_v3", 127, 6, 6, 22, 17, 8),
        ("design_efficientnet_lite0", 193, 13, 5, 17, 13, 16),
    ],
)
def test_sizes_of_the_shipped_designs(name, crop, z, template, x, score, stride):
    design = load_design(name)
    assert exemplar_crop_sz(design) == crop
    assert embedding_sz(design, crop) == z
    assert template_sz(design) == template
    assert embedding_sz(design, design.search_sz) == x
    assert score_sz(design) == score
    assert total_stride(design) == stride


@pytest.mark.parametrize(
    ("changes", "template", "score"),
    [
        ({"exemplar_margin": 4}, 19, 31),
        ({"exemplar_margin": 4, "template_cells": 17}, 17, 33),
        ({"template_cells": 15}, 15, 35),
    ],
)
def test_margin_and_middle_cells_change_the_template_alone(changes, template, score):
    design = load_design(**changes)
    assert exemplar_crop_sz(design) == 127 + 2 * design.exemplar_margin
    assert template_sz(design) == template
    assert score_sz(design) == score
    assert embedding_sz(design, 127) == 17


@given(
    st.integers(60, 300),
    st.lists(st.integers(1, 7), min_size=3, max_size=3),
    st.lists(st.integers(1, 3), min_size=3, max_size=3),
    st.lists(st.tuples(st.integers(1, 4), st.integers(0, 3)), min_size=3, max_size=3),
)
def test_the_embedding_equals_windows_laid_out_one_by_one(size, filters, strides, pools):
    design = load_design(
        filter_w=filters,
        filter_h=filters,
        filter_num=[4, 4, 4],
        conv_stride=strides,
        filter_groups=[1, 1, 1],
        batch_norm=[False] * 3,
        relu=[True] * 3,
        pool_sz=[window for window, _ in pools],
        pool_stride=[stride for _, stride in pools],
    )
    cells = size
    for window, stride, (pool, pool_stride) in zip(filters, strides, pools, strict=True):
        cells = places(cells, window, stride)
        if pool_stride:
            cells = places(cells, pool, pool_stride)
    assert max(embedding_sz(design, size), 0) == cells


LITE = "design_efficientnet_lite0"
# a network of few weights for each backbone and each stride it can have
SMALL = [
    ("design", {"filter_num": [2] * 5}),
    ("design", TINY | {"filter_num": [2] * 5}),
    (LITE, {"levels": [2], "tot_stride": 4}),
    (LITE, {"levels": [3], "tot_stride": 8}),
    (LITE, {"levels": [5], "tot_stride": 8}),
    (LITE, {"levels": [5], "tot_stride": 16}),
    ("design_siamrpn_pp", {"levels": [2], "stage_blocks": [1] * 4, "stem_filters": 2}),
]


@pytest.fixture(scope="module", params=SMALL)
def small(request):
    name, changes = request.param
    design = load_design(name, **changes)
    return design, BACKBONES[design.backbone](design)


@settings(max_examples=12)
@given(height=st.integers(90, 150), width=st.integers(90, 150))
def test_arithmetic_agrees_with_the_network(small, height, width):
    design, network = small
    [level] = network(tf.zeros([1, height, width, 3]), training=False)
    assert tuple(level.shape[1:3]) == (embedding_sz(design, height), embedding_sz(design, width))
    assert network.strides == (total_stride(design),)


def test_every_backbone_has_its_arithmetic():
    designs = [load_design(name, **changes) for name, changes in SMALL]
    assert set(ARITHMETIC) == set(BACKBONES) == {design.backbone for design in designs}
    assert {design.backbone for design in designs if is_padded(design)} == {"efficientnet_lite"}


@pytest.mark.parametrize(
    ("design", "up", "size"),
    [("design", 8, 257), ("design_alexnet_v1", 16, 257), ("design_efficientnet_lite0", 16, 193)],
)
def test_response_sizes(design, up, size):
    assert response_sz(load_design(design), load_hyperparams(response_up=up)) == size


@pytest.mark.parametrize(
    ("name", "cells", "margin"),
    [
        ("design_siamrpn_lite0", 5, 2),
        ("design_siamrpn_lite0", 4, 1.5),
        ("design_efficientnet_lite0", 5, 0),
        ("design_efficientnet_lite0", 7, 1),
        ("design_alexnet_v1", 6, 0),
        ("design_alexnet_v1", 4, -1),
    ],
)
def test_a_filter_has_as_many_cells_around_it_as_the_score_map_needs(name, cells, margin):
    assert filter_margin(load_design(name), cells) == margin
