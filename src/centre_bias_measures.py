"""What responses tell about a network's bias to the middle of the search area."""

from dataclasses import dataclass

import numpy as np

from src.search_geometry import cell_displacements

CENTRE = 16.0  # crop pixels: how far from the middle, in x and in y, the centre reaches


@dataclass(frozen=True)
class Bias:
    """How a network responds to a test whose targets lie anywhere.

    Attributes:
        mean_response: float64 [n, n], 0...1, of every cell over all pairs.
        centre_share: Share of the mean response that lies in the centre, 0...1.
        found: Share of the targets whose highest cell is at most a stride away, 0...1.
        peaks_in_centre: Share of the highest cells that lie in the centre, 0...1.
    """

    mean_response: np.ndarray
    centre_share: float
    found: float
    peaks_in_centre: float


def measure_bias(response: np.ndarray, disp_crop: np.ndarray, stride: int) -> Bias:
    """Sums up the responses of one network.

    Args:
        response: float [N, n, n], 0...1, of the cells of each search crop; n odd.
        disp_crop: float [N, 2], (x, y) of the targets from the middles, crop pixels.
        stride: Crop pixels from cell to cell.

    Returns:
        The summary.
    """
    mean_response = response.mean(axis=0, dtype=np.float64)
    peaks_crop = _peaks(response, stride)
    error = np.linalg.norm(peaks_crop - disp_crop, axis=1)
    return Bias(
        mean_response,
        centre_share(mean_response, stride),
        float((error <= stride).mean()),
        float((np.abs(peaks_crop).max(axis=1) <= CENTRE).mean()),
    )


def centre_share(cells: np.ndarray, stride: int) -> float:
    """The share of a map [n, n], nowhere negative, that lies in the centre."""
    near = np.abs(cell_displacements(len(cells), stride)) <= CENTRE
    return float(cells[np.ix_(near, near)].sum() / cells.sum())


def mean_label(disp_crop: np.ndarray, cells: int, stride: int, radius: float) -> np.ndarray:
    """Where the test's targets are: the mean response of a network that knows.

    Args:
        disp_crop: float [N, 2], (x, y) of the targets from the middles, crop pixels.
        cells: Cells of an axis of the map, odd.
        stride: Crop pixels from cell to cell.
        radius: How far from a target its cells lie at most, crop pixels.

    Returns:
        float64 [cells, cells], of each cell the share of the pairs whose target it shows.
    """
    axis = cell_displacements(cells, stride)
    across, down = (axis - disp_crop[:, [place]] for place in (0, 1))
    squared = across[:, None, :] ** 2 + down[:, :, None] ** 2
    return (squared <= radius**2).mean(axis=0)


def _peaks(response: np.ndarray, stride: int) -> np.ndarray:
    """(x, y) of the highest cells from the middles, crop pixels: float64 [N, 2]."""
    axis = cell_displacements(response.shape[1], stride)
    row, column = np.divmod(response.reshape(len(response), -1).argmax(axis=1), len(axis))
    return np.stack([axis[column], axis[row]], axis=1)
