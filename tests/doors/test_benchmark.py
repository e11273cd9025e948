"""The command: what it refuses, what it prints and writes; a whole run with a tiny network."""

import json
import re

import pytest

from src import benchmark
from src.base.errors import UserError
from src.benchmarking.parts import PARTS
from src.benchmarking.results import read_results, write_results
from src.parameters.command_line import call_door, door_parser
from tests.support.benchmark_examples import results, variant
from tests.support.helpers import make_clip
from tests.support.parameter_files import TINY

SMALLEST = TINY | {"filter_num": [4, 4, 4, 4, 4], "weights": ""}


def main(argv):
    call_door(benchmark, argv)


def tiny(folder):
    """Options of a tiny network with random weights on a clip of one's own."""
    make_clip(folder / "own" / "a", 6)
    values = {f"design.{key}": json.dumps(value) for key, value in SMALLEST.items()}
    values |= {"design.saver_folder": folder, "environment.root_dataset": folder}
    values |= {"evaluation.dataset": "own"}
    return [word for key, value in values.items() for word in ("--set", f"{key}={value}")]


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["--frames", "0"], "--frames 0: a whole number from 1 on"),
        (["--frames", "ten"], "--frames ten"),
        (["--steps", "3"], "add --training"),
        (["--training", "--frames", "3"], "add --tracking"),
        (["--also", "a:b:c"], "joined by colons"),
        (["--out", "parameters/run.json"], "exists already"),
        (["--out", "x.txt"], "ends in .json"),
        (["--design", "none.json"], "none.json"),
        (["--compare"], "takes two files"),
        (["--compare", "a.json"], "takes two files"),
        (["--compare", "a.json", "b.json", "--tracking"], "no other option"),
        (["--set", "run.gpu=1"], "no key 'gpu'"),
    ],
)
def test_wrong_options_are_told_before_anything_is_measured(argv, told, monkeypatch):
    monkeypatch.setattr("src.benchmarking.parts.run_apart", None)
    with pytest.raises(UserError) as refusal:
        main(argv)
    assert told in str(refusal.value)


def test_parts_and_counts_are_those_that_were_asked_for(monkeypatch, tmp_path, capsys):
    asked = []

    def fake(name, candidates, count):
        asked.append((name, [each.name for each in candidates], count))
        return results(variant(calls=1.0)).parts["tracking"]

    monkeypatch.setattr("src.benchmarking.parts.run_apart", fake)
    main([])
    also = ["--also", "hyperparams.z_lr=0"]
    main(["--training", "--tracking", "--steps", "7", "--out", str(tmp_path / "a.json"), *also])
    both = ["design", "design hyperparams.z_lr=0"]
    assert asked == [
        ("tracking", ["design"], 100),
        ("tracking", both, 100),
        ("training", both, 7),
    ]
    assert list(read_results(tmp_path / "a.json").parts) == ["tracking", "training"]
    assert capsys.readouterr().out.endswith(f"\nBenchmark: {tmp_path / 'a.json'}\n")


def test_help_tells_the_usual_counts_of_each_part():
    told = door_parser(benchmark).format_help()
    for row in PARTS.values():
        assert re.search(rf"--{row.count} N .*\(default: {row.usual}\)", told)


def test_two_results_are_compared(tmp_path, capsys):
    paths = [tmp_path / "a.json", tmp_path / "b.json"]
    for path, milliseconds in zip(paths, (4.0, 3.0), strict=True):
        write_results(path, results(variant(update=milliseconds)))
    main(["--compare", *map(str, paths)])
    assert "| tracking, d: update, ms | 4 | 3 | 0.750 |" in capsys.readouterr().out


def test_the_command_as_a_user_runs_it(tmp_path, run_module, run_here, refusal):
    out = tmp_path / "a.json"
    done = run_module("src.benchmark", "--frames", "3", "--out", out, *tiny(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    found = read_results(out)
    measures = found.parts["tracking"].variants[0].measures
    assert measures["update"].count == measures["bare_network"].count == 3
    assert measures["update"].unit == "ms" and measures["updates_per_second"].value > 0
    assert found.machine["cpu"] and found.parts["tracking"].process["tensorflow"]
    assert str(tmp_path) not in out.read_text()
    assert "**Tracking.**" in done.stdout
    for key in measures:
        assert f"| {key.replace('_', ' ')}" in done.stdout
    refusal(run_here("src.benchmark", "--frames", "3", "--out", out), "exists already")
