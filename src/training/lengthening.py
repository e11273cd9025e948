"""A training that is asked for again with another length: longer goes on, shorter is refused."""

from src.base.errors import UserError
from src.parameters.hyperparams import Hyperparams
from src.training.train_step import learning_rate
from src.weights.training_folder import with_defaults


def planned_steps(settings: dict, steps_per_epoch: int) -> int:
    """Steps that a training was to take.

    Args:
        settings: Those beside its checkpoints, `{file: {key: value}}`.
        steps_per_epoch: Steps of an epoch.

    Returns:
        Steps in all.
    """
    design = with_defaults(settings)["design"]
    return design["num_steps"] or design["num_epochs"] * steps_per_epoch


def refuse_shorter(place: str, planned: int, steps: int) -> None:
    """Makes sure that a training is not cut short: its learning rates were those of its length.

    Args:
        place: Where it lies, and which key says so.
        planned: Steps that it was to take.
        steps: Steps that are asked for.

    Raises:
        UserError: They are fewer.
    """
    if steps < planned:
        raise UserError(
            f"{place}: belongs to a training of {planned} steps, {steps} are asked for "
            "(design.num_steps, design.num_epochs); it can be made longer, not shorter: name "
            "another place or use those settings"
        )


def describe_lengthening(hp: Hyperparams, done: int, planned: int, steps: int) -> str:
    """What becomes of the learning rate, in a line.

    Args:
        hp: First and last rate.
        done: Steps done, at least one.
        planned: Steps that it was to take.
        steps: Steps that it takes now.

    Returns:
        The line.
    """
    last = float(learning_rate(hp, planned)(done - 1))
    following = float(learning_rate(hp, steps)(done))
    return (
        f"made longer, from {planned} to {steps} steps: the learning rate was {last:.3g} at step "
        f"{done} and is {following:.3g} at step {done + 1}, as in any training of {steps} steps"
    )
