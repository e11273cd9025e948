import dataclasses
import inspect
from typing import get_args

import pytest

from src.tracking.graph_tracker import GraphTracker
from src.tracking.loading import LOOKS
from src.tracking.look import Look
from src.tracking.tracker import Tracker, TrackResult


@pytest.mark.parametrize("method", ["init", "update"])
def test_the_tracker_keeps_the_contract(method):
    ours = inspect.signature(getattr(GraphTracker, method))
    contract = inspect.signature(getattr(Tracker, method))
    assert list(ours.parameters) == list(contract.parameters)
    # of several targets it is a list
    assert contract.return_annotation in (ours.return_annotation, *get_args(ours.return_annotation))


@pytest.mark.parametrize("name", LOOKS)
@pytest.mark.parametrize("step", ["embed", "compare", "choose"])
def test_every_look_keeps_the_contract(name, step):
    ours, contract = (inspect.signature(getattr(one, step)) for one in (LOOKS[name], Look))
    assert list(ours.parameters) == list(contract.parameters)


def test_a_result_cannot_be_changed():
    result = TrackResult(None, 1.0, None, None)
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.score = 2.0
