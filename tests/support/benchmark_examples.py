"""Benchmark results that nobody measured, tiny candidates, and clocks that tell what they shall."""

import itertools

from src.benchmarking.results import Candidate, Measure, Part, Results, Variant
from src.parameters.parse_arguments import Parameters
from tests.support.parameter_files import (
    TINY,
    load_design,
    load_environment,
    load_evaluation,
    load_hyperparams,
    load_run,
)

MACHINE = {"cpu": "Z80", "cores": 1, "affinity": 1, "load": 0.5, "cpu_flags": ["avx2"]}


def candidate(name="tiny", run=None, env=None, evaluation=None, hp=None, **design):
    """A candidate with a tiny network and random weights."""
    smallest = TINY | {"filter_num": [4, 4, 4, 4, 4], "weights": "", "saver_folder": "nowhere"}
    parameters = Parameters(
        load_hyperparams(**(hp or {})),
        load_evaluation(**(evaluation or {})),
        load_run(**(run or {})),
        load_environment(**(env or {})),
        load_design(**(smallest | design)),
    )
    return Candidate(name, parameters)


# a filter that learns in every second update
FILTER = {"z_lr": 0.0, "filter_weight": 2.0, "filter_cells": 6}
# few steps: what many make of random features hangs on the last bits
FILTER |= {"filter_every": 2, "filter_pasted": 2, "filter_first_steps": 3, "filter_steps": 2}


def filter_candidate(name="filter", **others):
    """The tiny network with a filter that learns the target."""
    return candidate(name, hp=FILTER, **others)


def rpn_candidate(name="rpn", run=None, env=None, evaluation=None):
    """The same of SiamRPN."""
    parameters = Parameters(
        load_hyperparams("hyperparams_siamrpn_dw"),
        load_evaluation(**(evaluation or {})),
        load_run(**(run or {})),
        load_environment(**(env or {})),
        load_design("design_siamrpn_dw", filter_num=[4, 8, 6, 8, 8], saver_folder="nowhere"),
    )
    return Candidate(name, parameters)


def ticking_clock():
    """A clock that is a second later at every look."""
    ticks = itertools.count()
    return lambda: float(next(ticks))


def variant(name="d", stride=8, precision="float32", **values):
    """A variant with one measure in ms for each value."""
    measures = {
        key: Measure(unit="ms", value=value, p95=2 * value, count=5)
        for key, value in values.items()
    }
    return Variant(
        name=name,
        precision=precision,
        design={"tot_stride": stride},
        hyperparams={"z_lr": 0.0},
        measures=measures,
    )


def results(*variants, name="tracking", commit="abc"):
    """A benchmark of one part."""
    part = Part(
        notes=("four frames",),
        variants=variants,
        process={"tensorflow": "2"},
        peak_mb=100,
    )
    return Results(commit=commit, machine=MACHINE, parts={name: part})
