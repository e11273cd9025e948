"""A long track costs no trace and no memory, and a tracker gives back what it took."""

import gc
import resource
import weakref
from pathlib import Path

import numpy as np
import pytest

from src.network.siamese import build_network
from src.tracking.loading import make_tracker
from tests.support.parameter_files import TINY, load_design, load_hyperparams

STATM = Path("/proc/self/statm")
UPDATES, WARM_UP = 2000, 200
# 4 kB an update: less than half of the smallest frame (9 kB), and so of any frame, crop (194 kB) or
# response that somebody keeps; five times what allocators were seen to add
GROWTH_MB = 8
SIZES_WH = ((64, 48), (48, 64), (90, 60))
SMALL = {"filter_num": [4] * 5, "exemplar_sz": 95, "search_sz": 127, "score_sz": 5}
FILTER = {"filter_share": 1.0, "filter_weight": 10.0}


def resident_mb():
    """Resident size now, MB; the largest so far where the system does not tell it."""
    if not STATM.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    return int(STATM.read_text(encoding="ascii").split()[1]) * resource.getpagesize() / 1e6


def test_two_thousand_updates_cost_no_trace_and_no_memory():
    design = load_design(**TINY | SMALL, weights="")
    hp = load_hyperparams(scale_num=1, response_up=4, z_lr=0.01)  # the template rolls on
    tracker = make_tracker(build_network(design, seed=0), design, hp, constant_weights=True)
    rng = np.random.default_rng(0)
    frames = [rng.integers(0, 256, (h, w, 3)).astype(np.uint8) for w, h in SIZES_WH]
    tracker.init(frames[0], np.array([20.0, 15.0, 12.0, 10.0]))
    for index in range(UPDATES):
        if index == WARM_UP:
            gc.collect()
            warm = resident_mb()
        result = tracker.update(frames[index % len(frames)])
    gc.collect()
    assert resident_mb() - warm < GROWTH_MB
    assert np.isfinite(result.box_ltwh).all()
    assert tracker.start.experimental_get_tracing_count() == 1
    assert tracker.advance.experimental_get_tracing_count() == 1


@pytest.mark.parametrize(
    ("design", "hp"),
    [
        (load_design(**TINY | SMALL), load_hyperparams()),
        (
            load_design("design_siamrpn_lite0"),
            load_hyperparams("hyperparams_siamrpn_lite0", **FILTER),
        ),
    ],
    ids=lambda given: getattr(given, "method", ""),
)
def test_of_a_tracker_that_is_gone_no_graph_is_left(design, hp):
    tracker = make_tracker(build_network(design, seed=0), design, hp, constant_weights=True)
    graphs = [
        weakref.ref(function.get_concrete_function().graph)
        for function in (tracker.start, tracker.advance)
    ]
    del tracker
    gc.collect()
    assert [graph() for graph in graphs] == [None, None]
