from typing import get_args

import pytest

from src.base.errors import UserError
from src.parameters.hyperparams import Hyperparams
from src.parameters.method_checks import METHOD_HYPERPARAMS
from src.training.objectives import OBJECTIVES, find_objective


def test_every_loss_has_a_row_in_the_method_that_allows_it():
    rows = {(name, loss) for name, keys in METHOD_HYPERPARAMS.items() for loss in keys["loss"]}
    assert set(OBJECTIVES) == rows
    known = {loss for keys in METHOD_HYPERPARAMS.values() for loss in keys["loss"]}
    assert known == set(get_args(Hyperparams.model_fields["loss"].annotation))


def test_an_objective_of_another_method_is_told():
    told = r"loss is nix, but design\.method siamfc learns by logistic or contrast"
    with pytest.raises(UserError, match=told):
        find_objective("siamfc", "nix")
    assert find_objective("siamfc", "contrast") is OBJECTIVES["siamfc", "contrast"]
