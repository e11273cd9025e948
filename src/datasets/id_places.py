"""Where records stand in their arrays, by the ids with which others name them."""

import numpy as np
from numpy.typing import ArrayLike


def places_of(ids: ArrayLike, wanted: ArrayLike) -> np.ndarray:
    """Looks up ids.

    Args:
        ids: int64 [N], each different.
        wanted: int64 [M].

    Returns:
        int64 [M]: the index in `ids` of each that is wanted; -1 for one that is not there.
    """
    ids, wanted = np.asarray(ids, dtype=np.int64), np.asarray(wanted, dtype=np.int64)
    if not len(ids):
        return np.full(len(wanted), -1, dtype=np.int64)
    order = np.argsort(ids, kind="stable")
    found = order[np.minimum(np.searchsorted(ids, wanted, sorter=order), len(ids) - 1)]
    return np.where(ids[found] == wanted, found, -1)


def first_repeated(ids: ArrayLike) -> int | None:
    """An id that two records have; None if there is none.

    Args:
        ids: int64 [N].
    """
    ordered = np.sort(np.asarray(ids, dtype=np.int64))
    repeated = ordered[1:][np.diff(ordered) == 0]
    return int(repeated[0]) if repeated.size else None
