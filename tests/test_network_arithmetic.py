import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.network_arithmetic import embedding_sz, response_sz, score_sz, total_stride
from tests.parameter_files import load_design, load_hyperparams


def places(cells, window, stride):
    """How many windows fit, by laying them one after the other."""
    return sum(1 for first in range(0, cells, stride) if first + window <= cells)


@pytest.mark.parametrize(
    ("name", "z", "x", "score", "stride"),
    [
        ("design", 17, 49, 33, 4),
        ("design_baseline_conv5", 17, 49, 33, 4),
        ("design_alexnet_v1", 6, 22, 17, 8),
        ("design_alexnet_v2", 17, 49, 33, 4),
        ("design_alexnet_v3", 6, 22, 17, 8),
    ],
)
def test_sizes_of_the_shipped_designs(name, z, x, score, stride):
    design = load_design(name)
    assert embedding_sz(design, 127) == z
    assert embedding_sz(design, 255) == x
    assert score_sz(design) == score
    assert total_stride(design) == stride


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


@pytest.mark.parametrize(
    ("design", "up", "size"), [("design", 8, 257), ("design_alexnet_v1", 16, 257)]
)
def test_response_sizes(design, up, size):
    assert response_sz(load_design(design), load_hyperparams(response_up=up)) == size
