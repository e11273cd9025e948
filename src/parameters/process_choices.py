"""What parameters choose for a whole process, from where they are read on."""

from src.base.orientation import apply_orientation
from src.parameters.models import Environment


def apply_choices(env: Environment) -> None:
    """Makes the choices that no call carries: how pictures are turned.

    Args:
        env: `exif_orientation`.
    """
    apply_orientation(env.exif_orientation == "applied")
