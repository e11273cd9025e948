import numpy as np
import pytest

from src.network.cross_correlation import kernel_correlation


def by_loops(kernels, search, outputs):
    batch, height, width, _ = kernels.shape
    channels = search.shape[3]
    rows, columns = search.shape[1] - height + 1, search.shape[2] - width + 1
    result = np.zeros((batch, rows, columns, outputs))
    for b in range(batch):
        for o in range(outputs):
            kernel = kernels[b, :, :, o * channels : (o + 1) * channels]
            for row in range(rows):
                for column in range(columns):
                    window = search[b, row : row + height, column : column + width]
                    result[b, row, column, o] = (window * kernel).sum()
    return result


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("outputs", [1, 4])
def test_equals_the_loops(batch, outputs):
    rng = np.random.default_rng(batch + outputs)
    kernels = rng.normal(size=(batch, 2, 3, outputs * 5)).astype(np.float32)
    search = rng.normal(size=(batch, 6, 7, 5)).astype(np.float32)
    expected = by_loops(kernels, search, outputs)
    np.testing.assert_allclose(kernel_correlation(kernels, search), expected, atol=1e-4)
