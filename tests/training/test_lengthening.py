"""Another length of the same training: steps, what is refused, and what is told of the rates."""

import pytest

from src.base.errors import UserError
from src.training.lengthening import describe_lengthening, planned_steps, refuse_shorter
from tests.support.parameter_files import load_hyperparams


@pytest.mark.parametrize(
    ("design", "steps"),
    [
        ({"num_epochs": 6, "num_steps": None}, 30),
        ({"num_epochs": None, "num_steps": 31}, 31),
        ({"num_epochs": 6}, 30),  # from before the other key
        ({}, 250),
    ],
)
def test_steps_that_were_planned(design, steps):
    assert planned_steps({"design": design}, 5) == steps


def test_only_fewer_steps_are_refused():
    for steps in (30, 31, 300):
        refuse_shorter("there", 30, steps)
    with pytest.raises(UserError, match=r"there: belongs to a training of 30 steps, 29 are asked"):
        refuse_shorter("there", 30, 29)


def test_what_becomes_of_the_rate_is_told():
    hp = load_hyperparams(lr=1.0, lr_end=0.01)
    # three steps have 1, 0.1, 0.01; five 1, 0.316, 0.1, 0.0316, 0.01
    assert describe_lengthening(hp, done=3, planned=3, steps=5) == (
        "made longer, from 3 to 5 steps: the learning rate was 0.01 at step 3 and is 0.0316 at "
        "step 4, as in any training of 5 steps"
    )
    assert "was 0.1 at step 2 and is 0.1 at step 3" in describe_lengthening(hp, 2, 3, 5)
