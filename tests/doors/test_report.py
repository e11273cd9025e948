"""The command: a page, or one sentence; nothing that is no report is overwritten."""

import subprocess
import sys

import numpy as np
import pytest

from src import report
from src.base.errors import UserError
from src.evaluating.metrics import average_per_video, score
from src.parameters.command_line import call_door
from src.reporting.page import GENERATOR, Report
from src.reporting.writing import PAGE, PLOTS, report_evaluation
from tests.support.parameter_files import load_environment, load_evaluation
from tests.support.places import ROOT
from tests.support.report_folders import (
    Page,
    make_data_set,
    make_track,
    shifted,
    write_foreign,
    write_own,
)


def main(argv):
    call_door(report, argv)


@pytest.fixture
def truth(tmp_path):
    return make_data_set(tmp_path)


@pytest.fixture
def own(tmp_path, truth):
    return write_own(tmp_path, "Mine", {name: make_track(truth[name]) for name in truth})


@pytest.fixture
def quick(monkeypatch):
    """No drawing: a page that names the trackers."""

    def make_report(comparison, dataset):
        return Report(f"{GENERATOR} {[tracker.name for tracker in comparison.trackers]}", {})

    monkeypatch.setattr("src.reporting.page.make_report", make_report)


def refused(*arguments):
    with pytest.raises(UserError) as caught:
        main([str(argument) for argument in arguments])
    return str(caught.value)


def test_a_report_of_two_programs(tmp_path, truth, own, capsys):
    moved = {name: shifted(boxes, 5, 21) for name, boxes in truth.items()}
    other = write_foreign(tmp_path / "KCF", moved, ms=4)
    out = tmp_path / "new" / "report"
    main(["--out", str(out), str(own), f"Other={other}"])
    assert capsys.readouterr().out == f"Page: {out / PAGE}\n"
    mean = average_per_video([score(moved[n], truth[n], 20.0) for n in "ab"], ["a", "b"])
    _, first, second = Page((out / PAGE).read_text(encoding="utf-8")).tables["summary"]
    assert (first[0][0], second[0][0]) == ("Mine", "Other")
    assert second[4][0] == f"{mean.success_auc:.3f}" and second[-1][0] == "250.0"
    names = sorted(path.name for path in (out / PLOTS).iterdir())
    assert {"overlap_a.png", "overlap_b.png", "precision.png", "success.png"} <= set(names)


def test_other_programs_alone_need_the_parameters(tmp_path, truth, quick):
    other = write_foreign(
        tmp_path / "KCF", {n: b + np.array([1, 1, 0, 0]) for n, b in truth.items()}
    )
    out, place = tmp_path / "out", ["--set", f"environment.root_dataset={tmp_path}"]
    place += ["--set", "evaluation.dataset=clips"]
    assert "add --one-based KCF" in refused("--out", out, other, *place)
    assert "--one-based MIL: there is no such tracker" in refused(
        "--out", out, "--one-based", "MIL", other, *place
    )
    assert not out.exists()
    main(["--out", str(out), *place, "--one-based", "KCF", str(other)])
    assert "KCF" in (out / PAGE).read_text(encoding="utf-8")


def test_only_a_report_is_replaced(tmp_path, own, quick):
    out = tmp_path / "out"
    out.mkdir()
    main(["--out", str(out), str(own)])
    first = (out / PAGE).read_bytes()
    main(["--out", str(out), f"Renamed={own}"])
    assert (out / PAGE).read_bytes() != first and not list(out.glob("*.part"))
    (out / PAGE).write_text("<html>somebody's own page</html>")
    assert "is not empty" in refused("--out", out, own)
    assert (out / PAGE).read_text() == "<html>somebody's own page</html>"
    assert "is not empty" in refused("--out", own, own)
    assert "is a file" in refused("--out", own / "a.txt", own)
    assert "--out is missing" in refused(own)


def test_a_wrong_track_is_told_and_the_last_report_is_kept(tmp_path, truth, own, quick):
    out = tmp_path / "out"
    main(["--out", str(out), str(own)])
    before = (out / PAGE).read_bytes()
    other = write_foreign(tmp_path / "KCF", {"a": truth["a"][:5]})
    told = refused("--out", out, own, other)
    assert told == f"{other / 'a.txt'}: 5 rows for 8 frames; one row a frame is right"
    assert (out / PAGE).read_bytes() == before


@pytest.mark.parametrize("place", ["clips", "films", "camera"])
def test_the_track_of_a_film_is_told_beside_other_videos_alone_and_without_a_folder(
    tmp_path, truth, place
):
    (tmp_path / "films").mkdir()
    folder = write_own(
        tmp_path, "Mine", {"holiday": make_track(truth["a"])}, dataset=str(tmp_path / place)
    )
    for end in (".csv", ".json"):
        (folder / f"holiday{end}").write_text("0")
    for given in (folder, folder / "holiday.json", f"Me={folder / 'holiday.csv'}"):
        told = refused("--out", tmp_path / "out", given)
        assert "is the track of a video file, camera or stream" in told
        assert told.endswith("holiday.csv and holiday.json hold its numbers")
    assert not (tmp_path / "out").exists()


def test_two_trackers_of_one_name_end_with_one_sentence(tmp_path, own, refusal):
    command = [sys.executable, "-m", "src.report", "--out", str(tmp_path / "out")]
    command += [str(own), f"Mine={own}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    refusal(done, "both trackers are called Mine", "NAME=FOLDER")
    assert not (tmp_path / "out").exists()


def test_an_evaluation_gets_its_report_beside_the_results(tmp_path, own, capsys, quick):
    env = load_environment(root_dataset=str(tmp_path))
    before = {path.name: path.read_bytes() for path in own.iterdir()}
    report_evaluation(own, env, load_evaluation(dataset="clips"))
    assert capsys.readouterr().out == f"Page: {own / PAGE}\n"
    assert {name: (own / name).read_bytes() for name in before} == before
    report_evaluation(own, env, load_evaluation(dataset="clips"))
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("error", [RuntimeError("no font"), UserError("no frame"), OSError("full")])
def test_a_report_that_fails_is_a_warning(tmp_path, own, capsys, monkeypatch, error):
    def fail(*arguments):
        raise error

    monkeypatch.setattr("src.reporting.writing.compare", fail)
    report_evaluation(own, load_environment(), load_evaluation())
    told = capsys.readouterr().err
    assert told.startswith(f"warning: {own / PAGE} was not written: ") and str(error) in told
    assert not (own / PAGE).exists()


def test_a_page_of_somebody_else_beside_results_is_kept(tmp_path, own, capsys):
    (own / PAGE).write_text("mine")
    report_evaluation(own, load_environment(), load_evaluation())
    assert "is not overwritten" in capsys.readouterr().err
    assert (own / PAGE).read_text() == "mine"
