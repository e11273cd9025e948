"""Whether pictures are turned by their EXIF orientation: one choice for a whole process."""

from types import SimpleNamespace

_chosen = SimpleNamespace(applied=True)


def apply_orientation(applied: bool) -> None:
    """Chooses for all pictures that this process reads from now on.

    Args:
        applied: Whether they are turned (`environment.exif_orientation`).
    """
    _chosen.applied = applied


def orientation_applied() -> bool:
    """Whether pictures are turned; they are unless somebody chose otherwise."""
    return _chosen.applied


def orientation_setting() -> dict[str, bool]:
    """What results and records note of the choice; empty for the usual one."""
    return {} if _chosen.applied else {"exif_orientation": False}
