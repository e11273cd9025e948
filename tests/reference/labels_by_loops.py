"""Label maps by visiting every cell."""

import math

import numpy as np


def radius_label_by_loops(cells, stride, disp_xy, radius):
    label = np.zeros((cells, cells))
    for row in range(cells):
        for column in range(cells):
            x = (column - (cells - 1) / 2) * stride - disp_xy[0]
            y = (row - (cells - 1) / 2) * stride - disp_xy[1]
            label[row, column] = math.hypot(x, y) <= radius
    return label


def balanced_weights_by_loops(label):
    weights = np.zeros_like(label)
    for row in range(label.shape[0]):
        for column in range(label.shape[1]):
            same = (label == label[row, column]).sum()
            weights[row, column] = 0.5 / same
    return weights
