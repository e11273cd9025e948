"""The progress bar of long work."""

import sys
from collections.abc import Iterable

from tqdm import tqdm


def progress(
    iterable: Iterable | None = None, *, total: int | None, desc: str, unit: str, initial: int = 0
) -> tqdm:
    """A bar on stderr with rate and remaining time; silent where stderr is no terminal.

    Args:
        iterable: What to go through, or None to call `update` by hand.
        total: Units in all; None: unknown.
        desc: What is being done.
        unit: Name of one unit.
        initial: Units done before.

    Returns:
        The bar; a context manager and an iterator.
    """
    return tqdm(
        iterable,
        total=total,
        desc=desc,
        unit=unit,
        initial=initial,
        file=sys.stderr,
        disable=None,
        dynamic_ncols=True,
    )
