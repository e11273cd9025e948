import dataclasses
import inspect

import pytest

from src.tracking.loading import METHODS
from src.tracking.tracker import Tracker, TrackResult


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("method", ["init", "update"])
def test_every_methods_tracker_keeps_the_contract(name, method):
    ours = inspect.signature(getattr(METHODS[name].tracker, method))
    contract = inspect.signature(getattr(Tracker, method))
    assert list(ours.parameters) == list(contract.parameters)
    assert ours.return_annotation == contract.return_annotation


def test_a_result_cannot_be_changed():
    result = TrackResult(None, 1.0, None, None)
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.score = 2.0
