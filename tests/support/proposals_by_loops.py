"""Proposals of anchors, one at a time."""

import math

import numpy as np

from src.network.box_coding import anchors_by_cell

RATIOS = (0.5, 1.0, 2.0)
CELLS, KINDS = 3, 3
ANCHORS = anchors_by_cell(CELLS, 8, (8.0,), RATIOS)


def outputs_of(seed, batch=2):
    rng = np.random.default_rng(seed)
    return {
        "cls": rng.normal(size=(batch, CELLS, CELLS, 2 * KINDS)).astype(np.float32),
        "loc": rng.normal(size=(batch, CELLS, CELLS, 4 * KINDS)).astype(np.float32),
    }


def boxes_by_loops(outputs, example):
    """(logit, x, y, width, height) of every anchor."""
    for row in range(CELLS):
        for column in range(CELLS):
            cls, loc = outputs["cls"][example, row, column], outputs["loc"][example, row, column]
            for kind in range(KINDS):
                x, y, width, height = ANCHORS[(row * CELLS + column) * KINDS + kind]
                dx, dy, dw, dh = (loc[part * KINDS + kind] for part in range(4))
                logit = cls[KINDS + kind] - cls[kind]
                size = (width * math.exp(dw), height * math.exp(dh))
                yield (logit, x + dx * width, y + dy * height, *size)
