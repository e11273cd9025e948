"""Tables and comparisons, word for word."""

from pathlib import Path

import pytest

from src.base.errors import UserError
from src.benchmarking.parts import compare, markdown
from src.benchmarking.results import Measure, Results
from tests.support.benchmark_examples import MACHINE, results, variant

PATHS = (Path("a.json"), Path("b.json"))


def test_the_table():
    first = variant("one", crop=2.0, mean_colour=0.0)
    speed = Measure(unit="1/s", value=1234.5, least=10.26, most=99.96, count=3)
    second = variant("two", precision="bfloat16", crop=0.000123)
    second = second.model_copy(update={"measures": second.measures | {"updates_per_second": speed}})
    assert markdown(results(first, second)).splitlines() == [
        "Commit abc; cpu Z80, cores 1, affinity 1, load 0.5; avx2. In brackets: the 95th "
        "percentile of times in ms, the range of the rounds of all else.",
        "",
        "**Tracking.** four frames; Peak memory 100 MB; tensorflow 2.",
        "",
        "| measure | one (float32) | two (bfloat16) |",
        "| --- | --- | --- |",
        "| crop, ms | 2 (4) | 0.00012 (0.00025) |",
        "| mean colour, ms | 0 (0) | - |",
        "| updates per second, 1/s | - | 1,234 (10.3 to 100.) |",
    ]


def test_ratios_are_of_the_second_to_the_first():
    before = results(variant("d", crop=2.0, update=8.0, mean_colour=0.0), commit="old")
    after = results(
        variant("d", precision="bfloat16", crop=1.0, update=10.0, mean_colour=1.0, new=3.0),
        commit="new",
    )
    told = compare(PATHS, [before, after]).splitlines()
    assert told[0].startswith("A: Commit old; cpu Z80") and told[1].startswith("B: Commit new")
    assert told[2:] == [
        'tracking, d, from A to B: precision "float32", now "bfloat16"',
        "",
        "| measure | A | B | B/A |",
        "| --- | --- | --- | --- |",
        "| tracking, d: crop, ms | 2 | 1 | 0.500 |",
        "| tracking, d: update, ms | 8 | 10 | 1.250 |",
        "| tracking, d: mean colour, ms | 0 | 1 | - |",
        "| tracking: peak memory, MB | 100 | 100 | 1.000 |",
    ]


def test_other_designs_are_not_compared():
    pair = [results(variant("v1", crop=1.0)), results(variant("lite", stride=16, crop=1.0))]
    with pytest.raises(UserError, match=r"a\.json \(v1\) and b\.json \(lite\): .*other designs"):
        compare(PATHS, pair)
    more = results(variant("v1", crop=1.0), variant("v1", crop=1.0))
    with pytest.raises(UserError, match="other designs"):
        compare(PATHS, [pair[0], more])


def test_other_parts_are_not_compared():
    pair = [results(variant(crop=1.0)), results(variant(step=1.0), name="training")]
    with pytest.raises(UserError, match=r"has tracking and b\.json training: no part"):
        compare(PATHS, pair)


def test_an_unknown_commit_and_an_old_processor():
    bare = Results(commit=None, machine={"cpu": MACHINE["cpu"]}, parts={})
    assert markdown(bare).startswith("Commit unknown; cpu Z80; no AVX.")
