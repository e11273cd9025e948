"""A filter learned by ridge regression: rows of windows, and one dense solve by NumPy."""

import numpy as np


def respond_by_loops(taps, features, margin):
    """One map: taps [k, k, C], features [n, n, C] -> [m, m]."""
    side, padded = len(taps), np.pad(features, ((margin, margin), (margin, margin), (0, 0)))
    cells = len(padded) - side + 1
    windows = [
        [padded[row : row + side, column : column + side] for column in range(cells)]
        for row in range(cells)
    ]
    return np.einsum("ijabc,abc->ij", np.array(windows), taps)


def design_matrix(features, side, margin):
    """Rows are the cells of the response, columns the taps."""
    units = np.eye(side * side * features.shape[-1])
    taps = units.reshape(-1, side, side, features.shape[-1])
    return np.array([respond_by_loops(one, features, margin).ravel() for one in taps]).T


def dense_solution(samples, side, margin, target, ridge):
    """The minimum of one target's samples: [k * k, C]."""
    features, labels, weights = (np.float64(part[target]) for part in samples)
    rows = [design_matrix(one, side, margin) for one in features]
    normal = sum(a * x.T @ x for a, x in zip(weights, rows, strict=True))
    wanted = sum(a * x.T @ y.ravel() for a, x, y in zip(weights, rows, labels, strict=True))
    return np.linalg.solve(normal + ridge * np.eye(len(normal)), wanted).reshape(side**2, -1)
