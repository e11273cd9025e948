"""Imports packages that only some uses need, and says how to get a missing one."""

import importlib
from types import ModuleType

from src.base.errors import UserError


def import_optional(module: str, requirement: str, purpose: str) -> ModuleType:
    """Imports a module of an optional package.

    Args:
        module: Its name, e.g. `got10k.trackers`.
        requirement: What `pip install` gets it by, e.g. `got10k==0.1.3`.
        purpose: What needs it, for the message.

    Returns:
        The module.

    Raises:
        UserError: It is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise UserError(
            f"{purpose} needs a package that cannot be imported ({error}): "
            f"pip install {requirement}"
        ) from error
