import io
import sys

import pytest

from src.base.progress import ProgressLines, progress
from tests.support.helpers import complaints


class Terminal(io.StringIO):
    def isatty(self):
        return True


def lines_of(seconds, **options):
    """Lines of a work whose clock shows `seconds`, the first at its beginning."""
    options = {"iterable": None, "total": 200, "desc": "records", "unit": "pair"} | options
    return ProgressLines(**options, clock=iter(seconds).__next__)


def test_a_bar_is_shown_on_terminals(monkeypatch):
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    assert list(progress([1, 2, 3], total=3, desc="frames", unit="frame")) == [1, 2, 3]
    assert "frames" in stream.getvalue() and "\r" in stream.getvalue()


@pytest.mark.parametrize("stream", [Terminal, io.StringIO])
def test_work_done_before_is_counted(monkeypatch, stream):
    monkeypatch.setattr(sys, "stderr", stream())
    with progress(total=10, initial=7, desc="steps", unit="step") as bar:
        bar.update()
        assert bar.n == 8


@pytest.mark.parametrize("stream", [Terminal, io.StringIO])
def test_the_end_may_be_unknown(monkeypatch, stream):
    monkeypatch.setattr(sys, "stderr", stream())
    with progress(total=None, desc="frames", unit="frame") as bar:
        bar.update()
        assert bar.total is None


def test_elsewhere_lines_are_written(capsys):
    assert isinstance(progress([1], total=1, desc="frames", unit="frame"), ProgressLines)


def test_work_that_is_soon_done_says_nothing(capsys):
    with lines_of([0, 5, 9.9]) as bar:
        bar.update()
        bar.update()
    assert capsys.readouterr().err == ""


def test_a_line_every_ten_seconds_tells_share_rate_and_time_left(capsys):
    with lines_of([100, 104, 110, 119, 125]) as bar:
        for n in (20, 20, 40, 45):
            bar.update(n)
    assert capsys.readouterr().err == (
        "records: 20% (40 of 200 pairs), 4.0 pairs/s, 0:40 left\n"
        "records: 62% (125 of 200 pairs), 5.0 pairs/s, 0:15 left\n"
    )


def test_what_was_done_before_is_not_counted_in_the_rate(capsys):
    lines_of([0, 10], initial=100).update(50)
    assert capsys.readouterr().err == "records: 75% (150 of 200 pairs), 5.0 pairs/s, 0:10 left\n"


def test_slow_work_long_work_and_further_numbers(capsys):
    bar = lines_of([0, 40, 80], total=101)
    bar.set_postfix({"loss": 0.25, "lr": 0.01000001})
    bar.update()
    bar.update(0)
    assert capsys.readouterr().err == (
        "records: 1% (1 of 101 pairs), 40.0 s/pair, 1:06:40 left, loss 0.25, lr 0.01\n"
        "records: 1% (1 of 101 pairs), 80.0 s/pair, 2:13:20 left, loss 0.25, lr 0.01\n"
    )


def test_without_an_end_or_a_rate_nothing_is_left_to_tell(capsys):
    lines_of([0, 10], total=None).update(30)
    lines_of([0, 10]).update(0)
    assert capsys.readouterr().err == (
        "records: 30 pairs, 3.0 pairs/s\nrecords: 0% (0 of 200 pairs), 0.0 pairs/s\n"
    )


def test_what_is_gone_through_comes_out_as_it_is(capsys):
    bar = lines_of([0, 1, 2, 13], iterable=["a", "b", "c"], total=3)
    assert list(bar) == ["a", "b", "c"] and bar.n == 3
    assert capsys.readouterr().err == "records: 100% (3 of 3 pairs), 4.3 s/pair, 0:00 left\n"


def test_lines_of_progress_are_no_complaints(capsys):
    for options in ({}, {"total": None}, {"initial": 3}):
        bar = lines_of([0, 10, 80], **options)
        bar.update()
        bar.set_postfix({"loss": 0.5})
        bar.update(0)
    told = capsys.readouterr().err
    assert len(told.splitlines()) == 6 and not complaints(told)
    assert complaints(told + "error: no pair, 3 of 4\n") == ["error: no pair, 3 of 4"]
