"""The contrast loss and its label, cell by cell, in plain Python."""

import math

import numpy as np


def share_by_loops(cells, stride, disp_xy, scales, sigma, scale_sigma):
    """A Gaussian about the target in place and about 1 in the logarithm of scale; sums to 1."""
    share = np.zeros((len(scales), cells, cells))
    for number, scale in enumerate(scales):
        for row in range(cells):
            for column in range(cells):
                x = (column - (cells - 1) / 2) * stride - disp_xy[0]
                y = (row - (cells - 1) / 2) * stride - disp_xy[1]
                in_place = math.exp(-(x * x + y * y) / (2 * sigma**2))
                in_scale = math.exp(-(math.log(scale) ** 2) / (2 * scale_sigma**2))
                share[number, row, column] = in_place * in_scale
    return share / share.sum()


def loss_by_loops(scaled, others, share, videos, positive):
    """Mean over the pairs of how far the softmax of an exemplar's logits is from its label, nats.

    `scaled`, `share`: [pairs, scales, cells, cells]; `others`: [pairs, pairs, cells, cells].
    """
    pairs, total = len(scaled), 0.0
    for pair in range(pairs):
        if not positive[pair]:
            continue
        own = [float(logit) for logit in scaled[pair].flat]
        rivals = list(own)
        for other in range(pairs):
            if videos[other] != videos[pair]:
                rivals += [float(logit) for logit in others[pair, other].flat]
        highest = max(rivals)
        log_sum = highest + math.log(sum(math.exp(logit - highest) for logit in rivals))
        for part, logit in zip(share[pair].flat, own, strict=True):
            if part > 0:
                total += part * (math.log(part) - (logit - log_sum))
    return total / pairs
