import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.parameters.network_arithmetic import (
    BLOCKS,
    STEM_CHANNELS,
    STEM_STRIDE,
    level_strides,
    walk,
)

FULL = [1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1]


@pytest.mark.parametrize("tot_stride", [16, 17, 31, 32, 64])
def test_the_full_network_strides_to_16_and_never_dilates(tot_stride):
    assert walk(tot_stride) == [(stride, 1) for stride in FULL]
    assert level_strides(tot_stride) == [2, 4, 4, 8, 8, 16, 16, 16, 16, 16, 16]


@pytest.mark.parametrize("tot_stride", [8, 12, 15])
def test_at_stride_8_the_blocks_behind_the_last_stride_dilate(tot_stride):
    before = [(1, 1), (2, 1), (1, 1), (2, 1), (1, 1)]
    assert walk(tot_stride) == [*before, (1, 1), *[(1, 2)] * 5]
    assert level_strides(tot_stride) == [2, 4, 4, 8, 8, 8, 8, 8, 8, 8, 8]


def test_at_stride_4_they_dilate_twice():
    before = [(1, 1), (2, 1), (1, 1)]
    assert walk(4) == [*before, (1, 1), (1, 2), (1, 2), *[(1, 4)] * 5]
    assert level_strides(4) == [2, *[4] * 10]


def test_the_table_of_blocks_is_lite0s():
    """EfficientNet-Lite does not scale stem and first stages: EfficientNet-B0, table 1."""
    assert (STEM_CHANNELS, STEM_STRIDE) == (32, 2)
    assert [shape.channels for shape in BLOCKS] == [16, 24, 24, 40, 40, 80, 80, 80, 112, 112, 112]
    assert [shape.kernel for shape in BLOCKS] == [3, 3, 3, 5, 5, 3, 3, 3, 5, 5, 5]


def pixels_seen(tot_stride, level):
    """Places of the crop's row that cell 0 of a level sees, by going back through the layers."""
    seen = {0}
    for shape, step in reversed(list(zip(BLOCKS, walk(tot_stride), strict=True))[: level + 1]):
        reach = range(-(shape.kernel // 2), shape.kernel // 2 + 1)
        seen = {cell * step.stride + tap * step.dilation for cell in seen for tap in reach}
    return {2 * cell + tap for cell in seen for tap in (-1, 0, 1)}


def test_the_last_level_sees_339_pixels():
    # 3 of the stem, then 4, 4, 8, 16, 32, 16, 32, 32, 64, 64, 64 more
    assert pixels_seen(16, 10) == set(range(-169, 170))


@given(st.integers(2, 40), st.integers(0, 10))
def test_a_cell_sees_the_same_pixels_at_every_stride(tot_stride, level):
    assert pixels_seen(tot_stride, level) == pixels_seen(16, level)
    strides = level_strides(tot_stride)
    assert strides == sorted(strides)
    assert strides[level] <= tot_stride
    assert strides[level] * 2 > tot_stride or strides[level] == level_strides(16)[level]
