"""The table of parts, and what stands around each of them."""

from src.benchmarking import parts as benchmark_parts
from src.benchmarking.parts import PARTS, Row, run_apart, run_part
from tests.support.benchmark_examples import candidate, variant


def row():
    def measure(candidates, count, folder):
        assert folder.is_dir()
        (folder / "left.txt").write_text("x")
        told.append(folder)
        return [variant(calls=float(count))], [candidates[0].name]

    told = []
    return Row("calls", 3, 1, told.append, measure), told


def test_a_part_is_prepared_measured_and_tidied_up(monkeypatch):
    fake, told = row()
    monkeypatch.setitem(PARTS, "fake", fake)
    one = candidate()
    part = run_part("fake", [one], 7)
    assert told[0] is one.parameters[2] and not told[1].exists()
    assert part.notes == ("tiny",) and part.variants[0].measures["calls"].value == 7
    assert part.peak_mb > 10


def test_a_part_runs_in_a_process_of_its_own(monkeypatch):
    calls = []
    monkeypatch.setattr(
        benchmark_parts, "in_processes", lambda function, given: calls.append(given) or ["part"]
    )
    assert run_apart("training", ["one"], 50) == "part"
    assert calls == [[("training", ["one"], 50)]]


def test_options_of_the_parts_are_their_own():
    counts = [each.count for each in PARTS.values()]
    assert len(set(counts)) == len(counts) and not set(counts) & set(PARTS)
    assert all(each.least <= each.usual for each in PARTS.values())


def test_training_is_prepared_as_the_script_does(monkeypatch):
    done = []
    monkeypatch.setattr("src.base.imports.use_devices", done.append)
    monkeypatch.setattr("src.base.imports.make_repeatable", lambda: done.append("repeatable"))
    run = candidate(run={"gpus": [1]}).parameters[2]
    PARTS["training"].prepare(run)
    PARTS["tracking"].prepare(run)
    assert done == [(1,), "repeatable", (1,)]
