"""Choice of the best proposal: loops, and one rule at a time."""

import math

import numpy as np
import pytest

from src.anchors import make_anchors
from src.proposals import MAX_GROWTH, anchors_by_cell, best_of_cell, choose, read_proposals

RATIOS = (0.5, 1.0, 2.0)
CELLS, KINDS = 3, 3
ANCHORS = anchors_by_cell(CELLS, 8, (8.0,), RATIOS)
FLAT = np.ones((CELLS, CELLS))


def outputs_of(seed, batch=2):
    rng = np.random.default_rng(seed)
    return {
        "cls": rng.normal(size=(batch, CELLS, CELLS, 2 * KINDS)).astype(np.float32),
        "loc": rng.normal(size=(batch, CELLS, CELLS, 4 * KINDS)).astype(np.float32),
    }


def test_anchors_come_cell_by_cell():
    by_kind = make_anchors(CELLS, 8, (8.0,), RATIOS)
    for cell in range(CELLS**2):
        for kind in range(KINDS):
            expected = by_kind[kind * CELLS**2 + cell]
            np.testing.assert_array_equal(ANCHORS[cell * KINDS + kind], expected)


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


def padded(width, height):
    margin = (width + height) / 2
    return math.sqrt((width + margin) * (height + margin))


def choice_by_loops(outputs, example, target, window, influence, penalty_k):
    best = (-1.0,)
    for number, (logit, x, y, width, height) in enumerate(boxes_by_loops(outputs, example)):
        size = padded(width, height) / padded(*target)
        shape = (width / height) / (target[0] / target[1])
        change = max(size, 1 / size) * max(shape, 1 / shape)
        trust = math.exp(-penalty_k * (change - 1)) / (1 + math.exp(-logit))
        score = (1 - influence) * trust + influence * window.reshape(-1)[number // KINDS]
        best = max(best, (score, logit, x, y, width, height, trust))
    return best


@pytest.mark.parametrize("influence", [0.0, 0.4])
@pytest.mark.parametrize("penalty_k", [0.0, 0.2])
@pytest.mark.parametrize("seed", range(4))
def test_the_choice_equals_the_loops(seed, penalty_k, influence):
    outputs, target = outputs_of(seed), np.array([[40.0, 70.0], [60.0, 60.0]], np.float32)
    window = np.outer(np.hanning(CELLS + 2)[1:-1], np.hanning(CELLS + 2)[1:-1])
    proposals = read_proposals(outputs, ANCHORS)
    choice = choose(proposals, target, window, influence, penalty_k)
    for example in range(2):
        score, logit, *box, trust = choice_by_loops(
            outputs, example, target[example], window, influence, penalty_k
        )
        found = [*choice.centre_crop[example], *choice.size_crop[example]]
        np.testing.assert_allclose(found, box, rtol=1e-4)
        assert float(choice.logit[example]) == pytest.approx(logit, rel=1e-4)
        assert float(choice.trust[example]) == pytest.approx(trust, rel=1e-4)
        assert float(np.max(choice.response[example])) == pytest.approx(score, rel=1e-4)


def test_an_absurd_size_stays_finite():
    outputs = outputs_of(0)
    outputs["loc"] += 1000
    proposals = read_proposals(outputs, ANCHORS)
    assert np.isfinite(proposals.size_crop).all()
    assert np.max(proposals.size_crop) <= ANCHORS.max() * math.exp(MAX_GROWTH) * 1.001
    choice = choose(proposals, np.full((2, 2), 40, np.float32), FLAT, 0.4, 0.16)
    assert all(np.isfinite(part).all() for part in choice)


def test_the_best_of_each_cell():
    values = np.arange(2 * CELLS**2 * KINDS, dtype=np.float32).reshape(2, -1)
    best = best_of_cell(values, CELLS).numpy()
    np.testing.assert_array_equal(best, values.reshape(2, CELLS, CELLS, KINDS)[..., -1])
