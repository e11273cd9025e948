import sys
from types import SimpleNamespace

import pytest

from src.base.imports import PYAV_ADVICE, load_pyav


def test_the_advice_names_the_version_that_is_needed():
    assert PYAV_ADVICE == 'pip install "av>=18"'


@pytest.mark.parametrize(("version", "taken"), [("17.9.0", False), ("18.0.0", True)])
def test_an_old_one_counts_as_none(monkeypatch, version, taken):
    levels = []
    fake = SimpleNamespace(__version__=version, logging=SimpleNamespace(set_level=levels.append))
    monkeypatch.setitem(sys.modules, "av", fake)
    assert (load_pyav() is fake) == taken
    # its messages are turned off
    assert levels == ([None] if taken else [])


def test_none_is_no_error(monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    assert load_pyav() is None
