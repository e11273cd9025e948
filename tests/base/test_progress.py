import io
import sys

import pytest

from src.base.progress import progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(("stream", "shown"), [(Terminal(), True), (io.StringIO(), False)])
def test_a_bar_is_shown_on_terminals_only(monkeypatch, stream, shown):
    monkeypatch.setattr(sys, "stderr", stream)
    assert list(progress([1, 2, 3], total=3, desc="frames", unit="frame")) == [1, 2, 3]
    assert ("frames" in stream.getvalue()) is shown


def test_work_done_before_is_counted(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    with progress(total=10, initial=7, desc="steps", unit="step") as bar:
        bar.update()
        assert bar.n == 8


def test_the_end_may_be_unknown(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    with progress(total=None, desc="frames", unit="frame") as bar:
        bar.update()
        assert bar.total is None
