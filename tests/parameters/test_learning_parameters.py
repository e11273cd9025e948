"""The keys of learning; what all files have in common is in test_parameters."""

import json

import pytest
from pydantic import ValidationError

from src.parameters.hyperparams import Hyperparams, LearningHyperparams
from tests.support.parameter_files import ORIGINAL_HYPERPARAMS as ORIGINAL


def test_the_last_rate_follows_a_low_first_one():
    values = dict(ORIGINAL)
    assert Hyperparams.model_validate_json(json.dumps(values)).lr_end == 1e-6
    del values["lr"]
    assert Hyperparams.model_validate_json(json.dumps(values)).lr_end == 1e-5


@pytest.mark.parametrize("extra", [{}, {"lr": 1e-6}])
def test_other_scales_are_a_list_of_numbers_whatever_the_rates(extra):
    values = dict(ORIGINAL)
    del values["lr"]
    for model, given in ((LearningHyperparams, {}), (Hyperparams, values)):
        hp = model.model_validate_json(json.dumps(given | extra | {"other_scales": [0.9, 2]}))
        assert hp.other_scales == (0.9, 2.0)
        assert json.loads(hp.model_dump_json())["other_scales"] == [0.9, 2.0]
        assert model.model_validate_json(hp.model_dump_json()) == hp


@pytest.mark.parametrize("value", [["0.9"], [True], [None], [[0.9]], [0.4], [2.1], "0.9", 0.9, {}])
def test_other_scales_are_nothing_else(value):
    with pytest.raises(ValidationError) as refused:
        LearningHyperparams.model_validate_json(json.dumps({"other_scales": value}))
    assert [error["loc"][0] for error in refused.value.errors()] == ["other_scales"]
