"""Which two frames of one target make a pair."""

from collections.abc import Callable, Iterator

import numpy as np

_BITS = 0xFFFFFFFF
_AT_ONCE = 1024


def draw_frames(
    usable: np.ndarray, max_gap: int, n_pairs: int, rng: np.random.Generator
) -> np.ndarray:
    """Draws (exemplar, search) frames of one target, no two pairs alike.

    The exemplar is any usable frame; the gap is uniform over those that exist around it, forwards
    and backwards. A `max_gap` of 1 gives the neighbours (t, t + 1).

    Args:
        usable: int [N], indices of the frames that may be used, increasing.
        max_gap: Largest distance between the two frames, >= 1.
        n_pairs: How many to draw; all there are, if there are not more.
        rng: Source of the choices; it is used up.

    Returns:
        int64 [P, 2], places of (z, x) in `usable`.
    """
    if max_gap == 1:
        first = np.flatnonzero(np.diff(usable) == 1)
        kept = np.sort(rng.permutation(first)[:n_pairs])
        return np.stack([kept, kept + 1], axis=1)
    start = np.searchsorted(usable, usable - max_gap, side="left")
    stop = np.searchsorted(usable, usable + max_gap, side="right")
    n_near = stop - start
    if (n_near - 1).sum() <= n_pairs:
        z = np.repeat(np.arange(len(usable)), n_near)
        x = np.concatenate([np.arange(a, b) for a, b in zip(start, stop, strict=True)])
        return np.stack([z, x], axis=1)[z != x]
    return _draw(usable, start, stop, n_pairs, _choices(rng))


def _draw(
    usable: np.ndarray,
    start: np.ndarray,
    stop: np.ndarray,
    n_pairs: int,
    below: Callable[[int], int],
) -> np.ndarray:
    """Many draws in plain Python: where all frames around one may be used, no array is needed."""
    whole = (usable[stop - 1] - usable[start] == stop - 1 - start).tolist()
    having_partners = np.flatnonzero(stop - start > 1).tolist()
    n_having = len(having_partners)
    starts, stops = start.tolist(), stop.tolist()
    drawn: dict[tuple[int, int], None] = {}
    while len(drawn) < n_pairs:
        z = having_partners[below(n_having)]
        if whole[z]:
            before, after = z - starts[z], stops[z] - 1 - z
            gap = 1 + below(before if before > after else after)
            if gap > before:
                x = z + gap
            elif gap > after:
                x = z - gap
            else:
                x = z + gap if below(2) else z - gap
        else:
            x = _partner(usable, starts[z], stops[z], z, below)
        drawn[z, x] = None
    return np.array(list(drawn), dtype=np.int64)


def _partner(usable: np.ndarray, start: int, stop: int, z: int, below: Callable[[int], int]) -> int:
    """The place of a partner where frames between are missing: a gap, then one of its frames."""
    gaps = np.abs(usable[start:stop] - usable[z])
    existing = np.unique(gaps[gaps > 0])
    having = np.flatnonzero(gaps == existing[below(len(existing))])
    return start + int(having[below(len(having))])


def _choices(rng: np.random.Generator) -> Callable[[int], int]:
    """`rng.integers(n)` again and again: the same numbers in a tenth of the time.

    NumPy's generator takes 32 bits for a number below n < 2^32 by Lemire's method (ACM TOMACS
    29(1), 2019), and none for n = 1; here those bits are taken in bulk.
    """
    take = _bits(rng).__next__

    def below(n: int) -> int:
        if n == 1:
            return 0
        product = take() * n
        if product & _BITS < n:
            threshold = (_BITS + 1 - n) % n
            while product & _BITS < threshold:
                product = take() * n
        return product >> 32

    return below


def _bits(rng: np.random.Generator) -> Iterator[int]:
    """Its next 32 bits, and again."""
    while True:
        yield from rng.integers(0, _BITS, _AT_ONCE, dtype=np.uint32, endpoint=True).tolist()
